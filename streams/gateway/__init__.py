"""HTTP in: pings, purchases and check-ins to Kafka, phones as pseudonyms."""
