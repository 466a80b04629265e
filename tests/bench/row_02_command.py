"""Row 2: a whole command (state, journal, hash chain; 64 in flight) against a bare single-row commit, both on SQLite
with WAL and synchronous=FULL, on the same disk, in turn."""

import sqlite3
import tempfile
import time
from pathlib import Path

import uvloop

from services.chassis import schema
from services.chassis.database import Database
from tests.bench import command
from tests.bench.result import Result

ROUNDS = 7
SECONDS = 1.0
IN_FLIGHT = 64


def measure() -> Result:
    with tempfile.TemporaryDirectory(prefix="fallnetz-bench-") as directory:
        return uvloop.run(_measure(Path(directory)))


async def _measure(directory: Path) -> Result:
    database = Database(f"sqlite:///{directory / 'product.sqlite'}")
    await database.write(lambda tx: schema.create_all(tx.connection))
    await command.prepare(database, IN_FLIGHT * 4)
    bare = _Bare(directory / "bare.sqlite")
    await command.load(database, IN_FLIGHT, 0.3)
    limits, products = [], []
    for _ in range(ROUNDS):
        limits.append(bare.rate(SECONDS))
        products.append(await command.load(database, IN_FLIGHT, SECONDS))
    await database.close()
    return Result(
        row=2,
        name="command with state, journal and chain / bare commit (SQLite)",
        goal=1.0,
        samples=[product / limit for product, limit in zip(products, limits, strict=True)],
        detail={"limit_per_second": sorted(limits)[ROUNDS // 2], "product_per_second": sorted(products)[ROUNDS // 2]},
    )


class _Bare:
    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, value TEXT)")

    def rate(self, seconds: float) -> float:
        """Commits a second, each with one row."""
        execute, number, began = self._connection.execute, 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            execute("BEGIN IMMEDIATE")
            execute("INSERT INTO rows (value) VALUES (?)", ("x" * 100,))
            execute("COMMIT")
            number += 1
        return number / (time.perf_counter() - began)
