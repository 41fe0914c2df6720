"""The feeds page's templates."""
