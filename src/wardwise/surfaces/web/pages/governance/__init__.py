"""The governance page's templates."""
