"""What the harness of kills says of its books: each thing that may go wrong is seen, and nothing else."""

from collections import Counter

import pytest
from benches.kill.books import Books

from wardwise.govern.data.balance import Balance

SOUND = {"received": 2, "acknowledged": 2, "refused": 0, "applied": 2, "duplicate": 0, "quarantined": 0, "pending": 0}


@pytest.mark.parametrize(
    ("counts", "told", "begun", "says"),
    [
        ({}, 2, "ab", []),
        ({"applied": 1, "pending": 1}, 1, "a", ["1 were never read"]),
        ({"applied": 1}, 2, "ab", ["the books do not balance"]),
        ({}, 3, "ab", ["lost: 3 told to be safe, 2 stays begun"]),
        ({}, 2, "abb", ["applied twice: 1"]),
    ],
)
def test_what_is_wrong_with_the_books_is_said(counts: dict[str, int], told: int, begun: str, says: list[str]) -> None:
    assert list(Books(told, Balance(**SOUND | counts), Counter(begun)).wrong()) == says
