"""Benchmarks of retrieval: real receipts and ratings, peers on the same splits, an ablation, and speed."""
