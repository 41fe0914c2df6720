"""Notes; the text stays in the raw inbox, the event says that there is one."""

from wardwise.loop.capture.kinds.kind import Kind, optional, text

KINDS = (Kind("note.written", "n", "A note was written.", (text("type"), optional("author_role")), ("encounter",)),)
