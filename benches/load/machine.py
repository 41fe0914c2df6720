"""The machine's own figures beside a measurement: raw syncs, load, processor time, and when to give no verdict."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from wardwise.run.clock import machine_load

SYNCS = 400
BLOCK = bytes(4_096)
SLOWEST_SYNC_MS = 5.0
HIGHEST_LOAD = 1.5
_TICKS = os.sysconf("SC_CLK_TCK")
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


def figures_before(folder: Path) -> dict[str, object]:
    """The load average, the kind of file system, and what one block appended and synced costs there."""
    load = round(machine_load(), 2)
    syncs = sorted(_syncs(folder))
    return {
        "fdatasync_p50_ms": round(percentile(syncs, 0.50) * 1e3, 3),
        "fdatasync_p99_ms": round(percentile(syncs, 0.99) * 1e3, 3),
        "load_before": load,
        "file_system": file_system(folder),
        "processors": os.cpu_count(),
    }


def verdict(before: Mapping[str, object], short: Sequence[str]) -> str:
    """`ok`; else `short`, or INCONCLUSIVE where the machine was busy, its disk slow, or no disk at all."""
    if before["file_system"] in _IN_MEMORY:
        return "INCONCLUSIVE"
    if not short:
        return "ok"
    busy = float(str(before["load_before"])) > HIGHEST_LOAD
    slow = float(str(before["fdatasync_p50_ms"])) > SLOWEST_SYNC_MS
    return "INCONCLUSIVE" if busy or slow else "short"


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that a share of an ascending list does not exceed; 0 for an empty one."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def cpu_seconds(pid: int, *, ended: bool = False) -> float:
    """Processor time of a process so far, user and system, all of its threads; of its `ended` children too if asked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11 : 15 if ended else 13]) / _TICKS


def file_system(folder: Path) -> str:
    """The type of file system that a folder lies on."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    holding = [(len(fields[1]), fields[2]) for fields in mounts if folder.resolve().is_relative_to(fields[1])]
    return max(holding)[1] if holding else "unknown"


def _syncs(folder: Path) -> list[float]:
    path = folder / "syncs"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    taken = []
    try:
        for _ in range(SYNCS):
            begun = time.perf_counter()
            os.write(descriptor, BLOCK)
            os.fdatasync(descriptor)
            taken.append(time.perf_counter() - begun)
    finally:
        os.close(descriptor)
        path.unlink()
    return taken
