"""Tests of the notebooks: each runs on a lake that the simulation wrote."""
