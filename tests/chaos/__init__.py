"""Faults by a seed on a whole system at work, on three nodes of Apache Kafka: nothing is lost and nothing twice."""
