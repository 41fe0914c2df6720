"""The features page's templates."""
