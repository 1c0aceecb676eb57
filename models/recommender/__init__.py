"""The recommender, pure: retrieve, rank, decide, explain."""
