"""A place of a mapping looked up the quick way says what the careful way says."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.message import Message
from wardwise.feeds.hl7v2.place import Seen, place_of
from wardwise.feeds.hl7v2.segment import Presence
from wardwise.feeds.mapped.ground import NULL
from wardwise.feeds.reading import Reading

HEADS = ("MSH|^~\\&|", "MSH|^~\\&|", "MSH|^~|", "MSH#*~\\&#", "MSH|^~&\\|")
PLAIN = ("", "4A", " 4A ", "a^b", "^b", "a~b", "a^b~c^d", "a*b", " ", "^^")
SPECIAL = (NULL, "a&b", "a^b&c", "x\\F\\y", "a^b~c^d", "^b", "")


def messages_of(kinds: tuple[str, ...]) -> st.SearchStrategy[str]:
    segments = st.lists(st.sampled_from(kinds), min_size=3, max_size=6)
    return st.builds(
        lambda head, header, visits: "\r".join(
            [head + head[3].join(header), *(head[3].join(["PV1", *visit]) for visit in visits)]
        ),
        st.sampled_from(HEADS),
        segments,
        st.lists(segments, max_size=2),
    )


parts = st.sampled_from([(), (1,), (2,), (3,), (1, 1), (1, 2), (2, 2)])
messages = messages_of(PLAIN) | messages_of(SPECIAL)


@settings(max_examples=400)
@given(text=messages, segment=st.sampled_from(["MSH", "PV1", "ZZZ"]), field=st.integers(1, 7), part=parts)
def test_quick_and_careful_say_the_same(text: str, segment: str, field: int, part: tuple[int, ...]) -> None:
    message = Message.parse(text.encode())
    place = ".".join([f"{segment}-{field}", *map(str, part)])
    assert place_of(place)(Seen.of(message)) == carefully(message, segment, field, part)


def carefully(message: Message, segment: str, field: int, part: tuple[int, ...]) -> str:
    """By the message's own reading of values, subcomponents told apart only where a message has some."""
    component, subcomponent, *_ = *part, 1, 1
    has_some = message.separators.subcomponent.encode() in message.body[9:]
    address = Address(segment, field, component, subcomponent if has_some or subcomponent > 1 else 0)
    value = message.value(address)
    return NULL if value.presence is Presence.NULL else value.text.strip()


ORU = (
    "MSH|^~\\&|EHR|LGH|W|W|20260301041000||ORU^R01|c1|P|2.5.1\rPID|1||7001^^^LGH^MR\r"
    "PV1|1|I|4A^^12 A/B||||||||||||||||88^^^LGH\rOBR|1||F1|VS|||20260301040000\r"
    "OBX|1|NM|8867-4^X^LN||80|/min|||||F|||20260301040000\rOBX|2|NM|9279-1^X^LN||18|/min|||||F|||20260301040000\r"
)


@pytest.mark.parametrize("bed", ["12", "no such bed, with a name far too long for any"])
def test_results_of_one_visit_share_its_place_and_its_flags(read: Callable[..., Reading], bed: str) -> None:
    pulse, breaths = read("oru", ORU.replace("12 A/B", bed)).drafts
    assert pulse.about == breaths.about
    assert [("bed-unreadable" in draft.flags) for draft in (pulse, breaths)] == [bed != "12"] * 2


def test_results_of_two_patients_do_not_share_whom_they_are_about(read: Callable[..., Reading]) -> None:
    second = ORU.partition("PID")[2].replace("7001", "7002").replace("|88^", "|99^").replace("F1", "F2")
    about = [draft.about for draft in read("oru", ORU + "PID" + second).drafts]
    assert about[0] == about[1] != about[2] == about[3]
    assert len({who.patient for who in about}) == len({who.encounter for who in about}) == 2


@pytest.mark.parametrize(("unit", "bed", "flagged"), [("4A", "36", False), ("4A", "99", True), ("ICU", "13", True)])
def test_a_bed_that_its_unit_does_not_have_is_kept_as_told_and_flagged(
    read: Callable[..., Reading], *, unit: str, bed: str, flagged: bool
) -> None:
    pulse, breaths = read("oru", ORU.replace("4A^^12 A/B", f"{unit}^^{bed}")).drafts
    assert pulse.about.bed == breaths.about.bed == f"demo/{unit.lower()}/{bed}"
    assert [("bed-unknown" in draft.flags) for draft in (pulse, breaths)] == [flagged] * 2
