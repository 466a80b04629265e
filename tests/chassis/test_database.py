"""The database's door, on SQLite and PostgreSQL."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec import Struct
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import DBAPIError, StatementError

from services.chassis import jobs
from services.chassis.columns import Encoded, Moment
from services.chassis.database import Database
from services.chassis.problems import Refused
from services.chassis.transaction import Transaction
from tests.chassis import ledger


class Colour(Struct, frozen=True):
    name: str
    shades: list[int] = []


samples = Table(
    "samples",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", Moment),
    Column("colour", Encoded(Colour)),
)


@pytest.fixture(autouse=True)
async def _tables(database: Database) -> None:
    await ledger.prepare(database)
    await database.write(ledger.add, "c1")
    await database.write(lambda tx: samples.create(tx.connection))


async def test_what_a_unit_wrote_is_there_when_it_returns(database: Database) -> None:
    assert await database.write(ledger.raise_, "c1") == 1
    assert await database.read(ledger.values) == {"c1": 1}


async def test_a_failing_unit_harms_no_neighbour_of_its_batch(database: Database) -> None:
    def fail(tx: Transaction) -> None:
        ledger.add(tx, "never")
        raise Refused("not-today", "Try tomorrow.")

    def violate(tx: Transaction) -> None:
        ledger.add(tx, "never either")
        ledger.add(tx, "c1")

    outcomes = await asyncio.gather(
        *(database.write(unit) for _ in range(20) for unit in (lambda tx: ledger.raise_(tx, "c1"), fail, violate)),
        return_exceptions=True,
    )

    assert sorted(outcome for outcome in outcomes if isinstance(outcome, int)) == list(range(1, 21))
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 20
    assert len([outcome for outcome in outcomes if isinstance(outcome, Exception)]) == 40
    assert await database.read(ledger.values) == {"c1": 20}


async def test_every_raised_value_is_given_out_once_under_the_row_lock(database: Database) -> None:
    values = await asyncio.gather(*(database.write(ledger.raise_, "c1") for _ in range(200)))
    assert sorted(values) == list(range(1, 201))


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
        await database.read(lambda tx: tx.execute(insert(ledger.counters).values(id="x", value=1)))
    assert await database.read(ledger.values) == {"c1": 0}


async def test_a_reader_sees_one_snapshot(database: Database) -> None:
    began, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def look_twice(tx: Transaction) -> tuple[dict[str, int], dict[str, int]]:
        before = ledger.values(tx)
        loop.call_soon_threadsafe(began.set)
        go_on.wait(10)
        return before, ledger.values(tx)

    reading = asyncio.ensure_future(database.read(look_twice))
    await began.wait()
    await database.write(ledger.raise_, "c1")
    go_on.set()
    before, after = await reading
    assert before == after == {"c1": 0}


async def test_a_cancelled_caller_leaves_the_database_usable(database: Database) -> None:
    writes = [asyncio.ensure_future(database.write(ledger.raise_, "c1")) for _ in range(50)]
    await asyncio.sleep(0)
    for write in writes[::2]:
        write.cancel()
    kept = [value for value in await asyncio.gather(*writes, return_exceptions=True) if isinstance(value, int)]

    assert len(kept) >= 25
    final = await database.write(ledger.raise_, "c1")
    assert final > max(kept)
    assert (await database.read(ledger.values))["c1"] == final


async def test_a_callback_runs_after_the_commit_and_never_after_a_failure(database: Database) -> None:
    called: list[str] = []

    def note(tx: Transaction, name: str, *, fail: bool) -> None:
        tx.after_commit(lambda: called.append(name))
        if fail:
            raise Refused("no", "No.")

    await database.write(note, "kept", fail=False)
    with pytest.raises(Refused):
        await database.write(note, "lost", fail=True)
    assert called == ["kept"]


async def test_a_moment_comes_back_in_utc_and_a_naive_one_is_refused(database: Database) -> None:
    berlin = datetime(2026, 12, 11, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    await database.write(lambda tx: tx.execute(insert(samples).values(id=1, at=berlin)))
    found = await database.read(lambda tx: tx.execute(select(samples.c.at)).scalar_one())
    assert found == datetime(2026, 12, 11, 9, 0, 0, 123456, tzinfo=UTC)
    assert found.tzinfo is UTC

    with pytest.raises((StatementError, ValueError), match="time zone"):
        await database.write(lambda tx: tx.execute(insert(samples).values(id=2, at=berlin.replace(tzinfo=None))))


async def test_a_struct_survives_its_column(database: Database) -> None:
    colour = Colour("grün", [1, 2])
    await database.write(lambda tx: tx.execute(insert(samples).values(id=1, colour=colour)))
    assert await database.read(lambda tx: tx.execute(select(samples.c.colour)).scalar_one()) == colour


async def test_closing_carries_out_what_waits_and_refuses_what_comes(database: Database) -> None:
    waiting = [asyncio.ensure_future(database.write(ledger.raise_, "c1")) for _ in range(30)]
    await asyncio.sleep(0)
    await database.close()
    assert sorted(await asyncio.gather(*waiting)) == list(range(1, 31))
    with pytest.raises(Refused, match="stopping"):
        await database.write(ledger.raise_, "c1")


async def test_too_many_waiting_units_are_refused_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MOST_WAITING", 50)
    writes = [asyncio.ensure_future(database.read(ledger.values)) for _ in range(500)]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert refused
    assert {(refusal.slug, refusal.problem.status) for refusal in refused} == {("overloaded", 503)}


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="SQLite or PostgreSQL"):
        Database("mysql+pymysql://localhost/x")


async def test_reads_that_wait_together_share_nothing_but_the_snapshot(database_url: str, database: Database) -> None:
    """One that fails is its own caller's affair; the others get their rows."""
    narrow = Database(database_url, readers=1)
    began, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(_tx: Transaction) -> None:
        loop.call_soon_threadsafe(began.set)
        go_on.wait(5)

    def fail(_tx: Transaction) -> None:
        raise LookupError("mine")

    holding = asyncio.ensure_future(narrow.read(hold))
    await began.wait()
    waiting = [asyncio.ensure_future(narrow.read(unit)) for unit in (ledger.values, fail, ledger.values)]
    await asyncio.sleep(0)
    await database.write(ledger.add, "c2")
    go_on.set()
    await holding
    first, failed, last = await asyncio.gather(*waiting, return_exceptions=True)
    await narrow.close()
    assert first == last == {"c1": 0, "c2": 0}
    assert isinstance(failed, LookupError)
