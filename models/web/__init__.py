"""What gateway and serving share as HTTP processes: problems, bodies, the way to Kafka, start and end."""
