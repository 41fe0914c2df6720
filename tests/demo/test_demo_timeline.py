from collections import Counter
from dataclasses import replace
from itertools import pairwise

import hl7
import pytest

from wardwise.demo.habits import Due, Sort
from wardwise.demo.hl7_text import plain
from wardwise.demo.person import CANARY
from wardwise.demo.setting import Setting
from wardwise.demo.timeline import Timeline, timeline
from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.errors import HL7Error
from wardwise.feeds.hl7v2.message import Message


def test_the_same_seed_sends_the_same_bytes_in_the_same_order(setting: Setting, first_day: Timeline) -> None:
    assert timeline(setting) == first_day


def test_another_seed_sends_other_bytes(setting: Setting, first_day: Timeline) -> None:
    other = timeline(replace(setting, seed=8))
    assert {due.body for due in other.messages}.isdisjoint(due.body for due in first_day.messages)


def test_messages_and_files_come_in_the_order_they_fall_due_and_within_the_demo(
    setting: Setting, first_day: Timeline
) -> None:
    for dues in (first_day.messages, first_day.files):
        assert all(one.at <= other.at for one, other in pairwise(dues))
        assert setting.start <= dues[0].at
        assert dues[-1].at < setting.end


def test_two_other_programs_read_every_message_that_is_meant_to_be_read(first_day: Timeline) -> None:
    for due in sound(first_day):
        message = Message.parse(due.body)
        assert message.flags == ()
        assert message.text(Address.parse("MSH-10")) == due.control
        theirs = hl7.parse(due.body.decode())
        assert str(theirs["MSH.F10"]) == due.control
        assert [str(line[0]) for line in theirs] == [line[:3].decode() for line in message.lines]


def test_a_name_with_a_separator_is_read_back_whole(first_day: Timeline) -> None:
    families = {Message.parse(due.body).text(Address.parse("PID-5.1")) for due in sound(first_day)}
    assert f"{CANARY}Smith & Daughters" in families
    assert f"{CANARY}Brückner" in families


@pytest.mark.parametrize("sign", ["|", "^", "&", "~", "\\"])
def test_plain_text_holds_no_separator(sign: str) -> None:
    assert f"a{sign}b" not in plain(f"a{sign}b")
    message = Message.parse(f"MSH|^~\\&|A|B\rNTE|1||{plain(f'a{sign}b')}".encode())
    assert message.text(Address.parse("NTE-3")) == f"a{sign}b"


def test_every_patient_is_marked_as_invented_by_name_number_and_address(first_day: Timeline) -> None:
    assert CANARY == "ZZPHI"  # searches for leaks look for these very letters
    for due in sound(first_day):
        message = Message.parse(due.body)
        assert message.text(Address.parse("PID-3.1")).startswith("ZZ")
        for address in ("PID-5.1", *(("PID-5.2", "PID-11.1") if due.sort is not Sort.STRANGER else ())):
            assert CANARY in message.text(Address.parse(address))
        for typed in ("NTE-3", "PV2-12"):
            text = message.text(Address.parse(typed))
            assert not text or text.startswith(CANARY)


def test_every_trigger_of_a_working_day_occurs_in_a_week(setting: Setting) -> None:
    week = timeline(replace(setting, days=7))
    triggers = Counter(Message.parse(due.body).text(Address.parse("MSH-9.2")) for due in sound(week))
    assert triggers.keys() == {"A01", "A02", "A03", "A04", "A08", "A11", "A13", "A40", "R01"}
    assert triggers["A40"] < triggers["A04"] / 50
    assert triggers["A11"] + triggers["A13"] < triggers["A01"] / 8


def test_a_day_has_its_share_of_bad_habits(first_day: Timeline) -> None:
    sorts = Counter(due.sort for due in first_day.messages)
    assert 1 <= sorts[Sort.MALFORMED] <= 2
    assert sorts[Sort.STRANGER] == 1
    assert 5 <= sorts[Sort.RESENT] <= 40
    written = [due.control for due in first_day.messages if due.sort is Sort.PLAIN]
    overtaken = sum(one > other for one, other in pairwise(written))
    assert 0.005 < overtaken / len(written) < 0.06


def test_a_message_sent_twice_is_the_same_to_the_byte(first_day: Timeline) -> None:
    first = {due.control: due for due in first_day.messages if due.sort is Sort.PLAIN}
    twice = [due for due in first_day.messages if due.sort is Sort.RESENT]
    assert twice
    assert all(first[due.control].body == due.body and first[due.control].at <= due.at for due in twice)


def test_malformed_messages_are_refused_by_the_parser(setting: Setting) -> None:
    days = timeline(replace(setting, days=7))
    broken = [due for due in days.messages if due.sort is Sort.MALFORMED]
    assert len({due.body[:4] for due in broken}) > 1
    for due in broken:
        with pytest.raises(HL7Error):
            Message.parse(due.body)


def test_a_day_has_vital_signs_in_fahrenheit_and_celsius_and_some_sets_with_gaps(first_day: Timeline) -> None:
    sets = [due.body for due in first_day.messages if b"VS^Vital signs" in due.body]
    measures = {body.split(b"|8310-5^Temperature^LN||")[1].split(b"|")[1] for body in sets if b"8310-5" in body}
    assert measures == {b"[degF]", b"degF", b"Cel"}
    gaps = sum(body.count(b"\rOBX|") < 8 for body in sets) / len(sets)
    assert 0.02 < gaps < 0.09


def sound(found: Timeline) -> list[Due]:
    return [due for due in found.messages if due.sort is not Sort.MALFORMED]
