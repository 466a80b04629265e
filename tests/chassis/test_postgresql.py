"""What only PostgreSQL does: races are run again, a restarted server is found again."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from services.chassis import journal, leases, schema
from services.chassis.clock import now
from services.chassis.database import Database
from services.chassis.problems import Refused
from services.chassis.transaction import Transaction
from tests import databases
from tests.chassis import ledger
from tests.chassis.ledger import BIELEFELD, NOON, Raised


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    made = databases.fresh("postgresql", "", tmp_path)
    yield made
    databases.discard(made)


@pytest_asyncio.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url, writers=8, readers=2)
    await ledger.prepare(opened)
    for counter in ("c1", "c2"):
        await opened.write(ledger.add, counter)
    yield opened
    await opened.close()


async def test_a_deadlock_is_run_again_and_both_units_stand(database: Database) -> None:
    both_hold_one = threading.Barrier(2, timeout=5)
    met = [False, False]

    def crosswise(tx: Transaction, number: int) -> None:
        first, second = ("c1", "c2") if number == 0 else ("c2", "c1")
        ledger.raise_(tx, first)
        if not met[number]:
            met[number] = True
            both_hold_one.wait()
        ledger.raise_(tx, second)

    await asyncio.gather(database.write(crosswise, 0), database.write(crosswise, 1))
    assert await database.read(ledger.values) == {"c1": 2, "c2": 2}


async def test_two_first_rows_of_one_record_are_chained_though_nobody_held_a_lock(database: Database) -> None:
    def note(tx: Transaction) -> None:
        fact = Raised(counter="free", value=1)
        journal.record(tx, network=BIELEFELD, record="free", facts=[fact], now=NOON)

    await asyncio.gather(*(database.write(note) for _ in range(40)))
    found = await database.read(journal.entries, record="free")
    assert [entry.sequence for entry in found] == list(range(1, 41))
    assert journal.verify(found) == []


async def test_a_lease_has_one_first_holder(database: Database) -> None:
    got = await asyncio.gather(
        *(database.write(leases.acquire, "work", f"copy{n}", now(), timedelta(seconds=30)) for n in range(8))
    )
    assert len([lease for lease in got if lease is not None]) == 1


async def test_a_row_that_stays_locked_is_refused_clearly(database: Database) -> None:
    hold, held = threading.Event(), threading.Event()

    def holding(tx: Transaction) -> None:
        ledger.raise_(tx, "c1")
        held.set()
        hold.wait(10)

    def impatient(tx: Transaction) -> None:
        tx.connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        ledger.raise_(tx, "c1")

    holder = asyncio.ensure_future(database.write(holding))
    await asyncio.to_thread(held.wait)
    with pytest.raises(Refused, match="database-busy"):
        await database.write(impatient)
    hold.set()
    await holder
    assert (await database.read(ledger.values))["c1"] == 1


async def test_a_restarted_server_is_found_again_and_nothing_acknowledged_is_lost() -> None:
    server = databases.start_postgresql()
    if server.restart is None:
        server.stop()
        pytest.skip("the server belongs to a container engine")
    url = server.create("restarted")
    database = Database(url, writers=4, readers=2)
    acknowledged = [0]
    ending = asyncio.Event()

    async def work() -> None:
        while not ending.is_set():
            try:
                await database.write(ledger.raise_, "c1")
                acknowledged[0] += 1
            except Refused as refusal:
                refused.append(refusal.slug)

    refused: list[str] = []
    try:
        await database.write(lambda tx: schema.create_all(tx.connection))
        await ledger.prepare(database)
        await database.write(ledger.add, "c1")
        workers = [asyncio.ensure_future(work()) for _ in range(4)]
        for _ in range(2):
            await asyncio.sleep(0.2)
            await asyncio.to_thread(server.restart)
        before = acknowledged[0]
        await asyncio.sleep(0.5)
        ending.set()
        await asyncio.gather(*workers)
        stored = (await database.read(ledger.values))["c1"]
        assert acknowledged[0] > before
        assert set(refused) <= {"storage-unavailable"}
        assert acknowledged[0] <= stored <= acknowledged[0] + len(refused)
        assert journal.verify(await database.read(journal.entries, limit=100_000)) == []
    finally:
        await database.close()
        server.stop()
