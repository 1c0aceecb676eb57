"""Real parts for tests: Apache Kafka, Redis, a proxy that cuts connections, our own processes."""
