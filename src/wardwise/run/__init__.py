"""Running: processes, their clock, their supervisor, and the worker that takes the turns."""
