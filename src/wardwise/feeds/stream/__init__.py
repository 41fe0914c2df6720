"""Streams as feeds: messages of NATS JetStream and Kafka, whose place moves on only after our own commit."""
