"""A lifeline: a pipe from the supervisor to each child. When the supervisor is gone, however it went, it closes."""

import os
import threading
from collections.abc import Callable

_GRACE_SECONDS = 10


def watch(fd: int, on_cut: Callable[[], None]) -> None:
    """Call `on_cut` from a thread once the other end of the pipe is closed; nothing is ever written to it.

    Whatever hangs then, the process ends ten seconds later: nothing outlives its supervisor.
    """

    def wait() -> None:
        while os.read(fd, 1):
            pass
        on_cut()
        threading.Event().wait(_GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
