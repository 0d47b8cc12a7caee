"""The machine the figures come from, and how busy it was with other things."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench_figures import percentile

_SYNCS = 50
_BLOCK = b"\0" * 4096


def describe(home: Path) -> dict[str, Any]:
    """Return what a reader needs to judge the figures."""
    syncs = sync_times_ms(home)
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "processors": f"{os.cpu_count()} x {_processor()}",
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load_before": round(os.getloadavg()[0], 2),
        "sync_ms_p50": round(percentile(syncs, 50), 2),
        "sync_ms_p99": round(percentile(syncs, 99), 2),
    }


def in_words(machine: dict[str, Any]) -> str:
    """Return the description as one sentence for the table's head."""
    return (
        f"{machine['at']}; {machine['processors']}, {machine['memory_mib']:,} MiB;"
        f" {machine['system']}, Python {machine['python']}, SQLite {machine['sqlite']};"
        f" one sync takes {machine['sync_ms_p50']} ms (p99 {machine['sync_ms_p99']});"
        f" load before the start: {machine['load_before']}"
    )


def sync_times_ms(home: Path) -> list[float]:
    """Return how long the disk below a directory takes to sync a block that was appended."""
    took = []
    with tempfile.TemporaryFile(dir=home) as file:
        for _ in range(_SYNCS):
            file.write(_BLOCK)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    return took


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
