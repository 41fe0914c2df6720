"""The demo hospital: seeded and invented, it speaks to the real doors on loopback. No real patient or name."""
