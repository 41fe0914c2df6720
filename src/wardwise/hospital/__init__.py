"""The words of the hospital. Standard library only."""
