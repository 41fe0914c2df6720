"""Estimate: predictions, always with uncertainty, tier and maker."""
