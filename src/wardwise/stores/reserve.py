"""The reserve: room on the disk that is kept back, and given up when the rest is used.

A file of its size while there is room, an empty one while the disk is full. So everybody who can see the file knows
which it is, and nothing has to be written to say so.
"""

import os
from pathlib import Path

from wardwise.errors import StoreUnavailable
from wardwise.stores.folder import FLOOR_BYTES, DataFolder

_AGAIN_BYTES = FLOOR_BYTES // 2  # more than the floor, so that it is not laid and given up by turns


class Reserve:
    """One data folder's reserve; only the supervisor keeps it."""

    def __init__(self, folder: DataFolder, size: int) -> None:
        """`size` in bytes."""
        self._folder = folder
        self._size = size

    @property
    def laid(self) -> bool:
        """Whether it is there in its whole size."""
        return self._held() == self._size

    def keep(self) -> None:
        """Give it up when there is hardly room, lay it when there is room for it and more; raises StoreUnavailable."""
        free = self._folder.free_bytes
        try:
            if self.laid:
                if free < FLOOR_BYTES:
                    self._resize(0)
            elif free + self._held() >= self._size + FLOOR_BYTES + _AGAIN_BYTES:
                self._resize(self._size)
            elif self._held() or not self._path.exists():
                self._resize(0)
        except OSError as fault:
            raise StoreUnavailable(
                store=self._path, what=fault.strerror, remedy="Make room on the disk of the data folder."
            ) from fault

    @property
    def _path(self) -> Path:
        return self._folder.reserve

    def _held(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    def _resize(self, size: int) -> None:
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, 0)
            if size:
                os.posix_fallocate(descriptor, 0, size)
        except OSError:
            os.ftruncate(descriptor, 0)  # somebody else took the room meanwhile
        finally:
            os.close(descriptor)
