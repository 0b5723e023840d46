"""HTTP: two front ends on one port, one route table, one way from a request to its answer."""
