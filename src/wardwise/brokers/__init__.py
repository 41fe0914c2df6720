"""Brokers: how a connection to NATS or Kafka is made, for whoever reads there and whoever publishes there."""
