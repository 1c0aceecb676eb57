"""Off-policy estimates against known truths: synthetic logs, and the Open Bandit data."""
