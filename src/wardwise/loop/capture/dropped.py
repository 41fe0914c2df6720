"""What was not published and never will be, as the process that publishes leaves it in the inbox for the worker."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from wardwise.errors import ImpossibleValue

SOURCE = "wardwise/publish"  # no feed's name has a slash


class Dropping(StrEnum):
    """Why an event will never go out."""

    EXPIRED = "expired"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Dropped:
    """One event of one stream. `owner` is who answers for the stream; `says` is in our own words, never the broker's.

    Nothing in it depends on when it is told, so that what is told again has the same bytes.
    """

    stream: str
    event: str
    why: Dropping
    says: str
    owner: str

    @property
    def control_id(self) -> str:
        """What it is known again by."""
        return f"{self.stream}/{self.event}/{self.why.value}"

    @property
    def body(self) -> bytes:
        """As the inbox keeps it."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def of(cls, body: bytes) -> "Dropped":
        """What a body says; raises ImpossibleValue, which repeats nothing of it."""
        try:
            told = json.loads(body)
            texts = {name: told[name] for name in cls.__slots__}
            if not all(isinstance(text, str) and text for text in texts.values()):
                raise ValueError
            return cls(**{**texts, "why": Dropping(texts["why"])})
        except (ValueError, KeyError, TypeError):
            remedy = "Report this as a fault, with the raw's id."
            raise ImpossibleValue(what="it does not say what was not published", remedy=remedy) from None
