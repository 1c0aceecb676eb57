"""Benchmarks: one command each, `make bench` for all; the table of results is in benchmarks/README.md."""
