"""What the pages say of streams that are published to, by id."""

from collections.abc import Mapping

OUTGOING_STRINGS: Mapping[str, str] = {
    "outgoing.title": "Published to streams",
    "outgoing.says": "What leaves for other systems, in the order of the log. What expired or was refused: 7 days.",
    "outgoing.stream": "Stream",
    "outgoing.state": "State",
    "outgoing.place": "Published to position",
    "outgoing.place_of": "{place} of {head}",
    "outgoing.waiting": "Waiting",
    "outgoing.waiting_since": "{count} since {at}",
    "outgoing.nothing": "nothing",
    "outgoing.expired": "Expired unsent",
    "outgoing.refused": "Refused by the broker",
    "outgoing.owner": "Owner",
    "outgoing.state.off": "Switched off",
    "outgoing.state.away": "Publisher away",
    "outgoing.state.unreached": "Broker away",
    "outgoing.state.behind": "Behind",
    "outgoing.state.current": "Current",
    "outgoing.state.new": "Not begun",
}
