"""Row 5: a listener (inbox row, effect, commit with synchronous=FULL, ack) against nats-py's bare pull: fetch and ack,
nothing decoded or stored. The same facts of as many records as messages, from the same server, in turn."""

import asyncio
import tempfile
import time
from datetime import datetime
from pathlib import Path

from msgspec.json import encode
from nats.aio.client import Client
from sqlalchemy import Column, MetaData, String, Table, func, select

from contracts.event import Event, event_subject, event_type, headers
from contracts.ids import OrganisationId, RecordId
from services.chassis import clock, schema
from services.chassis.database import Database, Moment, Prepared, Transaction
from services.chassis.listeners import Listeners
from services.chassis.nats_server import NatsServer
from services.chassis.provisioning import STREAM, provision_consumer, provision_stream
from services.chassis.publishing import Outgoing, Pipeline
from services.chassis.subscribing import Subscriptions
from tests.bench.result import Result
from tests.notebook import NETWORK, NoteKept

ROUNDS = 7
MESSAGES = 5_000

_metadata = MetaData()
_effects = Table(
    "effects",
    _metadata,
    Column("note", String, primary_key=True),
    Column("at", Moment, nullable=False),
)
_EFFECT = Prepared(_effects.insert(), ["note", "at"])


def measure() -> Result:
    with (
        tempfile.TemporaryDirectory(prefix="fallnetz-bench-") as directory,
        NatsServer(Path(directory) / "nats") as server,
    ):
        return asyncio.run(_measure(Path(directory), server.url))


async def _measure(directory: Path, url: str) -> Result:
    client = Client()
    await client.connect(url, pending_size=0)
    await provision_stream(client)
    await _fill(client)
    limits, products = [], []
    for number in range(ROUNDS):
        limits.append(await _limit(client, f"limit-{number}"))
        products.append(await _product(client, directory / f"{number}.sqlite", f"product-{number}"))
    await client.close()
    return Result(
        row=5,
        name="listener with inbox row, effect and ack / raw pull consume",
        goal=0.25,
        samples=[product / limit for product, limit in zip(products, limits, strict=True)],
        detail={"limit_per_second": sorted(limits)[ROUNDS // 2], "product_per_second": sorted(products)[ROUNDS // 2]},
    )


async def _fill(client: Client) -> None:
    subject = event_subject(NETWORK, OrganisationId("local"), "notebook", NoteKept)
    pipeline = Pipeline(client, 30.0)
    await pipeline.open()
    for start in range(0, MESSAGES, 500):
        messages = [
            Outgoing(subject, encode(NoteKept(network=NETWORK, note=f"n{number}", size=1)), headers(_event(number)))
            for number in range(start, start + 500)
        ]
        await pipeline.wait(await pipeline.send(messages))
    await pipeline.close()


def _event(number: int) -> Event:
    return Event(
        id=str(number), source="/local/notebook", type=event_type("notebook", NoteKept), time=clock.now(),
        network=NETWORK, record=RecordId(f"note-{number}"), sequence=1, digest="0" * 64,
    )  # fmt: skip


def _group(name: str) -> Listeners:
    listeners = Listeners(name)

    @listeners.on("notebook", NoteKept)
    def keep(tx: Transaction, fact: NoteKept, _event: Event, now: datetime) -> None:
        tx.run(_EFFECT, note=fact.note, at=now)

    return listeners


async def _limit(client: Client, name: str) -> float:
    await provision_consumer(client, name, _group(name).filters())
    subscription = await client.jetstream().pull_subscribe("", durable=name, stream=STREAM)
    began, taken = time.perf_counter(), 0
    while taken < MESSAGES:
        messages = await subscription.fetch(min(256, MESSAGES - taken), timeout=5)
        for message in messages:
            await message.ack()
        taken += len(messages)
    await client.flush()
    seconds = time.perf_counter() - began
    await subscription.unsubscribe()
    return MESSAGES / seconds


async def _product(client: Client, file: Path, name: str) -> float:
    database = Database(f"sqlite:///{file}")
    await database.write(_create)
    subscriptions = Subscriptions(client, database, [_group(name)])
    began = time.perf_counter()
    await subscriptions.start()
    while True:
        info = await client.jetstream().consumer_info(STREAM, name)
        if not info.num_pending and not info.num_ack_pending:
            break
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - began
    await subscriptions.stop()
    if await database.read(_count) != MESSAGES:
        raise RuntimeError("not every fact had its effect")
    await database.close()
    return MESSAGES / seconds


def _create(tx: Transaction) -> None:
    schema.create_all(tx.connection)
    _metadata.create_all(tx.connection)


def _count(tx: Transaction) -> int:
    return int(tx.execute(select(func.count()).select_from(_effects)).scalar_one())
