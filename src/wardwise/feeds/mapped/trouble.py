"""Why a value or an event cannot be had. None of these repeats what the source wrote."""

from wardwise.errors import WardwiseError
from wardwise.feeds.reading import Quarantine


class Unreadable(WardwiseError):
    """{why}. {remedy}"""

    exit_code = 36

    def __init__(self, code: str, why: str, remedy: str) -> None:
        """What a quarantine says of it."""
        super().__init__(code=code, why=why, remedy=remedy)
        self.quarantine = Quarantine(code, why, remedy)


class UnknownCode(Unreadable):
    """{why}. {remedy}"""  # nothing of the message or row counts, for a code nobody knows may change all of it


class PassedOver(WardwiseError):
    """The mapping passes this event over: the table {table} does not know its code."""

    exit_code = 37
