"""Tests of what all processes agree on."""
