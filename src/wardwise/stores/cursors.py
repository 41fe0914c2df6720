"""How far each source was read, where the source keeps its own order: a small file a feed, replaced as a whole."""

import json
from collections.abc import Mapping
from pathlib import Path

from wardwise.errors import StoreUnavailable
from wardwise.stores.durable import write_durably


class Cursors:
    """The cursors of one feed by name. What is kept is on disk before `keep` returns."""

    def __init__(self, folder: Path, feed: str) -> None:
        """Makes the folder where it is not there."""
        self._file = folder / f"{feed}.json"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self) -> dict[str, str]:
        """Every cursor; none where nothing was kept. Raises StoreUnavailable for a file that cannot be read."""
        try:
            content = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as fault:
            raise self._unavailable("it cannot be read") from fault
        if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
            raise self._unavailable("it holds something else")
        return content

    def keep(self, cursors: Mapping[str, str]) -> None:
        """Replace all cursors; raises StoreUnavailable when the disk does not take them."""
        try:
            write_durably(self._file, json.dumps(dict(cursors), sort_keys=True).encode())
        except OSError as fault:
            raise self._unavailable(str(fault.strerror)) from fault

    def _unavailable(self, what: str) -> StoreUnavailable:
        remedy = (
            "Restore it, or remove it: the feed is then asked from its beginning, and what is known is not told twice."
        )
        return StoreUnavailable(store=self._file, what=what, remedy=remedy)
