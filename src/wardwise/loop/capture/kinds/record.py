"""Records of a source that keeps versions: what was read of one without a new fact, so that older ones are known."""

from wardwise.loop.capture.kinds.kind import Kind, text

_READ = (text("record"), text("version"))

KINDS = (
    Kind("record.unchanged", "r", "A later version of a record said nothing new.", _READ),
    Kind("record.deleted", "r", "A record was deleted at its source; what it said is withdrawn.", _READ),
)
