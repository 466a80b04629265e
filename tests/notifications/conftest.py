"""Tests of notifications: own tables; a broker and a membership peer for each module, a mail server for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.chassis.bus import Bus
from services.chassis.database import Database
from services.chassis.nats_server import NatsServer
from services.notifications.email.worker import Sender
from services.notifications.membership import Membership
from services.notifications.webhooks.worker import Deliverer
from tests.notifications.hooks import SEALER, trusting
from tests.notifications.peers import Directory, MailServer, MembershipPeer, certificate, running, settings
from tests.notifications.receiver import Receiver


@pytest.fixture
def service() -> str:
    return "notifications"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with NatsServer(tmp_path_factory.mktemp("broker")) as server:
        yield server


@pytest_asyncio.fixture(scope="module")
async def peer(broker: NatsServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MembershipPeer]:
    made = MembershipPeer(broker.url, tmp_path_factory.mktemp("peer"))
    async with running(made.service):
        yield made


@pytest.fixture
def knows(peer: MembershipPeer) -> Directory:
    """What membership says in this test."""
    peer.knows = Directory()
    return peer.knows


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[MailServer]:
    server = MailServer()
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def membership(broker: NatsServer, peer: MembershipPeer, database: Database) -> AsyncIterator[Membership]:
    bus = Bus(broker.url, name="notifications")
    await bus.connect()
    door = Membership()
    door.connect(bus, database)
    yield door
    await bus.close()


@pytest_asyncio.fixture
async def sender(
    database: Database,
    database_url: str,
    broker: NatsServer,
    membership: Membership,
    mail: MailServer,
    knows: Directory,
) -> AsyncIterator[Sender]:
    made = Sender(database, membership, settings(database_url, broker.url, mail.port))
    yield made
    await made.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), "localhost", "hooks.example")


@pytest_asyncio.fixture
async def receiver(authority: tuple[object, Path]) -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.start(authority[0])  # type: ignore[arg-type]
    yield made
    await made.stop()


@pytest_asyncio.fixture
async def deliverer(
    database: Database, database_url: str, membership: Membership, knows: Directory, authority: tuple[object, Path]
) -> AsyncIterator[Deliverer]:
    made = Deliverer(database, membership, trusting(database_url, authority), SEALER)
    yield made
    await made.close()
