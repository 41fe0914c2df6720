"""Base 32 (RFC 4648) in lower case: what ids and tokens are spelled in, by the hundred thousand."""

from collections.abc import Iterator

SPELLED_BYTES = 20  # 160 bits: 32 letters

_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567"
_SPELLING = bytes.maketrans(bytes(range(32)), _LETTERS)
_BITS = 5  # of a letter


def _halvings(letters: int) -> Iterator[tuple[int, int, int]]:
    """How to move the upper half of each run of letters to where its bytes will be, run by run, then in runs half as
    long: the shift, the bits that move and those that stay.
    """
    run = letters
    while run > 1:
        half = run // 2
        starts = range(0, letters * 8, run * 8)
        upper = sum(((1 << _BITS * half) - 1) << _BITS * half << start for start in starts)
        lower = sum(((1 << _BITS * half) - 1) << start for start in starts)
        yield (8 - _BITS) * half, upper, lower
        run = half


_HALVINGS = tuple(_halvings(len(_LETTERS)))


def base32(data: bytes) -> str:
    """The 32 letters of 20 bytes."""
    number = int.from_bytes(data)
    for shift, upper, lower in _HALVINGS:
        number = (number & upper) << shift | number & lower
    return number.to_bytes(len(_LETTERS)).translate(_SPELLING).decode("ascii")
