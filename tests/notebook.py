"""A small service for tests of the chassis: it keeps notes, publishes a fact for each, and listens to its own facts."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, TypeVar

from msgspec import Struct
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, func, select

from contracts.event import Event, Fact
from contracts.ids import NetworkId
from contracts.request import Call, InNetwork, Method, Problem, Refused
from services.chassis import clock, journal
from services.chassis.bus import Bus, Listeners, Patience, Requests
from services.chassis.database import Database, Transaction
from services.chassis.problems import NotYet
from services.chassis.service import Service
from services.chassis.settings import ServiceSettings
from tests import databases

T = TypeVar("T")

NETWORK = NetworkId("bielefeld")
SERVICE = "notebook"
HASTY = Patience(deliveries=3, waits=6, first_delay=0.02, longest_delay=0.1)

metadata = MetaData()
notes = Table("notes", metadata, Column("id", String, primary_key=True), Column("size", Integer, nullable=False))
seen = Table("seen", metadata, Column("id", String, primary_key=True), Column("times", Integer, nullable=False))


class NoteKept(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "note"
    event: ClassVar[str] = "kept"
    network: NetworkId
    note: str
    size: int


class Note(Struct, frozen=True, kw_only=True):
    id: str
    size: int


class KeepNote(InNetwork, frozen=True, kw_only=True):
    note: str
    size: int = 1


class GetNote(InNetwork, frozen=True, kw_only=True):
    note: str


class Sleep(InNetwork, frozen=True, kw_only=True):
    seconds: float


KEEP_NOTE = Method(SERVICE, "keep-note", KeepNote, Note, writes=True)
GET_NOTE = Method(SERVICE, "get-note", GetNote, Note, writes=False)
KEEP_AND_REFUSE = Method(SERVICE, "keep-and-refuse", KeepNote, Note, writes=True)
KEEP_SLOWLY = Method(SERVICE, "keep-slowly", Sleep, Note, writes=True)
BREAK = Method(SERVICE, "break", GetNote, Note, writes=False)
SLEEP = Method(SERVICE, "sleep", Sleep, Note, writes=False)
UNANSWERED = Method(SERVICE, "unanswered", GetNote, Note, writes=False)
ELSEWHERE = Method("elsewhere", "get-note", GetNote, Note, writes=False)


def keep(tx: Transaction, note: str, size: int, now: datetime) -> Note:
    tx.execute(notes.insert().values(id=note, size=size))
    journal.record(
        tx, network=NETWORK, record=f"note-{note}", facts=[NoteKept(network=NETWORK, note=note, size=size)], now=now
    )
    return Note(id=note, size=size)


def requests() -> Requests:
    found = Requests()

    @found.answers(KEEP_NOTE)
    def keep_note(tx: Transaction, call: Call, request: KeepNote) -> Note:
        return keep(tx, request.note, request.size, call.at)

    @found.answers(GET_NOTE)
    def get_note(tx: Transaction, _call: Call, request: GetNote) -> Note:
        row = tx.execute(select(notes).where(notes.c.id == request.note)).first()
        if row is None:
            raise Refused("no-such-note", "There is no such note.", status=404, field="/note")
        return Note(id=row.id, size=row.size)

    @found.answers(KEEP_AND_REFUSE)
    def keep_and_refuse(tx: Transaction, call: Call, request: KeepNote) -> Note | Problem:
        keep(tx, request.note, request.size, call.at)
        return Problem(slug="kept-but", detail="It is kept, but it does not count.", status=409)

    @found.answers(KEEP_SLOWLY)
    def keep_slowly(tx: Transaction, call: Call, request: Sleep) -> Note:
        note = keep(tx, "slow", 1, call.at)
        time.sleep(request.seconds)
        return note

    @found.answers(BREAK)
    def break_(_tx: Transaction, _call: Call, request: GetNote) -> Note:
        raise RuntimeError(f"{request.note} must never be seen outside")

    @found.answers(SLEEP)
    def sleep(_tx: Transaction, _call: Call, request: Sleep) -> Note:
        time.sleep(request.seconds)
        return Note(id="slept", size=0)

    return found


class Reader:
    """Listens to the notebook's facts and counts what it applied; `faults` decides what goes wrong."""

    def __init__(self, name: str) -> None:
        self.listeners = Listeners(name)
        self.faults: Callable[[str], Exception | None] = lambda _note: None
        self.order: list[str] = []

        @self.listeners.on(SERVICE, NoteKept)
        def count(tx: Transaction, fact: NoteKept, _event: Event, _now: datetime) -> None:
            times = tx.execute(select(seen.c.times).where(seen.c.id == fact.note)).scalar()
            if times is None:
                tx.execute(seen.insert().values(id=fact.note, times=1))
            else:
                tx.execute(seen.update().where(seen.c.id == fact.note).values(times=times + 1))
            fault = self.faults(fact.note)
            if fault is not None:
                raise fault
            tx.after_commit(lambda: self.order.append(fact.note))


def settings(url: str, directory: Path, **more: object) -> ServiceSettings:
    database_url = databases.fresh("sqlite", "", directory)
    prepare(database_url)
    return ServiceSettings(database_url=database_url, nats_url=url, **more)  # type: ignore[arg-type]


def prepare(database_url: str) -> None:
    engine = create_engine(database_url)
    metadata.create_all(engine)
    engine.dispose()


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[Service]:
    """The service from ready to orderly end; what ended it early is raised."""
    task = asyncio.create_task(service.run())
    await until_true(lambda: task.done() or not service.not_ready(), 30)
    try:
        if task.done():
            task.result()
        yield service
    finally:
        service.stop()
        await task


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Bus]:
    bus = Bus(url, name="client")
    await bus.connect()
    try:
        yield bus
    finally:
        await bus.close()


async def until(found: Callable[[], Awaitable[T]], seconds: float = 10.0) -> T:
    """Asks again until there is something. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not (value := await found()):  # noqa: ASYNC110 - what is awaited lies in another process
            await asyncio.sleep(0.01)
        return value


async def until_true(condition: Callable[[], bool], seconds: float = 10.0) -> float:
    """Waits for a condition; gives the seconds that it took. Raises TimeoutError."""
    began = time.monotonic()

    async def holds() -> bool:
        return condition()

    await until(holds, seconds)
    return time.monotonic() - began


def count_seen(tx: Transaction) -> dict[str, int]:
    return {row.id: row.times for row in tx.execute(select(seen))}


def count_notes(tx: Transaction) -> int:
    return int(tx.execute(select(func.count()).select_from(notes)).scalar_one())


async def keep_notes(database: Database, names: list[str]) -> None:
    """Writes notes as a command would, many at a time."""
    await asyncio.gather(*(database.write(keep, name, 1, clock.now()) for name in names))


def at(second: int) -> datetime:
    return datetime(2026, 12, 11, 10, 0, second, tzinfo=UTC)


NOT_YET = NotYet
