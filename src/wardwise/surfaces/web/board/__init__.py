"""The numbers of the board, each a pure reading of one view."""
