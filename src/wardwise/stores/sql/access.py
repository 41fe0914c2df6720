"""What a connection may do."""

from enum import Enum


class Access(Enum):
    """Any number of readers stand beside the writers."""

    WRITE = "write"
    READ = "read"
