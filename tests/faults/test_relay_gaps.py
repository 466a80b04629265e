"""Promise 4: the relay skips nothing. PostgreSQL, many writers, pauses between taking a number and committing, and
rollbacks. What the relay's own query gives, followed from the start to the end, must be every committed public row,
once, and each record's rows in their order.

A follower that goes by position alone runs beside it, to show that the load would make such a one skip rows.

`FAULTS_ROWS` sets the number of rows, `FAULTS_SEED` the seed, `FAULTS_MINUTES` the longest time of a large run.
"""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from services.chassis import clock, journal, relay_rows, schema
from services.chassis.database import Database
from services.chassis.problems import Refused
from services.chassis.relay_rows import BEGINNING, Row
from services.chassis.transaction import Transaction
from tests import databases
from tests.chassis import ledger
from tests.chassis.ledger import BIELEFELD, NotedInside, Raised

LARGE = os.environ.get("FAULTS") == "large"
ROWS = int(os.environ.get("FAULTS_ROWS", "10000000" if LARGE else "3000"))
MINUTES = float(os.environ.get("FAULTS_MINUTES", "60"))
WRITERS = 64 if LARGE else 24
RECORDS = 40

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("FAULTS_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)


@pytest.fixture
def url() -> Iterator[str]:
    name = f"gaps_{os.getpid()}"
    yield databases.postgresql().create(name)
    databases.postgresql().drop(name)


def command(tx: Transaction, chance: random.Random, number: int) -> int:
    """Takes a transaction id early, waits, touches some records (sometimes crosswise), waits, and may roll back."""
    tx.connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
    if chance.random() < 0.5:
        tx.connection.exec_driver_sql("SELECT pg_current_xact_id()")
        time.sleep(chance.random() * 0.01)
    added = 0
    records = chance.sample(range(RECORDS), chance.randint(1, 3))
    for record in records if chance.random() < 0.05 else sorted(records):
        facts: list[Any] = [Raised(counter=f"c{record}", value=number)] * chance.randint(1, 3)
        if chance.random() < 0.1:
            facts.append(NotedInside(counter=f"c{record}"))
        ledger.raise_(tx, f"c{record}")
        journal.record(tx, network=BIELEFELD, record=f"c{record}", facts=facts, now=clock.now())
        added += len(facts) + 1
        if chance.random() < 0.3:
            time.sleep(chance.random() * 0.02)
    if chance.random() < 0.15:
        raise Refused("rolled-back", "On purpose.")
    return added


class Naive:
    """Goes by position alone."""

    def __init__(self) -> None:
        self.position = 0
        self.count = 0

    def look(self, tx: Transaction) -> None:
        found = schema.journal.c
        statement = select(found.position).where(found.position > self.position, found.route.is_not(None))
        positions = list(tx.execute(statement.order_by(found.position)).scalars())
        self.count += len(positions)
        self.position = positions[-1] if positions else self.position


class Follower:
    """What the relay does between two marks, without a broker."""

    def __init__(self) -> None:
        self.cursor = BEGINNING
        self.count = 0
        self.last: dict[str, int] = {}
        self.faults: list[str] = []
        self.naive = Naive()

    async def follow(self, database: Database, ended: asyncio.Event) -> None:
        while True:
            last_look = ended.is_set()
            found = await database.read(relay_rows.fetch, self.cursor, 500)
            await database.read(self.naive.look)
            for row in found.rows:
                self.take(row)
            self.cursor = found.upto
            if last_look and not found.rows:
                return
            await asyncio.sleep(0.001)

    def take(self, row: Row) -> None:
        self.count += 1
        if row.sequence <= self.last.get(row.record, 0):
            self.faults.append(f"{row.record}: {row.sequence} after {self.last[row.record]}")
        self.last[row.record] = row.sequence


async def test_the_relay_leaves_out_no_row_and_keeps_each_record_in_order(url: str, seed: int) -> None:
    database = Database(url, writers=WRITERS, readers=2)
    await database.write(lambda tx: schema.create_all(tx.connection))
    await ledger.prepare(database)
    for record in range(RECORDS):
        await database.write(ledger.add, f"c{record}")
    follower, ended = Follower(), asyncio.Event()
    following = asyncio.ensure_future(follower.follow(database, ended))
    until = time.monotonic() + MINUTES * 60
    written = 0

    async def writer(number: int) -> None:
        nonlocal written
        chance, turn = random.Random(seed * 1000 + number), 0
        while written < ROWS and time.monotonic() < until:
            turn += 1
            try:
                added = await database.write(command, random.Random(chance.random()), turn)
            except Refused as refusal:
                if refusal.slug not in ("rolled-back", "database-busy"):
                    raise
            else:
                written += added

    await asyncio.gather(*(writer(number) for number in range(WRITERS)))
    ended.set()
    await following
    public = await database.read(_public_rows)
    print(  # noqa: T201 - a fault test tells its seed
        f"\npromise 4: seed {seed}, {public} public rows of {written}, {WRITERS} writers; relay left out "
        f"{public - follower.count}, by position alone {public - follower.naive.count}"
    )
    await database.close()
    assert follower.faults == []
    assert follower.count == public


def _public_rows(tx: Transaction) -> int:
    return len(tx.execute(select(schema.journal.c.position).where(schema.journal.c.route.is_not(None))).all())
