"""`serve` and `init`: make a data folder, run the service."""

import signal
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, SiteDir, Store
from wardwise.cli.terminal import say

if TYPE_CHECKING:
    from wardwise.run.settings import Settings
    from wardwise.sites.doors import Listeners
    from wardwise.sites.site import Site


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(init)
    app.command()(serve)


def init(
    data: DataDir = DEFAULT_DATA,
    store: Store = None,
    encrypt_inbox: Annotated[
        bool,
        typer.Option("--encrypt-inbox", help="Make a key that seals messages as received; stop the service first."),
    ] = False,
) -> None:
    """Make the data folder and its keys; harmless where they are there already."""
    from wardwise.assemble.databases import place_at  # noqa: PLC0415
    from wardwise.assemble.stores import prepare  # noqa: PLC0415

    prepare(data, encrypt_inbox=encrypt_inbox, place=place_at(store))
    say(f"{data} is ready. Keep {data / 'keys'} safe and backed up: every token hangs on it.")


def serve(
    site: SiteDir,
    data: DataDir = DEFAULT_DATA,
    store: Store = None,
    http: Annotated[int | None, typer.Option(help="Port of the board; 0 lets the system choose.")] = None,
    mllp: Annotated[int | None, typer.Option(help="Port for HL7 v2 over MLLP; 0 lets the system choose.")] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure-i-know", help="Hear the senders in `allow` without certificates.")
    ] = False,
) -> None:
    """Run the service of one site until Ctrl-C.

    The board listens on loopback only. So does the MLLP door, unless every sender must show a certificate
    (`listeners.mllp.tls` with `client_authority`), or `listeners.mllp.allow` lists them and --insecure-i-know is given.
    """
    from wardwise.assemble.databases import place_at, place_in  # noqa: PLC0415
    from wardwise.assemble.site import configure  # noqa: PLC0415
    from wardwise.assemble.stores import prepare  # noqa: PLC0415
    from wardwise.feeds.port import refuse_taken  # noqa: PLC0415
    from wardwise.run.supervisor import Supervisor  # noqa: PLC0415

    described = configure(site).folder.site
    listeners = described.listeners
    _check_doors(site, listeners, insecure=insecure)
    settings = _settings(site, data, described, http=http, mllp=mllp)
    refuse_taken((settings.http_host, settings.http_port), (settings.mllp_host, settings.mllp_port))
    prepare(data, place=place_at(store) or place_in(site, described.store))
    stop = until_asked_to_stop()
    with Supervisor(settings, say=say) as service:
        _say_where(service.settings)
        service.run(stop)
    say("Stopped. Nothing that was acknowledged is lost.")


def _settings(site: Path, data: Path, described: "Site", *, http: int | None, mllp: int | None) -> "Settings":
    from wardwise.run.settings import Settings  # noqa: PLC0415

    listeners = described.listeners
    return Settings(
        site=site.absolute(),
        data=data.absolute(),
        http_host=listeners.http.host,
        http_port=listeners.http.port if http is None else http,
        mllp_host=listeners.mllp.host,
        mllp_port=listeners.mllp.port if mllp is None else mllp,
        reserve_mib=described.disk.reserve_mib,
        polls=any(feed.poll is not None for feed in described.feeds),
        fetches=any(feed.fetched for feed in described.feeds),
        streams=any(feed.stream is not None for feed in described.feeds),
        publishes=bool(described.publish),
    )


def _say_where(settings: "Settings") -> None:
    say(f"The board: http://{settings.http_host}:{settings.http_port}/")
    say(f"HL7 v2 over MLLP: {settings.mllp_host}:{settings.mllp_port}")


def until_asked_to_stop() -> Event:
    """A flag that Ctrl-C or a termination raises."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _check_doors(site: Path, listeners: "Listeners", *, insecure: bool) -> None:
    """Refuse open doors, and certificates that cannot be used, before anything starts."""
    from wardwise.assemble.doors import credentials  # noqa: PLC0415

    refuse_open_doors(listeners, insecure=insecure)
    files = credentials(site, listeners.mllp.tls)
    if files is not None:
        files.context()


def refuse_open_doors(listeners: "Listeners", *, insecure: bool) -> None:
    """Refuse an address that others can reach where nobody would be asked who they are; raises NotAllowed."""
    from wardwise.errors import NotAllowed  # noqa: PLC0415

    if not listeners.http.loopback:
        raise NotAllowed(
            what=f"listening on {listeners.http.host}",
            why="there is no access control beyond the role people choose",
            remedy="Use 127.0.0.1 in site.yaml, and put a reverse proxy with your own log-in before it.",
        )
    mllp = listeners.mllp
    if not (mllp.loopback or mllp.mutual or (mllp.allow and insecure)):
        raise NotAllowed(
            what=f"hearing HL7 v2 on {mllp.host}",
            why="anybody who reaches it could send results and moves of patients",
            remedy="Ask senders for certificates (`tls` with `client_authority`), or list them in `allow` and start "
            "with --insecure-i-know.",
        )


def default_site() -> Path:
    """The ready demo site."""
    return demo_site_of(Path(__file__).parents[1])


def demo_site_of(package: Path) -> Path:
    """The site that an installed package carries, else that of the source checkout around it."""
    carried = package / "demo" / "site"
    return carried if carried.is_dir() else package.parents[1] / "sites" / "demo"


def research_site() -> Path | None:
    """The research site of a source checkout; an installed package carries none."""
    site = Path(__file__).parents[3] / "sites" / "research"
    return site if site.is_dir() else None
