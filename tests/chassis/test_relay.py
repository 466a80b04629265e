"""The relay, on the real broker: nothing left out, nothing private, order within a record, and any crash survived."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.errors import Error as NatsError
from sqlalchemy import select

from contracts.event import event_subject, event_type, from_headers
from contracts.ids import OrganisationId
from services.chassis import clock, journal, leases, relay, relay_rows, schema
from services.chassis.database import Database
from services.chassis.nats_server import NatsServer
from services.chassis.provisioning import provision_stream
from services.chassis.relay import Relay
from services.chassis.schema import relay_cursor
from services.chassis.transaction import Transaction
from tests.chassis import ledger
from tests.chassis.ledger import BIELEFELD, NOON, NotedInside, Raised, until


class Connection:
    """What the relay needs of the bus."""

    def __init__(self) -> None:
        self.nats = Client()

    async def connect(self, url: str) -> None:
        await self.nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0)
        await provision_stream(self.nats)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with NatsServer(tmp_path_factory.mktemp("nats")) as running:
        yield running


@pytest_asyncio.fixture
async def bus(server: NatsServer) -> AsyncIterator[Connection]:
    connection = Connection()
    await connection.connect(server.url)
    yield connection
    with suppress(NatsError):
        await connection.nats.jetstream().delete_stream("EVENTS")
    await connection.nats.close()


@pytest_asyncio.fixture(autouse=True)
async def _tables(database: Database) -> None:
    await ledger.prepare(database)
    await database.write(ledger.add, "c1")


@asynccontextmanager
async def running(database: Database, bus: Connection, **options: float) -> AsyncIterator[Relay]:
    made = Relay(database, bus, "ledger", "local", ack_timeout=1.0, **options)  # type: ignore[arg-type]
    task = asyncio.ensure_future(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def stored(bus: Connection) -> list[tuple[str, dict[str, str], bytes]]:
    """Everything in the stream, in order."""
    stream = bus.nats.jetstream()
    info = await stream.stream_info("EVENTS")
    found = []
    for sequence in range(max(1, info.state.first_seq), info.state.last_seq + 1):
        message = await stream.get_msg("EVENTS", sequence)
        found.append((message.subject or "", message.headers or {}, message.data or b""))
    return found


async def count(bus: Connection) -> int:
    info = await bus.nats.jetstream().stream_info("EVENTS")
    return int(info.state.messages)


async def provisioned(bus: Connection) -> bool:
    """A request sent right after a server's restart may be lost: the bus asks again, and so do we."""
    try:
        await provision_stream(bus.nats)
    except NatsError:
        return False
    return True


async def marked(database: Database) -> int:
    return int(await database.read(lambda tx: tx.execute(select(relay_cursor.c.position)).scalar() or 0))


async def marked_is(database: Database, position: int) -> bool:
    return await marked(database) >= position


async def count_is(bus: Connection, number: int) -> bool:
    return await count(bus) >= number


async def test_a_public_fact_arrives_with_its_envelope_and_a_private_one_does_not(
    database: Database, bus: Connection
) -> None:
    def both(tx: Transaction) -> None:
        facts = [NotedInside(counter="c1"), Raised(counter="c1", value=7)]
        journal.record(tx, network=BIELEFELD, record="c1", facts=facts, now=NOON, actor="per_1")

    async with running(database, bus):
        await database.write(both)
        await until(lambda: count_is(bus, 1))
        await asyncio.sleep(0.05)
    ((subject, headers, body),) = await stored(bus)
    entry = (await database.read(journal.entries))[1]
    event = from_headers(headers)

    assert subject == event_subject(BIELEFELD, OrganisationId("local"), "ledger", Raised)
    assert (event.type, event.source, event.network) == (event_type("ledger", Raised), "/local/ledger", BIELEFELD)
    assert (event.id, event.record, event.sequence) == (f"{entry.position}-{entry.digest[:16]}", "c1", 2)
    assert (event.digest, event.time) == (entry.digest, NOON)
    assert headers["Nats-Msg-Id"] == event.message_id
    assert msgspec.json.decode(body, type=Raised) == Raised(counter="c1", value=7)
    assert b"per_1" not in body + str(headers).encode()


async def test_facts_leave_in_the_order_of_their_record_and_each_once(database: Database, bus: Connection) -> None:
    async with running(database, bus, batch=50):
        await asyncio.gather(*(database.write(ledger.raise_, "c1") for _ in range(400)))
        await until(lambda: marked_is(database, 400))
    values = [msgspec.json.decode(body, type=Raised).value for _, _, body in await stored(bus)]
    assert values == list(range(1, 401))


async def test_an_idle_relay_is_woken_by_the_commit(database: Database, bus: Connection) -> None:
    async with running(database, bus, interval=30.0) as made:
        await database.write(ledger.raise_, "c1")
        await until(lambda: count_is(bus, 1), 3)
        await asyncio.sleep(0.1)
        await database.write(ledger.raise_, "c1")
        await until(lambda: made.published == 2, 3)


async def test_a_relay_that_died_before_marking_publishes_again_and_the_ids_tell(
    database: Database, bus: Connection
) -> None:
    await asyncio.gather(*(database.write(ledger.raise_, "c1") for _ in range(20)))
    assert await relay.replay(database, bus, "ledger", "local") == 20
    async with running(database, bus) as made:
        await until(lambda: made.published == 20)
    assert await count(bus) == 20


async def test_nothing_is_marked_that_the_broker_did_not_acknowledge(
    database: Database, bus: Connection, server: NatsServer
) -> None:
    await database.write(ledger.raise_, "c1")
    async with running(database, bus):
        await until(lambda: marked_is(database, 1))
        server.pause()
        try:
            await asyncio.gather(*(database.write(ledger.raise_, "c1") for _ in range(10)))
            await asyncio.sleep(1.5)
            assert await marked(database) == 1
        finally:
            server.resume()
        await until(lambda: marked_is(database, 11), 20)
    assert await count(bus) == 11


async def test_without_a_stream_the_relay_waits_and_goes_on(database: Database, bus: Connection) -> None:
    await bus.nats.jetstream().delete_stream("EVENTS")
    async with running(database, bus):
        await database.write(ledger.raise_, "c1")
        await asyncio.sleep(0.7)
        await provision_stream(bus.nats)
        await until(lambda: count_is(bus, 1), 15)


async def test_a_broker_that_lost_its_store_is_refilled(tmp_path: Path, database: Database) -> None:
    with NatsServer(tmp_path / "own") as server:
        bus = Connection()
        await bus.connect(server.url)
        async with running(database, bus):
            await asyncio.gather(*(database.write(ledger.raise_, "c1") for _ in range(30)))
            await until(lambda: marked_is(database, 30))
            server.kill()
            server.wipe()
            server.start()
            await until(lambda: provisioned(bus))
            await database.write(ledger.raise_, "c1")
            await until(lambda: count_is(bus, 31), 30)
        assert await count(bus) == 31
        await bus.nats.close()


async def test_after_a_restore_a_new_fact_is_not_taken_for_the_lost_one(
    tmp_path: Path, database: Database, bus: Connection
) -> None:
    """Both have the same position in their journal, and the broker still remembers the first."""
    async with running(database, bus):
        await database.write(raised, 1)
        await until(lambda: count_is(bus, 1))
    older = Database(f"sqlite:///{tmp_path / 'older.sqlite'}")
    await older.write(lambda tx: schema.create_all(tx.connection))
    async with running(older, bus):
        await older.write(raised, 2)
        await until(lambda: count_is(bus, 2))
    await older.close()
    values = [msgspec.json.decode(body, type=Raised).value for _, _, body in await stored(bus)]
    assert values == [1, 2]


def raised(tx: Transaction, value: int) -> None:
    facts = [Raised(counter="c1", value=value)]
    journal.record(tx, network=BIELEFELD, record="c1", facts=facts, now=NOON, actor="per_1")


async def test_of_two_relays_one_is_at_work_and_a_sleeper_cannot_mark(database: Database, bus: Connection) -> None:
    async with running(database, bus) as one, running(database, bus) as other:
        await asyncio.gather(*(database.write(ledger.raise_, "c1") for _ in range(50)))
        await until(lambda: marked_is(database, 50))
        assert sorted((one.published, other.published)) == [0, 50]

    sleeper = await database.write(leases.acquire, "relay EVENTS", "sleeper", clock.now(), timedelta(seconds=-1))
    assert sleeper is not None
    await database.write(leases.acquire, "relay EVENTS", "next", clock.now(), timedelta(seconds=9))
    with pytest.raises(leases.LeaseLostError):
        await database.write(relay_rows.mark, sleeper, "EVENTS", relay_rows.BEGINNING, 0)
    assert await marked(database) == 50


async def test_the_next_relay_takes_over_when_one_ends(database: Database, bus: Connection) -> None:
    async with running(database, bus):
        await database.write(ledger.raise_, "c1")
        await until(lambda: count_is(bus, 1))
    async with running(database, bus):
        await database.write(ledger.raise_, "c1")
        await until(lambda: count_is(bus, 2), 3)
