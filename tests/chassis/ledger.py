"""A small domain for the chassis's own tests: counters that are raised under a row lock and journalled."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, bindparam, select

from contracts.event import Fact
from contracts.ids import NetworkId
from services.chassis import clock, journal
from services.chassis.columns import Moment
from services.chassis.database import Database
from services.chassis.transaction import Prepared, Transaction

BIELEFELD = NetworkId("bielefeld")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

metadata = MetaData()
counters = Table(
    "counters",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(80), nullable=False, server_default=BIELEFELD),
    Column("value", Integer, nullable=False),
    Column("due_at", Moment),
    Index("counters_due", "due_at"),
    Index("counters_network_due", "network", "due_at"),
)


class Raised(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "counter"
    event: ClassVar[str] = "raised"
    counter: str
    value: int


class NotedInside(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "counter"
    event: ClassVar[str] = "noted-inside"
    public: ClassVar[bool] = False
    counter: str


_LOCK = Prepared(select(counters.c.value).where(counters.c.id == bindparam("of")).with_for_update())
_SET = Prepared(counters.update().where(counters.c.id == bindparam("of")).values(value=bindparam("to")))
_ADD = Prepared(counters.insert(), ["id", "network", "value"])


async def prepare(database: Database) -> None:
    await database.write(lambda tx: metadata.create_all(tx.connection))


def add(tx: Transaction, counter: str) -> None:
    tx.run(_ADD, id=counter, network=BIELEFELD, value=0)


def bump(tx: Transaction, counter: str) -> int:
    """Raises the counter under its lock, without a word in the journal."""
    value: int = tx.rows(_LOCK, of=counter)[0][0] + 1
    tx.run(_SET, of=counter, to=value)
    return value


def raise_(tx: Transaction, counter: str) -> int:
    """What a command does: load under lock, decide, save, record."""
    value = bump(tx, counter)
    journal.record(
        tx, network=BIELEFELD, record=counter, facts=[Raised(counter=counter, value=value)], now=clock.now(), actor="p1"
    )
    return value


def values(tx: Transaction) -> dict[str, int]:
    return {row.id: row.value for row in tx.execute(select(counters.c.id, counters.c.value))}


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits for something that another task brings about; `condition` may be a coroutine function."""
    async with asyncio.timeout(seconds):
        while True:
            outcome = condition()
            if isinstance(outcome, Awaitable):
                outcome = await outcome
            if outcome:
                return
            await asyncio.sleep(0.01)
