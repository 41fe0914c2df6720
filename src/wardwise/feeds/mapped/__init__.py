"""Mappings at work: what a mapping file says of values and events, done to messages and to rows alike."""
