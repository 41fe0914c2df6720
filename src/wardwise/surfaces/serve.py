"""Serve an application on one address until told to stop."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

_LOOK_EVERY_SECONDS = 0.05
_GRACE_SECONDS = 2


async def serve(
    app: FastAPI, host: str, port: int, *, ready: Callable[[int], None], stopped: Callable[[], bool]
) -> None:
    """Listen on an address (port 0 lets the system choose), say on which port, serve until `stopped` says so."""
    listener = socket.create_server((host, port), backlog=256)
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_GRACE_SECONDS
        )
    )
    task = asyncio.create_task(server.serve([listener]))
    while not (server.started or task.done()):  # noqa: ASYNC110 - set from another thread, or by uvicorn
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    ready(int(listener.getsockname()[1]))
    while not (stopped() or task.done()):  # noqa: ASYNC110 - set from another thread, or by uvicorn
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    server.should_exit = True
    await task
