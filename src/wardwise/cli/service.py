"""`serve` and `init`: make a data folder, run the service."""

import signal
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, SiteDir
from wardwise.cli.terminal import say


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(init)
    app.command()(serve)


def init(
    data: DataDir = DEFAULT_DATA,
    encrypt_inbox: Annotated[
        bool,
        typer.Option("--encrypt-inbox", help="Make a key that seals messages as received; stop the service first."),
    ] = False,
) -> None:
    """Make the data folder and its keys; harmless where they are there already."""
    from wardwise.assemble.stores import prepare  # noqa: PLC0415

    prepare(data, encrypt_inbox=encrypt_inbox)
    say(f"{data} is ready. Keep {data / 'keys'} safe and backed up: every token hangs on it.")


def serve(
    site: SiteDir,
    data: DataDir = DEFAULT_DATA,
    http: Annotated[int | None, typer.Option(help="Port of the board; 0 lets the system choose.")] = None,
    mllp: Annotated[int | None, typer.Option(help="Port for HL7 v2 over MLLP; 0 lets the system choose.")] = None,
) -> None:
    """Run the service of one site until Ctrl-C. Doors listen on loopback only."""
    from wardwise.assemble.site import configure  # noqa: PLC0415
    from wardwise.assemble.stores import prepare  # noqa: PLC0415
    from wardwise.feeds.port import refuse_taken  # noqa: PLC0415
    from wardwise.run.settings import Settings  # noqa: PLC0415
    from wardwise.run.supervisor import Supervisor  # noqa: PLC0415

    listeners = configure(site).folder.site.listeners
    _refuse_other_addresses(listeners.http.host, listeners.mllp.host)
    settings = Settings(
        site=site.absolute(),
        data=data.absolute(),
        http_host=listeners.http.host,
        http_port=listeners.http.port if http is None else http,
        mllp_host=listeners.mllp.host,
        mllp_port=listeners.mllp.port if mllp is None else mllp,
    )
    refuse_taken((settings.http_host, settings.http_port), (settings.mllp_host, settings.mllp_port))
    prepare(data)
    stop = until_asked_to_stop()
    with Supervisor(settings, say=say) as service:
        told = service.settings
        say(f"The board: http://{told.http_host}:{told.http_port}/")
        say(f"HL7 v2 over MLLP: {told.mllp_host}:{told.mllp_port}")
        service.run(stop)
    say("Stopped. Nothing that was acknowledged is lost.")


def until_asked_to_stop() -> Event:
    """A flag that Ctrl-C or a termination raises."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _refuse_other_addresses(*hosts: str) -> None:
    from ipaddress import ip_address  # noqa: PLC0415

    from wardwise.errors import NotAllowed  # noqa: PLC0415

    for host in hosts:
        if host != "localhost" and not ip_address(host).is_loopback:
            raise NotAllowed(
                what=f"listening on {host}",
                why="there is no access control beyond the role people choose",
                remedy="Use 127.0.0.1 in site.yaml, and put a reverse proxy with your own log-in before it.",
            )


def default_site() -> Path:
    """The ready demo site."""
    return demo_site_of(Path(__file__).parents[1])


def demo_site_of(package: Path) -> Path:
    """The site that an installed package carries, else that of the source checkout around it."""
    carried = package / "demo" / "site"
    return carried if carried.is_dir() else package.parents[1] / "sites" / "demo"
