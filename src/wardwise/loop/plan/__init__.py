"""Plan: recommendations, always with reasons."""
