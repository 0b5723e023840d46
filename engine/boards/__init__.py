"""Ranks: one sorted container per board, group and run, exact after every event (SPEC 8)."""
