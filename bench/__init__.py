"""Measures Laurels: load generator, scenarios and report."""
