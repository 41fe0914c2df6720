"""The contracts page's templates."""
