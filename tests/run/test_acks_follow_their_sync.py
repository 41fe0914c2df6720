"""No acknowledgement leaves the door before the sync that covers its message: shown by the door's system calls."""

from pathlib import Path

import pytest
from benches.load.synced import Synced, acks_after_sync, judge, strace_missing

WAL = "8</d/inbox.db-wal>"
WROTE = f'11 pwrite64({WAL}, "..OBR|1||VS0000000007|..", 4096, 56) = 4096'
SYNCED = f"11 fdatasync({WAL}) = 0"
ACKED = '10 sendto(9<socket:[1]>, "\\vMSH|^~\\\\&|..\\rMSA|AA|0000000007\\r", 34, 0, NULL, 0) = 34'
SAFE = Synced(1, ())
TOO_EARLY = Synced(1, ("0000000007",))


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([WROTE, SYNCED, ACKED], SAFE),
        ([ACKED, WROTE, SYNCED], TOO_EARLY),
        ([WROTE, ACKED, SYNCED], TOO_EARLY),
        ([SYNCED, WROTE, ACKED], TOO_EARLY),
        ([SYNCED, ACKED], TOO_EARLY),
        ([WROTE, SYNCED.replace("= 0", "= -1 EIO (Input/output error)"), ACKED], TOO_EARLY),
        ([WROTE, SYNCED.replace("inbox.db-wal", "events.db-wal"), ACKED], TOO_EARLY),
        ([WROTE.replace("inbox.db-wal", "inbox.db-shm"), SYNCED, ACKED], TOO_EARLY),
        ([WROTE, f"11 fdatasync({WAL} <unfinished ...>", "11 <... fdatasync resumed>) = 0", ACKED], SAFE),
        ([WROTE, f"11 fdatasync({WAL} <unfinished ...>", ACKED, "11 <... fdatasync resumed>) = 0"], TOO_EARLY),
        ([f"11 fdatasync({WAL} <unfinished ...>", WROTE, "11 <... fdatasync resumed>) = 0", ACKED], TOO_EARLY),
        ([WROTE, SYNCED, ACKED.replace("AA|", "AE|")], Synced(0, ())),
    ],
)
def test_an_acknowledgement_before_its_sync_is_found(calls: list[str], expected: Synced) -> None:
    assert judge(calls) == expected


@pytest.mark.slow
def test_the_door_acknowledges_nothing_before_its_sync(tmp_path: Path) -> None:
    if strace_missing():
        pytest.skip("no strace")
    found = acks_after_sync(tmp_path, connections=8, seconds=1.0)
    assert found.acknowledged >= 8
    assert found.too_early == ()
