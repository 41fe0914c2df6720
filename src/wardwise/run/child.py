"""A child process of the service: `python -m wardwise.run.child ROLE SETTINGS LIFELINE`."""

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event as Flag

import orjson
import structlog

from wardwise.assemble.databases import store_answers
from wardwise.errors import WardwiseError
from wardwise.run.lifeline import watch
from wardwise.run.settings import Settings
from wardwise.run.told import Told
from wardwise.stores.roll import Roll

_ASK_AGAIN_SECONDS = 0.2

Role = Callable[[Settings, Flag, Told], None]


def main(arguments: list[str]) -> int:
    """Run one role until told to stop, or until the supervisor is gone."""
    role, settings, lifeline = arguments
    stop = Flag()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the supervisor alone
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    watch(int(lifeline), stop.set)
    try:
        told = Settings.from_json(settings)
        roll = Roll(told.data / "roll")
        run = _role(role)
        while not (stop.is_set() or store_answers(told.data)):  # ended and started anew it would be back later
            stop.wait(_ASK_AGAIN_SECONDS)
        run(told, stop, Told(_tell_ready, partial(roll.sign, role)))
    except WardwiseError as error:
        sys.stderr.write(f"{role}: {error}\n")
        return error.exit_code
    return 0


def _role(name: str) -> Role:
    # Imported one by one: a door must not wait for what only the worker needs.
    if name == "worker":
        from wardwise.run.worker_process import run  # noqa: PLC0415
    elif name == "fhir":
        from wardwise.run.fhir_process import run  # noqa: PLC0415
    elif name == "fetch":
        from wardwise.run.fetch_process import run  # noqa: PLC0415
    elif name == "streams":
        from wardwise.run.streams_process import run  # noqa: PLC0415
    elif name == "publish":
        from wardwise.run.publish_process import run  # noqa: PLC0415
    elif name == "mllp":
        from wardwise.run.mllp_process import run  # noqa: PLC0415
    else:
        from wardwise.run.http_process import run  # noqa: PLC0415
    return run


def _tell_ready(port: int) -> None:
    with suppress(BrokenPipeError):  # nobody is there any more to be told; the lifeline will end this process
        sys.stdout.buffer.write(orjson.dumps({"ready": True, "port": port}) + b"\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
