"""The deadline loop: late is harmless, crashing rows step aside, sandboxes follow their own clock, one copy works."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import insert, select

from contracts.ids import NetworkId
from services.chassis import clock, schema, stuck
from services.chassis.database import Database
from services.chassis.deadlines import Deadline, DeadlineLoop, DueKey, due_keys
from services.chassis.problems import Refused
from services.chassis.transaction import Transaction
from tests.chassis import ledger
from tests.chassis.ledger import BIELEFELD, counters, until

SANDBOX = NetworkId("sandbox")
GENT = NetworkId("gent")


def due(tx: Transaction, real_now: datetime, limit: int) -> Sequence[DueKey]:
    columns = {"key": counters.c.id, "network": counters.c.network, "due_at": counters.c.due_at}
    return due_keys(tx, **columns, real_now=real_now, limit=limit)


class Feature:
    """Closes counters; `broken` names those whose closing crashes."""

    def __init__(self) -> None:
        self.closed: list[tuple[str, datetime]] = []
        self.tries: list[str] = []
        self.broken: dict[str, Exception] = {}

    def close(self, tx: Transaction, key: str, now: datetime) -> None:
        self.tries.append(key)
        if key in self.broken:
            raise self.broken[key]
        tx.execute(counters.update().where(counters.c.id == key).values(due_at=None))
        tx.after_commit(lambda: self.closed.append((key, now)))

    @property
    def deadline(self) -> Deadline:
        return Deadline("counters", due, self.close)

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.closed]


@pytest_asyncio.fixture(autouse=True)
async def _tables(database: Database) -> None:
    await ledger.prepare(database)


@pytest.fixture
def feature() -> Feature:
    return Feature()


@asynccontextmanager
async def running(
    database: Database, *features: Feature, margin: float = 0.0, interval: float = 0.02
) -> AsyncIterator[DeadlineLoop]:
    deadlines = [feature.deadline for feature in features]
    loop = DeadlineLoop(database, deadlines, margin=timedelta(seconds=margin), interval=interval)
    task = asyncio.ensure_future(loop.run())
    try:
        yield loop
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def put(database: Database, key: str, seconds: float, network: NetworkId = BIELEFELD) -> None:
    """A counter that is due so many seconds from now."""
    due_at = clock.now() + timedelta(seconds=seconds)
    values = {"id": key, "network": network, "value": 0, "due_at": due_at}
    await database.write(lambda tx: tx.execute(insert(counters).values(values)))


async def test_what_is_due_is_carried_out_once_and_nothing_before(database: Database, feature: Feature) -> None:
    await put(database, "past", -60)
    await put(database, "soon", 0.3)
    await put(database, "later", 60)
    async with running(database, feature):
        await until(lambda: len(feature.closed) == 2)
        await asyncio.sleep(0.1)
    assert feature.keys == ["past", "soon"]
    assert feature.tries == ["past", "soon"]


async def test_real_networks_wait_for_the_margin_so_that_commands_in_flight_win(
    database: Database, feature: Feature
) -> None:
    await put(database, "fresh", -0.5)
    await put(database, "settled", -2)
    async with running(database, feature, margin=1.0):
        await until(lambda: feature.closed)
        assert feature.keys == ["settled"]
        await until(lambda: len(feature.closed) == 2)
    assert all(now <= clock.now() - timedelta(seconds=1) for _, now in feature.closed)


async def test_a_sandbox_follows_its_test_clock_without_a_margin(database: Database, feature: Feature) -> None:
    moment = clock.now() + timedelta(days=30)
    await put(database, "sandboxed", 86_400 * 20, SANDBOX)
    await put(database, "not yet", 86_400 * 40, SANDBOX)
    await put(database, "real", 86_400 * 20)
    await put(database, "frozen before", -60, GENT)
    await database.write(clock.set_test_clock, GENT, clock.now() - timedelta(days=1))
    async with running(database, feature, margin=1000.0, interval=30.0) as loop:
        await asyncio.sleep(0.2)
        assert feature.closed == []
        await database.write(clock.set_test_clock, SANDBOX, moment)
        loop.wake()
        await until(lambda: feature.closed, 3)
        await asyncio.sleep(0.1)
    assert feature.closed == [("sandboxed", moment)]


async def test_a_crashing_row_is_pushed_aside_and_shown_and_blocks_nobody(database: Database, feature: Feature) -> None:
    for number in range(3):
        feature.broken[f"bad{number}"] = ValueError("holds the name Erika Mustermann")
        await put(database, f"bad{number}", -60)
    await put(database, "good", -1)
    async with running(database, feature):
        await until(lambda: feature.closed)
        await until(lambda: len(feature.tries) == 4)
        await asyncio.sleep(0.2)
        listed = await database.read(stuck.listed)
        assert len(feature.tries) == 4
    assert feature.keys == ["good"]
    assert sorted(one.key for one in listed) == ["bad0", "bad1", "bad2"]
    assert {one.attempts for one in listed} == {1}
    assert all("ValueError" in one.cause and "Erika" not in one.cause for one in listed)


async def test_a_mended_row_is_carried_out_when_its_next_try_comes(database: Database, feature: Feature) -> None:
    feature.broken["bad"] = Refused("not-now", "Not now.")
    await put(database, "bad", -60)
    async with running(database, feature) as loop:
        await until(lambda: feature.tries)
        feature.broken.clear()
        await asyncio.sleep(0.1)
        assert await database.write(stuck.try_now, "counters", "bad", clock.now())
        loop.wake()
        await until(lambda: feature.closed)
        assert await database.read(stuck.listed) == []


async def test_pauses_between_tries_double(database: Database) -> None:
    began = clock.now()
    pauses = []
    for _ in range(12):
        await database.write(stuck.push_aside, "counters", "bad", ValueError(), began)
        (one,) = await database.read(stuck.listed)
        pauses.append((one.next_try_at - began).total_seconds())
    assert pauses[:4] == [2, 4, 8, 16]
    assert pauses[-1] == 900


async def test_a_storage_that_is_away_is_no_fault_of_the_row(database: Database, feature: Feature) -> None:
    feature.broken["good"] = Refused("storage-unavailable", "Away.", status=503)
    await put(database, "good", -60)
    async with running(database, feature):
        await until(lambda: len(feature.tries) >= 2)
        assert await database.read(stuck.listed) == []
        feature.broken.clear()
        await until(lambda: feature.closed)


async def test_a_row_that_stays_due_keeps_nobody_from_their_turn(database: Database) -> None:
    stubborn, other = Feature(), Feature()
    stubborn.close = lambda tx, key, now: stubborn.tries.append(key)  # type: ignore[method-assign]
    rows = [
        {"id": f"s{n:04}", "network": BIELEFELD, "value": 0, "due_at": clock.now() - timedelta(days=1)}
        for n in range(1200)
    ]
    await database.write(lambda tx: tx.execute(insert(counters), rows))
    async with running(database, stubborn, other, interval=30.0):
        await until(lambda: len(other.closed) == 1200)
    assert set(stubborn.tries) == {row["id"] for row in rows}


async def test_of_two_copies_one_is_at_work_and_the_other_takes_over(database: Database) -> None:
    first, second = Feature(), Feature()
    async with running(database, first):
        await put(database, "a", -1)
        await until(lambda: first.closed)
        async with running(database, second):
            for key in "bcd":
                await put(database, key, -1)
            await until(lambda: len(first.closed) == 4)
            assert second.tries == []
    async with running(database, second):
        await put(database, "e", -1)
        await until(lambda: second.closed, 3)


async def test_a_copy_that_slept_changes_nothing_once_another_has_taken_over(
    database: Database, feature: Feature
) -> None:
    async with running(database, feature, interval=0.02):
        await put(database, "a", -1)
        await until(lambda: feature.closed)
        await database.write(_steal)
        await put(database, "b", -1)
        await asyncio.sleep(0.3)
        assert feature.keys == ["a"]
    left = await database.read(lambda tx: tx.execute(select(counters.c.due_at).where(counters.c.id == "b")).scalar())
    assert left is not None


def _steal(tx: Transaction) -> None:
    leases = schema.leases
    values = {"holder": "thief", "token": leases.c.token + 1, "ends_at": clock.now() + timedelta(minutes=1)}
    tx.execute(leases.update().values(values))
