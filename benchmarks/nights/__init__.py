"""Nights in a row: the trial world's true value by night, and two nights through the command line."""
