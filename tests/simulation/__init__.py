"""Tests of the simulated store."""
