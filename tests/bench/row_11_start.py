"""Row 11: from `fallnetz up` to the portal's first page with the services behind it, and the memory of all processes.

The state exists before (databases migrated, network founded), as at every start but the first. Ratio: what is allowed
divided by what was measured, so that 1.0 is the goal.
"""

import os
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median

from services.cli.installation.running import running, start, stop, wait_ready
from services.cli.installation.state import State
from tests.bench.result import Result

SECONDS_ALLOWED = 4.0
MEGABYTES_ALLOWED = 500.0
ROUNDS = 5


def measure() -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="fallnetz-bench-") as directory:
        state = Path(directory)
        with running(state, with_example=True):
            pass
        starts = [one_start(state) for _ in range(ROUNDS)]
    page, ready, memory, cpu = zip(*starts, strict=True)
    return [
        Result(
            row=11,
            name="start to first page",
            goal=1.0,
            samples=[SECONDS_ALLOWED / seconds for seconds in page],
            detail={
                "seconds_median": median(page),
                "seconds_to_all_ready_median": median(ready),
                "cpu_seconds_to_all_ready_median": median(cpu),
            },
        ),
        Result(
            row=11,
            name="memory of all processes",
            goal=1.0,
            samples=[MEGABYTES_ALLOWED / megabytes for megabytes in memory],
            detail={"megabytes_median": median(memory)},
        ),
    ]


def one_start(directory: Path) -> tuple[float, float, float, float]:
    """(seconds to the first page, seconds until all is ready, megabytes, processor seconds of all until then)."""
    began = time.monotonic()
    process = start(directory)
    try:
        ports = State(directory).ports
        ready = [f"{ports.address(f'{name}_health')}/health/ready" for name in ("membership", "notifications")]
        for address in (f"{ports.address('portal')}/", f"{ports.address('gateway')}/", *ready):
            while not answers(address):
                time.sleep(0.01)
        first = time.monotonic() - began
        wait_ready(process, directory)
        return first, time.monotonic() - began, memory_of(process.pid), cpu_of(process.pid)
    finally:
        stop(process)


def answers(page: str) -> bool:
    try:
        with urllib.request.urlopen(page, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def memory_of(pid: int) -> float:
    """Megabytes of a process and all its descendants; what several share is counted once (proportional set size)."""
    own = sum(
        int(line.split()[1])
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
        if line.startswith("Pss:")
    )
    return own / 1000 + sum(map(memory_of, children_of(pid)))


def cpu_of(pid: int) -> float:
    """Processor seconds of a process and all its descendants so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(map(cpu_of, children_of(pid)))


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()]
