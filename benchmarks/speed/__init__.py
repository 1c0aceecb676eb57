"""Speed: kernel, checkpoint, replay, the worker on Kafka, its peers in the same run, and delays with their stages."""
