"""Days told live and by batch, as the log of a data folder holds them."""

from pathlib import Path

from wardwise.assemble.looking import head_view
from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.loop.derive.state.repeated import Repeated, repeated


def compared_days(data: Path, *, days: int) -> list[Repeated]:
    """Of each pair of feeds and kind of event the last days that were compared, the newest last."""
    found: dict[tuple[str, str, str], list[Repeated]] = {}
    with open_stores(data, READ_ONLY) as stores:
        for site in stores.log.sites():
            for each in repeated(head_view(stores, site)):
                found.setdefault(each.key, []).append(each)
    return [each for listed in found.values() for each in listed[-days:]]
