"""The command of rows 2 and 3: load a row under lock, decide, save it, append a fact to its record's chain."""

import asyncio
import time
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, select

from contracts.event import Fact
from contracts.ids import NetworkId
from services.chassis import journal
from services.chassis.database import Database
from services.chassis.transaction import Prepared, Transaction

metadata = MetaData()
ballots = Table(
    "bench_ballots",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(80), nullable=False),
    Column("version", Integer, nullable=False),
    Column("choice", String(20), nullable=False),
)
_LOAD = Prepared(
    select(ballots.c.network, ballots.c.version, ballots.c.choice)
    .where(ballots.c.id == bindparam("of"))
    .with_for_update()
)
_SAVE = Prepared(
    ballots.update()
    .where(ballots.c.id == bindparam("of"))
    .values(version=bindparam("next_version"), choice=bindparam("chosen"))
)
NETWORK = NetworkId("bielefeld")


class BenchVoteCast(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "bench-vote-cast"
    ballot: str
    member: str
    choice: str
    at: datetime
    version: int


def cast(tx: Transaction, ballot: str, choice: str, now: datetime) -> int:
    ((network, version, _),) = tx.rows(_LOAD, of=ballot)
    fact = BenchVoteCast(ballot=ballot, member="mem_1", choice=choice, at=now, version=version + 1)
    tx.run(_SAVE, of=ballot, next_version=version + 1, chosen=choice)
    journal.record(tx, network=network, record=ballot, facts=(fact,), now=now, actor="per_1")
    return fact.version


async def prepare(database: Database, count: int) -> None:
    def create(tx: Transaction) -> None:
        metadata.create_all(tx.connection)
        rows = [{"id": f"bal_{n}", "network": NETWORK, "version": 0, "choice": ""} for n in range(count)]
        tx.execute(ballots.insert(), rows)

    await database.write(create)


async def load(database: Database, in_flight: int, seconds: float) -> float:
    """Commands a second with so many in flight, each caller taking four ballots in turn."""
    until = time.perf_counter() + seconds
    now = datetime.now(UTC)

    async def caller(number: int) -> int:
        done = 0
        while time.perf_counter() < until:
            await database.write(cast, f"bal_{number * 4 + done % 4}", "object", now)
            done += 1
        return done

    began = time.perf_counter()
    counts = await asyncio.gather(*(caller(number) for number in range(in_flight)))
    return sum(counts) / (time.perf_counter() - began)
