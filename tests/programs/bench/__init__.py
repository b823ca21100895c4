"""Benchmarks of the rule engine beside its peers: `make bench`. Never part of the tests."""
