"""HTTP in: pings, purchases and check-ins, checked, made pseudonymous, and acknowledged once Kafka has them."""
