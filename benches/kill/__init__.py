"""A whole service as an installer runs it, its processes found and killed, and clients that send again."""
