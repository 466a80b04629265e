"""Row 4: from the journal (SQLite) to JetStream by the relay, against raw pipelined publishing of the same messages,
both into a server that syncs every message to disk, on the same disk, in turn."""

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.ids import OrganisationId
from services.chassis import journal, relay_rows, schema
from services.chassis.database import Database
from services.chassis.nats_server import NatsServer
from services.chassis.provisioning import provision_stream
from services.chassis.publishing import Outgoing
from services.chassis.relay import Relay
from services.chassis.transaction import Transaction
from tests.bench.command import NETWORK, BenchVoteCast
from tests.bench.result import Result

ROUNDS = 9
MESSAGES = 8_000
"""Enough that a session's start (lease, look at the stream, first read) weighs as little as it does in a service."""
UNDER_WAY = 1_000


class _Bus:
    def __init__(self) -> None:
        self.nats = Client()


def measure() -> Result:
    with (
        tempfile.TemporaryDirectory(prefix="fallnetz-bench-") as directory,
        NatsServer(Path(directory) / "nats") as server,
    ):
        return uvloop.run(_measure(Path(directory), server.url))


async def _measure(directory: Path, url: str) -> Result:
    bus, raw = _Bus(), Client()
    await bus.nats.connect(url)
    await raw.connect(url)
    limits, products = [], []
    for number in range(ROUNDS):
        database = Database(f"sqlite:///{directory / f'{number}.sqlite'}")
        await database.write(_fill)
        messages = await _messages(database)
        limits.append(await _limit(raw, messages))
        products.append(await _product(bus, database))
        await database.close()
    await bus.nats.close()
    await raw.close()
    return Result(
        row=4,
        name="journal to JetStream by the relay / raw pipelined publish (sync always)",
        goal=0.95,
        samples=[product / limit for product, limit in zip(products, limits, strict=True)],
        detail={"limit_per_second": sorted(limits)[ROUNDS // 2], "product_per_second": sorted(products)[ROUNDS // 2]},
    )


def _fill(tx: Transaction) -> None:
    schema.create_all(tx.connection)
    now = datetime.now(UTC)
    for number in range(MESSAGES):
        ballot = f"bal_{number % 50}"
        fact = BenchVoteCast(ballot=ballot, member="mem_1", choice="object", at=now, version=number)
        journal.record(tx, network=NETWORK, record=ballot, facts=[fact], now=now)


async def _messages(database: Database) -> list[Outgoing]:
    found = await database.read(relay_rows.fetch, relay_rows.BEGINNING, MESSAGES)
    envelopes = relay_rows.Envelopes("bench", OrganisationId("local"), "EVENTS")
    return [envelopes.of(row) for row in found.rows]


async def _empty_stream(nats: Client) -> None:
    stream = nats.jetstream(timeout=10)
    if any(info.config.name == "EVENTS" for info in await stream.streams_info()):
        await stream.delete_stream("EVENTS")
    await provision_stream(nats)


async def _limit(nats: Client, messages: list[Outgoing]) -> float:
    """Messages a second: everything made before, no database, acknowledgements only counted."""
    await _empty_stream(nats)
    prefix = nats.new_inbox()
    acknowledged = 0
    wanted = UNDER_WAY
    go_on, done = asyncio.Event(), asyncio.Event()

    async def count(_message: Msg) -> None:
        nonlocal acknowledged
        acknowledged += 1
        if acknowledged >= wanted - UNDER_WAY:
            go_on.set()
        if acknowledged == len(messages):
            done.set()

    subscription = await nats.subscribe(f"{prefix}.*", cb=count)
    began = time.perf_counter()
    for index, (subject, body, headers) in enumerate(messages):
        await nats.publish(subject, body, f"{prefix}.{index}", headers)
        if index % 250 == 249:  # a window of messages under way, as JetStream's own clients keep it
            go_on.clear()
            wanted = index + 1
            if acknowledged < wanted - UNDER_WAY:
                await go_on.wait()
            await asyncio.sleep(0)
    await done.wait()
    rate = len(messages) / (time.perf_counter() - began)
    await subscription.unsubscribe()
    return rate


async def _product(bus: _Bus, database: Database) -> float:
    """Messages a second by a relay that finds the journal full: reading, enveloping, publishing and marking."""
    await _empty_stream(bus.nats)
    relay = Relay(database, bus, "bench", "local")
    began = time.perf_counter()
    task = asyncio.ensure_future(relay.run())
    while relay.published < MESSAGES:  # noqa: ASYNC110 - polls a counter of the relay
        await asyncio.sleep(0.002)
    rate = MESSAGES / (time.perf_counter() - began)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return rate
