"""Whether addresses are free to listen on, asked before anything is made for them."""

import os
import socket
from contextlib import ExitStack

from wardwise.errors import NotRunnable


def refuse_taken(*addresses: tuple[str, int]) -> None:
    """Raise NotRunnable when one cannot listen on all of these at once; port 0 is always free."""
    with ExitStack() as listening:
        for host, port in addresses:
            try:
                listening.enter_context(socket.create_server((host, port)))
            except OSError as fault:
                raise NotRunnable(
                    what=f"listening on {host}:{port}",
                    why=os.strerror(fault.errno or 0).lower(),
                    remedy="Stop what listens there, or name another port with --http or --mllp.",
                ) from fault
