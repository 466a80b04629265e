"""What only SQLite does: durability settings, group commit, a full disk, another process with the lock."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from services.chassis.database import Database
from services.chassis.problems import Refused
from services.chassis.transaction import Transaction
from tests import databases
from tests.chassis import ledger

LIMITED = """
import asyncio, resource, signal, sys
from services.chassis.database import Database
from services.chassis.problems import Refused
from tests.chassis import ledger

async def main(url: str) -> None:
    database = Database(url)
    await ledger.prepare(database)
    await database.write(ledger.add, "c1")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    acknowledged = 0
    slugs = set()
    for _ in range(60):
        for outcome in await asyncio.gather(
            *(database.write(ledger.raise_, "c1") for _ in range(16)), return_exceptions=True
        ):
            if isinstance(outcome, Refused):
                slugs.add((outcome.slug, outcome.problem.status))
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                acknowledged += 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    acknowledged += (await database.write(ledger.raise_, "c1")) > 0
    print(acknowledged, (await database.read(ledger.values))["c1"], sorted(slugs))
    await database.close()

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return databases.fresh("sqlite", "", tmp_path)


@pytest.fixture
def file(url: str) -> str:
    return url.removeprefix("sqlite:///")


async def test_every_connection_is_durable_and_guards_foreign_keys(url: str) -> None:
    database = Database(url)

    def settings(tx: Transaction) -> list[object]:
        return [
            tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "query_only")
        ]

    assert await database.write(settings) == ["wal", 2, 1, 0]
    assert await database.read(settings) == ["wal", 2, 1, 1]
    await database.close()


async def test_a_lock_of_another_process_is_waited_for(url: str, file: str) -> None:
    database = Database(url)
    await ledger.prepare(database)
    await database.write(ledger.add, "c1")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    write = asyncio.ensure_future(database.write(ledger.raise_, "c1"))
    await asyncio.sleep(0.2)
    assert not write.done()
    other.execute("COMMIT")
    assert await write == 1
    await database.close()
    other.close()


async def test_a_lock_that_lasts_refuses_clearly_and_loses_nothing(url: str, file: str) -> None:
    database = Database(url, busy_seconds=0.1)
    await ledger.prepare(database)
    await database.write(ledger.add, "c1")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    outcomes = await asyncio.gather(*(database.write(ledger.raise_, "c1") for _ in range(3)), return_exceptions=True)
    problems = [outcome.problem for outcome in outcomes if isinstance(outcome, Refused)]
    assert [(problem.slug, problem.status, problem.retry_after) for problem in problems] == [
        ("database-busy", 503, 1)
    ] * 3
    assert await database.read(ledger.values) == {"c1": 0}

    other.execute("COMMIT")
    assert await database.write(ledger.raise_, "c1") == 1
    await database.close()
    other.close()


async def test_a_database_without_room_refuses_and_recovers(url: str) -> None:
    database = Database(url)
    await ledger.prepare(database)
    await database.write(ledger.add, "c1")

    def limit(tx: Transaction, spare: int) -> None:
        pages = int(tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages + spare}")

    await database.write(limit, 0)
    acknowledged, slugs = 0, set()
    for _ in range(40):
        found = await asyncio.gather(*(database.write(ledger.raise_, "c1") for _ in range(8)), return_exceptions=True)
        acknowledged += sum(isinstance(outcome, int) for outcome in found)
        slugs |= {outcome.slug for outcome in found if isinstance(outcome, Refused)}
    assert slugs == {"storage-unavailable"}
    assert (await database.read(ledger.values))["c1"] == acknowledged

    await database.write(limit, 1000)
    assert await database.write(ledger.raise_, "c1") == acknowledged + 1
    await database.close()


@pytest.mark.parametrize("room", [40_000, 150_000, 400_000])
def test_a_commit_that_fails_acknowledges_nobody(url: str, room: int) -> None:
    """The disk is full at the moment of writing the log: the file may not grow beyond `room` bytes."""
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, url, str(room)], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    acknowledged, stored, slugs = run.stdout.split(maxsplit=2)
    assert acknowledged == stored
    assert slugs.strip() == "[('storage-unavailable', 503)]"


async def test_units_that_wait_together_share_one_commit(url: str) -> None:
    database = Database(url)
    await ledger.prepare(database)
    await database.write(ledger.add, "c1")
    commits = 0

    def count() -> None:
        nonlocal commits
        commits += 1

    database.on_journal(count)
    await asyncio.gather(*(database.write(ledger.raise_, "c1") for _ in range(64)))
    assert commits <= 4
    await database.close()
