"""A site that reads both brokers, and publishers that publish until each message is confirmed."""
