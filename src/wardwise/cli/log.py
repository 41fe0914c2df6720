"""`log verify | rebuild | balance | tail | export-head | archive`: look at the log itself, and put old records away."""

from pathlib import Path
from typing import Annotated

import typer

from wardwise.cli.archive import archive
from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json
from wardwise.cli.terminal import bar, say, tell_json

app = typer.Typer(
    help="Look at the event log: verify, rebuild, balance, tail, export-head, archive.", no_args_is_help=True
)
app.command()(archive)


@app.command()
def verify(
    data: DataDir = DEFAULT_DATA,
    exported: Annotated[
        Path | None, typer.Option(help="Heads that `log export-head` wrote earlier.", exists=True, dir_okay=False)
    ] = None,
    json: Json = False,
) -> None:
    """Recompute every digest and link of the chain, and the inbox; the first bad position is named.

    Exit code 16: the chain is broken; 23: the inbox is damaged.

    With exported heads a log that was cut or rewritten since is found too.
    """
    from wardwise.assemble.stores import READ_ONLY, open_stores  # noqa: PLC0415
    from wardwise.stores.heads import read_heads  # noqa: PLC0415

    known = read_heads(exported).heads if exported else {}
    with open_stores(data, READ_ONLY) as stores:
        sites = sorted({*stores.log.sites(), *known})
        heads = {site: stores.log.verify(site, exported=known.get(site)) for site in sites}
        inbox = stores.inbox.verify()
    result = {site: {"position": head.position, "head": head.chain} for site, head in heads.items()}
    if json:
        tell_json({"verified": True, "sites": result, "receipts": inbox.receipts, "unopened": inbox.unopened})
    else:
        for site, head in result.items():
            say(f"{site}: {head['position']} events verified, head {head['head']}")
        unopened = f", {inbox.unopened} bodies not opened: their key is not here" if inbox.unopened else ""
        say(f"inbox: {inbox.receipts} receipts verified{unopened}")


@app.command(name="export-head")
def export_head(
    data: DataDir = DEFAULT_DATA,
    to: Annotated[Path | None, typer.Option(help="A new file, best on another machine.", dir_okay=False)] = None,
    json: Json = False,
) -> None:
    """Write the end of every site's log to a file to be kept elsewhere: a log cut below it is found by `log verify`."""
    from wardwise.assemble.stores import READ_ONLY, open_stores  # noqa: PLC0415
    from wardwise.run.clock import SystemClock  # noqa: PLC0415
    from wardwise.stores.heads import ExportedHeads, write_heads  # noqa: PLC0415

    with open_stores(data, READ_ONLY) as stores:
        heads = {site: stores.log.head(site) for site in stores.log.sites()}
    exported = ExportedHeads(SystemClock().now(), heads)
    if to is not None:
        write_heads(to, exported)
    if json:
        tell_json(exported.figures())
    else:
        for site, head in heads.items():
            say(f"{site}: position {head.position}, head {head.chain}")
        say(
            f"Written to {to}; keep it where nobody who can write {data} can write."
            if to
            else "Not written: give --to."
        )


@app.command()
def balance(data: DataDir = DEFAULT_DATA, json: Json = False) -> None:
    """Count messages in and out; exit code 1 if one is unaccounted for.

    received = acknowledged + refused; acknowledged = applied + duplicate + quarantined + pending.
    """
    from wardwise.assemble.stores import READ_ONLY, open_stores  # noqa: PLC0415
    from wardwise.govern.data.balance import balance_of  # noqa: PLC0415

    with open_stores(data, READ_ONLY) as stores:
        found = {site: balance_of(stores.inbox, stores.log, site) for site in stores.log.sites()}
    if json:
        tell_json({site: one.figures() for site, one in found.items()})
    else:
        for site, one in found.items():
            say(f"{site}: " + ", ".join(f"{name} {count}" for name, count in one.figures().items()))
    if not all(one.holds for one in found.values()):
        raise typer.Exit(1)


@app.command()
def tail(
    data: DataDir = DEFAULT_DATA,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=10_000, help="How many events.")] = 20,
    kind: Annotated[str | None, typer.Option(help="Only events of this kind.")] = None,
    json: Json = False,
) -> None:
    """Show the newest events: id, times, kind, place, source. No payloads, no people."""
    from wardwise.assemble.stores import READ_ONLY, open_stores  # noqa: PLC0415
    from wardwise.cli.newest import newest  # noqa: PLC0415
    from wardwise.loop.capture.kinds import CATALOGUE  # noqa: PLC0415
    from wardwise.sites.broken import nearest  # noqa: PLC0415

    if kind is not None and kind not in CATALOGUE:
        raise typer.BadParameter(f"there is no kind `{kind}`. {nearest(kind, CATALOGUE)}", param_hint="--kind")
    with open_stores(data, READ_ONLY) as stores:
        rows = [row for site in stores.log.sites() for row in newest(stores.log, site, kind, count)]
    if json:
        tell_json({"events": rows})
        return
    for row in rows:
        say("  ".join(str(row[name]) for name in ("id", "recorded_at", "kind", "unit", "source")))


@app.command()
def rebuild(
    data: DataDir = DEFAULT_DATA,
    verify: Annotated[bool, typer.Option("--verify", help="Compare the state that the facts come to as well.")] = False,
    json: Json = False,
) -> None:
    """Read every raw message again through the mappings and compare with the events in the log. Changes nothing.

    With --verify the state (census, beds, stays, people, rosters) is folded from what was read again, and its hash
    compared with that of the state the service has. Exit code 1 where anything differs.
    """
    from wardwise.assemble.rebuilding import figures, rebuild_site  # noqa: PLC0415
    from wardwise.assemble.stores import READ_ONLY, open_stores  # noqa: PLC0415

    results = {}
    with open_stores(data, READ_ONLY) as stores:
        for site in stores.log.sites():
            with bar(f"Reading the raws of {site} again", show=not json) as step:
                results[site] = rebuild_site(stores, site, progress=step, verify=verify)
    if json:
        tell_json({site: figures(*result) for site, result in results.items()})
    else:
        for site, (found, states) in results.items():
            says = (
                "the same events" if found.identical else f"{len(found.differing)} differ, first {found.differing[0]}"
            )
            say(f"{site}: {found.raws} raws gave {found.events} events; {says}; facts {found.facts[:16]}")
            if states is not None:
                word = "the same state" if states.same else "ANOTHER STATE"
                say(f"{site}: {word}; state {states.rebuilt['state'][:16]}")
    if not all(found.identical and (states is None or states.same) for found, states in results.values()):
        raise typer.Exit(1)


@app.command()
def findings(data: DataDir = DEFAULT_DATA, json: Json = False) -> None:
    """List records of patients and staff that do not fit together, each with the steward who is to look into it."""
    from wardwise.assemble.looking import findings_of  # noqa: PLC0415
    from wardwise.assemble.stores import READ_ONLY, open_stores  # noqa: PLC0415

    with open_stores(data, READ_ONLY) as stores:
        found = {site: findings_of(stores, site) for site in stores.log.sites()}
    if json:
        tell_json(found)
        return
    for site, rows in found.items():
        say(f"{site}: {len(rows)} findings")
        for row in rows:
            say("  ".join(str(row[name]) for name in ("since", "code", "about", "unit", "feed", "steward")))
