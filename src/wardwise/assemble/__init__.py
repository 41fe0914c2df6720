"""Assemble: choose stores, doors, workflows and guards for a site."""
