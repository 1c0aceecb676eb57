"""A trial world: days of a small chain in milliseconds, and what a prompt truly changes."""
