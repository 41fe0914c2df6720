"""Views of other people's databases, which are only read."""
