"""What people answered on a surface, read from the inbox like any other feed."""
