"""A group of messages waits for those who are about to speak, and for nobody else."""

import asyncio

from tests.waiting import in_time

from wardwise.feeds.hl7v2.gathering import Gathering

LONG = 1_000.0


async def passes() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_who_is_alone_never_waits() -> None:
    async def run() -> None:
        gathering = Gathering(LONG)
        await gathering.company(1)
        gathering.answered(1, 0)
        await gathering.company(1)

    in_time(run)


def test_a_group_waits_for_as_many_as_spoke_last_time() -> None:
    async def run() -> None:
        gathering = Gathering(LONG)
        gathering.answered(2, 1)
        waiting = asyncio.ensure_future(gathering.company(1))
        for there, complete in ((1, False), (2, False), (3, True)):
            gathering.arrived(there)
            await passes()
            assert waiting.done() is complete

    in_time(run)


def test_a_group_that_is_complete_does_not_wait() -> None:
    async def run() -> None:
        gathering = Gathering(LONG)
        gathering.answered(3, 0)
        await gathering.company(3)

    in_time(run)


def test_nobody_waits_for_long_for_those_who_do_not_come() -> None:
    async def run() -> None:
        gathering = Gathering(0.001)
        gathering.answered(16, 0)
        gathering.arrived(16)  # of the group before: it is not what is waited for
        await gathering.company(1)

    in_time(run)
