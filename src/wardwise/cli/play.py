"""Play the demo: in virtual time with a report at the end, or live with the board open."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from wardwise.assemble.site import configure
from wardwise.cli.service import default_site, until_asked_to_stop
from wardwise.cli.terminal import say
from wardwise.demo.doors import doors_of
from wardwise.demo.drive import Demo, SteppingClock, kept_by
from wardwise.demo.opening import Opened, open_demo
from wardwise.demo.outage import outage_of
from wardwise.demo.report import report
from wardwise.errors import WardwiseError
from wardwise.run.clock import SIMULATED, SharedClock, SystemClock, pause
from wardwise.run.supervisor import Supervisor

# A Sunday in winter, 06:00 in the hospital's zone: the week's quietest hour, before its busiest day.
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LIVE_STEP = timedelta(seconds=30)


def play_once(data: Path, *, seed: int, days: int, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Simulate days in virtual time; two runs of one seed make the same decisions."""
    began = SystemClock().elapsed()
    opened = open_demo(default_site(), data, seed=seed, start=START, days=days, speed=0)
    with Supervisor(opened.settings, say=say) as service:
        clock = SharedClock(data / SIMULATED)
        driver = _driver(service, opened, clock)
        total = days * 288 + 1
        for done, _ in enumerate(driver.run(), start=1):
            progress(done, total)
        clock.close()
    result = report(opened.settings, _site_of(opened), played=frozenset({outage_of(opened.setting).incident}))
    return {"seed": seed, "days": days, "seconds": SystemClock().elapsed() - began, **result}


def play_live(data: Path, *, seed: int, days: int, speed: float, http: int) -> None:
    """Run the demo live until Ctrl-C or its days are over; the board stays open until Ctrl-C."""
    stop = until_asked_to_stop()
    say("Preparing two years of history and a model learnt from them ...")
    opened = open_demo(default_site(), data, seed=seed, start=START, days=days, speed=speed)
    settings = replace(opened.settings, http_port=http)
    with Supervisor(settings, say=say) as service:
        told = service.settings
        say(f"The board: http://{told.http_host}:{told.http_port}/")
        say(f"What is kept: {data} (for `wardwise explain ID --data {data}` while it runs)")
        say(f"One second is {speed:.0f} hospital seconds. Ctrl-C ends it.")
        player = threading.Thread(target=_play, args=(service, opened, speed, stop), name="demo", daemon=True)
        player.start()
        service.run(stop)
    say("The demo has ended.")


class _Running:
    """Live time moves by itself, and the worker does not wait for anybody."""

    def advance(self, to: datetime) -> None:
        """Nothing to do: the clock runs."""

    def settle(self) -> None:
        """Nothing to wait for."""


def _play(service: Supervisor, opened: Opened, speed: float, stop: threading.Event) -> None:
    driver = _driver(service, opened, _Running())
    driver.pace = kept_by(opened.settings.open_clock().now, speed=speed, pause=pause)
    driver.every = LIVE_STEP
    try:
        for _ in driver.run():
            if stop.is_set():
                return
    except WardwiseError as error:
        if not stop.is_set():  # the doors close before the people have gone home
            say(f"The demo's hospital fell silent: {error}")


def _driver(service: Supervisor, opened: Opened, clock: SteppingClock) -> Demo:
    told = service.settings
    doors = doors_of(
        configure(told.site).folder.site,
        mllp=(told.mllp_host, told.mllp_port),
        http=(told.http_host, told.http_port),
        drop=told.data,
    )
    return Demo(opened.setting, opened.timeline, doors, clock)


def _site_of(opened: Opened) -> str:
    return configure(opened.settings.site).folder.site.slug
