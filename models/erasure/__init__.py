"""A person's data out of the lake, the board and the bundles, and kept out of the lake while Kafka still has some."""
