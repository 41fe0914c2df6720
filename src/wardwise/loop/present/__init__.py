"""Present: cards and deliveries."""
