"""Row 8: how late a deadline is looked at, with a thousand and with a million others pending, and 100,000 due at one
instant. The limit is the loop's own interval (0.25 s); the settling margin, which is wanted, is set to nothing.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import uvloop
from sqlalchemy import Column, Index, MetaData, String, Table, bindparam

from services.chassis import clock, schema
from services.chassis.columns import Moment
from services.chassis.database import Database
from services.chassis.deadlines import Deadline, DeadlineLoop, DueKey, due_keys
from services.chassis.transaction import Prepared, Transaction
from tests.bench.result import Result

ALLOWED_SECONDS = 0.300
SAMPLES = 400
SPREAD_SECONDS = 4.0
BURST = 100_000

metadata = MetaData()
windows = Table(
    "bench_windows",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("network", String(80), nullable=False),
    Column("due_at", Moment),
    Index("bench_windows_due", "due_at"),
    Index("bench_windows_network", "network", "due_at"),
)
_ADD = Prepared(windows.insert(), ["id", "network", "due_at"])
_CLOSE = Prepared(windows.update().where(windows.c.id == bindparam("of")).values(due_at=None))


class _Closing:
    def __init__(self) -> None:
        self.due: dict[str, datetime] = {}
        self.late: list[float] = []

    def find(self, tx: Transaction, real_now: datetime, limit: int) -> Sequence[DueKey]:
        columns = {"key": windows.c.id, "network": windows.c.network, "due_at": windows.c.due_at}
        return due_keys(tx, **columns, real_now=real_now, limit=limit)

    def close(self, tx: Transaction, key: str, _now: datetime) -> None:
        tx.run(_CLOSE, of=key)
        tx.after_commit(lambda: self.late.append((clock.now() - self.due[key]).total_seconds()))


def measure() -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="fallnetz-bench-") as directory:
        return uvloop.run(_measure(Path(directory)))


async def _measure(directory: Path) -> list[Result]:
    few: list[float] = []
    many: list[float] = []
    burst = 0.0
    for pending, found in ((1_000, few), (1_000_000, many)):
        database = Database(f"sqlite:///{directory / f'{pending}.sqlite'}")
        await _fill(database, pending)
        for _ in range(3):
            found.append(await _lateness(database))
        if pending == 1_000_000:
            burst = await _burst(database)
        await database.close()
    figures = {"p99_seconds_1k": sorted(few)[1], "p99_seconds_1m": sorted(many)[1], "burst_100k_seconds": burst}
    return [
        Result(
            row=8,
            name="deadline's lateness with a million pending (p99, 0.3 s allowed)",
            goal=1.0,
            samples=[ALLOWED_SECONDS / late for late in many],
            detail={**figures, "interval_seconds": 0.25},
        ),
        Result(
            row=8,
            name="lateness with a thousand pending / with a million (flat)",
            goal=0.8,
            samples=[one / other for one, other in zip(few, many, strict=True)],
            detail={**figures},
        ),
    ]


async def _fill(database: Database, pending: int) -> None:
    await database.write(lambda tx: schema.create_all(tx.connection))
    await database.write(lambda tx: metadata.create_all(tx.connection))
    later = clock.now() + timedelta(days=10)
    for start in range(0, pending, 50_000):
        rows = [
            {"id": f"p{number:07}", "network": f"net{number % 100}", "due_at": later + timedelta(seconds=number)}
            for number in range(start, min(pending, start + 50_000))
        ]
        await database.write(Transaction.run_many, _ADD, rows)


async def _run(database: Database, closing: _Closing, count: int) -> None:
    loop = DeadlineLoop(database, [Deadline("bench", closing.find, closing.close)], margin=timedelta(0))
    task = asyncio.ensure_future(loop.run())
    while len(closing.late) < count:  # noqa: ASYNC110 - watches what the loop has done
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _add(database: Database, closing: _Closing, moments: list[datetime]) -> None:
    prefix = f"d{time.monotonic_ns()}-"
    rows = [
        {"id": f"{prefix}{number}", "network": f"net{number % 100}", "due_at": due}
        for number, due in enumerate(moments)
    ]
    closing.due |= {str(row["id"]): due for row, due in zip(rows, moments, strict=True)}
    await database.write(Transaction.run_many, _ADD, rows)


async def _lateness(database: Database) -> float:
    """p99 of the seconds between due and carried out."""
    closing, chance, start = _Closing(), random.Random(4), clock.now() + timedelta(seconds=0.5)
    moments = [start + timedelta(seconds=chance.uniform(0, SPREAD_SECONDS)) for _ in range(SAMPLES)]
    await _add(database, closing, moments)
    await _run(database, closing, SAMPLES)
    return sorted(closing.late)[int(SAMPLES * 0.99)]


async def _burst(database: Database) -> float:
    """Seconds until the last of 100,000 that are due at one instant is carried out."""
    closing, instant = _Closing(), clock.now() + timedelta(seconds=1)
    await _add(database, closing, [instant] * BURST)
    await _run(database, closing, BURST)
    return max(closing.late)
