"""Base 32 (RFC 4648) in lower case: what ids and tokens are spelled in, by the hundred thousand."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)
_BITS = 10  # a pair of letters


def base32(data: bytes) -> str:
    """The letters of bytes whose number is a multiple of five, so that no padding is needed."""
    number = int.from_bytes(data)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(len(data) * 8 - _BITS, -1, -_BITS)])
