"""A set of segments that addresses are resolved in: a whole message, or one group of it."""

from collections.abc import Mapping, Sequence

from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.charset import Reading
from wardwise.feeds.hl7v2.segment import ABSENT, HEADER_NAMES, Segment, Value, read_text, read_value
from wardwise.feeds.hl7v2.separators import Separators

Index = Mapping[bytes, list[bytes]]


class Scope:
    """Segments by name, still bytes; each is decoded and cut when first read, then kept."""

    __slots__ = ("_cells", "_codec", "_index", "_mark", "reading", "separators")

    def __init__(
        self, index: Index, cells: dict[bytes, list[str]], *, separators: Separators, reading: Reading
    ) -> None:
        """`cells` is the memory of cut segments, shared by all scopes of one message."""
        self._index = index
        self._cells = cells
        self.separators = separators
        self.reading = reading
        self._codec = reading.codecs[0]
        self._mark = separators.field

    def text(self, address: Address) -> str:
        """The unescaped text at an address; '' where it is absent, empty or the explicit null."""
        lines = self._index.get(address.key)
        if lines is None or address.occurrence > len(lines):
            return ""
        line = lines[address.occurrence - 1]
        cells = self._cells.get(line) or self._cut(line)
        return read_text(cells, address, self.separators)

    def value(self, address: Address) -> Value:
        """The value at an address, telling absent, empty, explicit null and text apart."""
        lines = self._index.get(address.key, ())
        if address.occurrence > len(lines):
            return ABSENT
        line = lines[address.occurrence - 1]
        return read_value(self._cells.get(line) or self._cut(line), address, self.separators)

    def first(self, name: bytes) -> Sequence[str]:
        """The fields of the first segment of a name, index n being field n; () where there is none."""
        lines = self._index.get(name)
        return (self._cells.get(lines[0]) or self._cut(lines[0])) if lines else ()

    def segments(self, name: str) -> list[Segment]:
        """All segments of a name, in the order sent."""
        lines = self._index.get(name.encode("ascii", "replace"), ())
        known, cut_now, separators = self._cells, self._cut, self.separators
        return [Segment(known.get(line) or cut_now(line), separators) for line in lines]

    def repetitions(self, address: Address) -> tuple[str, ...]:
        """Every repetition of the address's field, each read at the address's component."""
        segments = self.segments(address.segment)
        if address.occurrence > len(segments):
            return ()
        return segments[address.occurrence - 1].repetitions(address)

    def narrowed(self, index: Index) -> "Scope":
        """The same message seen through fewer segments."""
        return Scope(index, self._cells, separators=self.separators, reading=self.reading)

    def _cut(self, line: bytes) -> list[str]:
        try:
            text = line.decode(self._codec)
        except UnicodeDecodeError:
            text = self.reading.text(line)
        cells = self._cells[line] = text.split(self._mark)
        if cells[0] in HEADER_NAMES:
            cells.insert(1, self._mark)  # so that MSH-1 is the separator itself and index n is field n
        return cells
