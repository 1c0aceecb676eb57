"""Tests of contracts between processes."""
