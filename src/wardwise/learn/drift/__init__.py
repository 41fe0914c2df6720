"""Has a stream of numbers or of codes changed its meaning? Tests on counts against a reference."""
