"""The capacity board's templates."""
