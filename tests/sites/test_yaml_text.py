"""What a scalar of YAML 1.2 becomes, and that no text whatever gives anything but a tree or its problems."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wardwise.errors import BrokenFile
from wardwise.sites.broken import BrokenFiles
from wardwise.sites.tree import MAX_LINE, MAX_LINES, MAX_NODES, Spot, parse_tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("no", "no"),
        ("07:00", "07:00"),
        ("2026-03-01", "2026-03-01"),
        ("12", 12),
        ("-3", -3),
        ("007", "007"),
        ("0", 0),
        ("0.10", Decimal("0.10")),
        ("1e3", Decimal(1000)),
        ("true", True),
        ("~", None),
        ("", None),
        ("'12'", "12"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("ünïcode", "ünïcode"),
    ],
)
def test_a_scalar_reads_as_people_meant_it(text: str, value: object) -> None:
    tree = parse_tree(f"key: {text}\n".encode(), "x.yaml").tree
    assert tree == {"key": value}
    assert type(tree["key"]) is type(value)  # type: ignore[index, call-overload]


def test_every_key_and_item_knows_its_line() -> None:
    document = parse_tree(b"# c\na:\n  - x\n  - b: 1\n    c: |\n      two\n      lines\nd: 2\n", "x.yaml")
    assert document.spot(("a", 1, "c")) == Spot("x.yaml", 5)
    assert document.spot(("d",)) == Spot("x.yaml", 8)
    assert document.spot(("a", 1, "absent", "deep")) == Spot("x.yaml", 4)


def test_keys_are_always_text() -> None:
    assert parse_tree(b"{1: a, true: b, 2.50: c}", "x.yaml").tree == {"1": "a", "true": "b", "2.50": "c"}


def test_a_bomb_of_aliases_does_not_unfold() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(9)
    )
    with pytest.raises(BrokenFiles, match="anchor or an alias"):
        parse_tree(bomb.encode(), "x.yaml")


def test_too_many_values_stop_the_reading() -> None:
    with pytest.raises(BrokenFiles, match="holds too much"):
        parse_tree(b"[" + (b"1," * 1_000 + b"\n") * (MAX_NODES // 1_000 + 1) + b"]", "x.yaml")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (b"a: 1\n" * MAX_LINES, MAX_LINES, "holds too much"),
        (b"a: 1\nb: " + b"x" * MAX_LINE, 2, "in one line"),
        (b"[\n" * 10_000, 26, "nested too deeply"),
        (b"? " * (MAX_LINE // 2), 1, "a key that is not a word"),
        (b"a: 1\n--- \nb: 1\n" + b"---\n" * 10_000, 2, "second document"),
    ],
)
def test_what_could_only_be_meant_to_cost_is_refused_with_its_line(text: bytes, line: int, what: str) -> None:
    with pytest.raises(BrokenFiles, match=f"x.yaml:{line}: .*{what}"):
        parse_tree(text, "x.yaml")


def test_of_problems_without_number_the_first_are_told() -> None:
    with pytest.raises(BrokenFiles) as told:
        parse_tree(b"a: 1\n" * 5_000, "x.yaml")
    assert str(told.value).count("stands twice") < 200


PIECES = st.sampled_from(
    [*"abc019.:-?[]{}&*!|>%@`'\"#,~<=\n\t ", "\r\n", "---\n", "- ", ": ", "\x00", "é", "\ufeff", "<<: "]
)


@given(st.one_of(st.lists(PIECES, max_size=60).map("".join).map(str.encode), st.binary(max_size=60)))
@example(b"%YAML 1.1\n---\na: yes\n")
@example(b"a: \xff")
@example(b"? ")
@example(b"!<")
def test_any_text_is_a_tree_or_a_list_of_problems(data: bytes) -> None:
    found: tuple[BrokenFile, ...] | None = None
    try:
        parse_tree(data, "x.yaml")
    except BrokenFiles as broken:
        found = broken.problems
    assert found is None or (found and all(int(str(problem.facts["line"])) >= 1 for problem in found))
