"""HL7 table 0211: which codec reads a segment. Latin-1 is the last resort, for it loses no byte."""

from dataclasses import dataclass
from functools import lru_cache

UNKNOWN = "charset-unknown"
FALLBACK = "charset-fallback"
LAST_RESORT = "charset-latin-1"

LATIN = {"8859/1": "latin-1", "8859/15": "iso8859-15"} | {f"8859/{part}": f"iso8859-{part}" for part in range(2, 10)}
CODECS = LATIN | {
    "": "",
    "ASCII": "ascii",
    "ISO IR6": "ascii",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "ISO IR14": "iso2022_jp_ext",
    "ISO IR87": "iso2022_jp_ext",
    "ISO IR159": "iso2022_jp_ext",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "BIG-5": "big5",
    "WINDOWS-1252": "cp1252",
    "ISO-8859-1": "latin-1",
}
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Reading:
    """The codecs to try in order, and a flag when MSH-18 named none that is known."""

    codecs: tuple[str, ...]
    flags: tuple[str, ...] = ()

    @property
    def shifts(self) -> bool:
        """Whether bytes below 128 may be parts of other characters (ISO 2022)."""
        return self.codecs[0].startswith("iso2022")

    def text(self, line: bytes) -> str:
        """The segment's text; never raises, and latin-1 gives every byte back."""
        return self.judged(line)[0]

    def judged(self, line: bytes) -> tuple[str, str]:
        """The text and the flag it earned: none, `charset-fallback` or `charset-latin-1`."""
        for place, codec in enumerate(self.codecs):
            try:
                return line.decode(codec), FALLBACK if place else ""
            except UnicodeDecodeError:
                continue
        return line.decode("latin-1"), LAST_RESORT


def reading_of(declared: bytes, default: str) -> Reading:
    """MSH-18 as sent (repetitions by `~`) and the site's default codec, made into an order of trial."""
    return _reading(declared[:LONGEST_NAME], default)


@lru_cache(maxsize=256)
def _reading(declared: bytes, default: str) -> Reading:
    names = [name.strip().upper() for name in declared.decode("latin-1").split("~")]
    known = [CODECS[name] for name in names if CODECS.get(name)]
    flags = () if all(name in CODECS for name in names) else (UNKNOWN,)
    shifting = [codec for codec in known if codec.startswith("iso2022")]
    order = dict.fromkeys([*shifting, *known[:1], default])
    return Reading(tuple(order), flags)
