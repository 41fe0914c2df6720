"""wardwise: a sidecar decision service for hospitals."""

__version__ = "0.1.0"
