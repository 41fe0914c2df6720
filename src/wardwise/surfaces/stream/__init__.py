"""Streams as surfaces: events of the log published to NATS JetStream and Kafka, in its order, at least once."""
