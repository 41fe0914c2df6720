"""What `doctor` looks at: the Python, the SQLite, the disk, the data folder, the clock."""

import shutil
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardwise.loop.capture.log import Head

_CERTIFICATE_WARNED = timedelta(days=30)  # time enough for a hospital's authority to sign another
_LEAST_FREE = 2 * 1024**3
_CLOCKS_DIFFER = timedelta(minutes=1)  # what a time server may put right between two looks


def examine(
    data: Path, *, now: datetime, site: Path | None = None, exported: Path | None = None
) -> list[dict[str, object]]:
    """Findings as {what, fine, says}; `says` holds the remedy where something is not fine. `now` is the machine's.

    With a site's folder its certificates are looked at too; `exported` are heads of the log exported earlier.
    """
    of_folder = [
        _folder(data),
        _inbox(data),
        _pairing(data),
        _chain(data),
        _archive(data),
        _exposure(data, exported),
        _clock(data, now),
        _processes(data),
        _publishing(data, now),
    ]
    return [_python(), _engine(data), _disk(data), *of_folder, *(_certificates(site, now) if site is not None else ())]


def _finding(what: str, says: str, *, fine: bool) -> dict[str, object]:
    return {"what": what, "fine": fine, "says": says}


def _python() -> dict[str, object]:
    version = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    return _finding("Python", version if fine else f"{version} is too old; install 3.11 or newer", fine=fine)


def _engine(data: Path) -> dict[str, object]:
    """What keeps the log: the SQLite that comes along, or a server and what it promises."""
    from wardwise.assemble.databases import server_at  # noqa: PLC0415
    from wardwise.errors import WardwiseError  # noqa: PLC0415
    from wardwise.stores.place import place_of  # noqa: PLC0415
    from wardwise.stores.sqlite.database import sqlite_version  # noqa: PLC0415

    try:
        place = place_of(data)
        if place is None:
            return _finding("SQLite", f"{sqlite_version()}, in its own build", fine=True)
        server = server_at(place)
        from wardwise.stores.postgres.database import promises  # noqa: PLC0415 - an extra

        return _finding("PostgreSQL", promises(server), fine=True)
    except WardwiseError as error:
        return _finding("PostgreSQL", str(error), fine=False)


def _disk(data: Path) -> dict[str, object]:
    place = next(path for path in (data.absolute(), *data.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    says = f"{free / 1024**3:.1f} GiB free at {place}"
    if (data / "reserve").exists() and not (data / "reserve").stat().st_size:
        return _finding(
            "disk", f"{says}; it is full and messages are refused; make room: they come in then", fine=False
        )
    fine = free >= _LEAST_FREE
    return _finding("disk", says if fine else f"{says}; make room: acknowledging stops when it is full", fine=fine)


def _folder(data: Path) -> dict[str, object]:
    from wardwise.stores.keys import has_keys  # noqa: PLC0415

    if not data.exists():
        return _finding("data folder", f"{data} is not there yet; `wardwise init --data {data}` makes it", fine=True)
    fine = has_keys(data / "keys")
    says = f"{data} with its keys" if fine else f"{data} has no keys; run `wardwise init --data {data}`"
    return _finding("data folder", says, fine=fine)


def _inbox(data: Path) -> dict[str, object]:
    from wardwise.assemble.databases import open_inbox, server_for  # noqa: PLC0415
    from wardwise.assemble.stores import is_prepared  # noqa: PLC0415
    from wardwise.errors import WardwiseError  # noqa: PLC0415
    from wardwise.stores.envelope import load_envelope  # noqa: PLC0415
    from wardwise.stores.folder import DataFolder  # noqa: PLC0415
    from wardwise.stores.sql.access import Access  # noqa: PLC0415

    if not is_prepared(data):
        return _finding("inbox", "empty", fine=True)
    try:
        envelope = load_envelope(data / "keys")
        folder = DataFolder.found(data)
        inbox = open_inbox(folder, server_for(folder), Access.READ)
        try:
            inbox.check_keys()
            kept = inbox.sealing()
        finally:
            inbox.close()
    except WardwiseError as error:
        return _finding("inbox", str(error), fine=False)
    if not envelope.current:
        says = "bodies are kept unsealed; `wardwise init --encrypt-inbox` seals what comes after"
        return _finding("inbox", says, fine=True)
    former = sum(count for key, count in kept.sealed.items() if key != envelope.current)
    says = f"sealed with the key {envelope.current}; {former} bodies with former keys, {kept.plain} unsealed"
    return _finding("inbox", says, fine=True)


def _pairing(data: Path) -> dict[str, object]:
    """Whether the inbox is the one that the log has read."""
    from wardwise.assemble.pairing import REMEDY, misfit  # noqa: PLC0415
    from wardwise.assemble.stores import READ_ONLY, is_prepared, open_stores  # noqa: PLC0415
    from wardwise.errors import WardwiseError  # noqa: PLC0415

    what = "inbox and log"
    if not is_prepared(data):
        return _finding(what, "nothing to compare", fine=True)
    try:
        with open_stores(data, READ_ONLY) as stores:
            found = [why for site in stores.log.sites() if (why := misfit(stores.inbox, stores.log, site))]
    except WardwiseError:
        return _finding(what, "not compared, since one of them cannot be read", fine=True)
    return _finding(what, f"{found[0]}. {REMEDY}" if found else "they belong together", fine=not found)


def _chain(data: Path) -> dict[str, object]:
    from wardwise.assemble.stores import READ_ONLY, is_prepared, open_stores  # noqa: PLC0415
    from wardwise.errors import WardwiseError  # noqa: PLC0415

    if not is_prepared(data):
        return _finding("log", "empty", fine=True)
    try:
        with open_stores(data, READ_ONLY) as stores:
            says = ", ".join(
                f"{site} verified to {stores.log.verify_recent(site).position}" for site in stores.log.sites()
            )
    except WardwiseError as error:
        return _finding("log", str(error), fine=False)
    return _finding("log", says or "empty", fine=True)


def _archive(data: Path) -> dict[str, object]:
    """Old records that left the log: whether they are where it says."""
    from wardwise.assemble.archiving import look_at_archive  # noqa: PLC0415
    from wardwise.assemble.stores import is_prepared  # noqa: PLC0415
    from wardwise.errors import WardwiseError  # noqa: PLC0415

    try:
        says = look_at_archive(data) if is_prepared(data) else ""
    except WardwiseError as error:
        return _finding("archive", str(error), fine=False)
    return _finding("archive", says or "nothing was moved out of the log", fine=True)


def _exposure(data: Path, exported: Path | None) -> dict[str, object]:
    """What could be cut off the log's end unseen: everything since the last exported head."""
    from wardwise.assemble.stores import READ_ONLY, is_prepared, open_stores  # noqa: PLC0415
    from wardwise.errors import WardwiseError  # noqa: PLC0415
    from wardwise.stores.heads import read_heads  # noqa: PLC0415

    what = "exported head"
    if not is_prepared(data):
        return _finding(what, "nothing to export", fine=True)
    if exported is None:
        says = "none given, so the log's end could be cut unseen; `wardwise log export-head --to FILE` regularly, and"
        return _finding(what, f"{says} give the last by --exported", fine=True)
    try:
        known = read_heads(exported)
        with open_stores(data, READ_ONLY) as stores:
            told = [_exposed(stores.log.verify(site, exported=head), head, site) for site, head in known.heads.items()]
    except WardwiseError as error:
        return _finding(what, str(error), fine=False)
    return _finding(what, f"of {known.exported_at:%Y-%m-%d %H:%M} UTC; {', '.join(told) or 'of no site'}", fine=True)


def _exposed(head: "Head", exported: "Head", site: str) -> str:
    events, over = head.position - exported.position, head.recorded_at - exported.recorded_at
    if not events:
        return f"{site}: nothing was recorded since"
    return f"{site}: {events} events over {over // timedelta(minutes=1)} min since could be cut unseen"


def _clock(data: Path, now: datetime) -> dict[str, object]:
    """A clock behind the log was set back: what comes now would seem to have waited in the sources."""
    from wardwise.assemble.stores import READ_ONLY, is_prepared, open_stores  # noqa: PLC0415
    from wardwise.errors import WardwiseError  # noqa: PLC0415

    says = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if not is_prepared(data):
        return _finding("clock", says, fine=True)
    try:
        with open_stores(data, READ_ONLY) as stores:
            last = max((stores.log.head(site).recorded_at for site in stores.log.sites()), default=now)
    except WardwiseError:
        return _finding("clock", f"{says}; not compared with the log, which cannot be read", fine=True)
    if last - now <= _CLOCKS_DIFFER:
        return _finding("clock", says, fine=True)
    behind = f"{says}, but the log's last event is of {last:%Y-%m-%d %H:%M:%S} UTC"
    return _finding("clock", f"{behind}; set the machine's clock, best by a time server, before you serve", fine=False)


def _processes(data: Path) -> dict[str, object]:
    """Of a service that runs now: whether all its processes do, and whether the servers it fetches from answer."""
    from wardwise.stores.folder import DataFolder  # noqa: PLC0415
    from wardwise.stores.roll import Roll  # noqa: PLC0415
    from wardwise.stores.unreached import UnreachedServers  # noqa: PLC0415

    what = "processes"
    if not (data / "roll").exists() or not DataFolder.found(data).held:
        return _finding(what, "no service runs here now", fine=True)
    roll = Roll(data / "roll")
    away = [f"{each.process} away since {each.since:%H:%M:%S} UTC" for each in roll.absences() if each.until is None]
    roll.close()
    away += [
        f"the server of feed {each.feed} has not answered since {each.since:%H:%M:%S} UTC ({each.why})"
        for each in UnreachedServers(data / "unreached").read().values()
    ]
    if not away:
        return _finding(what, "worker and doors are there", fine=True)
    remedy = "it is started or asked again by itself; what stderr of `wardwise serve` said last tells why it ends"
    return _finding(what, f"{'; '.join(away)}; {remedy}", fine=False)


def _publishing(data: Path, now: datetime) -> dict[str, object]:
    """Whether each stream that is published to keeps up, or why not."""
    from wardwise.assemble.outgoing import outgoing  # noqa: PLC0415
    from wardwise.assemble.stores import is_prepared  # noqa: PLC0415
    from wardwise.errors import WardwiseError  # noqa: PLC0415

    what = "publishing"
    try:
        rows = list(outgoing(data, now)) if is_prepared(data) else []
    except WardwiseError:
        return _finding(what, "not looked at, since the log cannot be read", fine=True)
    if not rows:
        return _finding(what, "to no stream", fine=True)
    return _finding(what, "; ".join(row.says for row in rows), fine=not any(row.trouble for row in rows))


def _certificates(site: Path, now: datetime) -> Iterator[dict[str, object]]:
    from wardwise.assemble.doors import credentials  # noqa: PLC0415
    from wardwise.errors import NotRunnable  # noqa: PLC0415
    from wardwise.feeds.hl7v2.tls import expiry  # noqa: PLC0415
    from wardwise.sites.load import load_site  # noqa: PLC0415

    found = credentials(site, load_site(site).site.listeners.mllp.tls)
    if found is None:
        return
    for file in (found.certificate, found.authority):
        if file is None:
            continue
        what = f"certificate {file.name}"
        try:
            left = expiry(file) - now
        except NotRunnable as fault:
            yield _finding(what, str(fault), fine=False)
            continue
        if left > _CERTIFICATE_WARNED:
            yield _finding(what, f"good for {left.days} days", fine=True)
        else:
            until = "has ended" if left <= timedelta() else f"ends in {left.days} days"
            yield _finding(what, f"{until}; put a new one in its place, it is used without a restart", fine=False)
