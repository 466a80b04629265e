"""One gateway for the whole folder: no test here changes it, and each start takes seconds."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from services.chassis.nats_server import NatsServer
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers, in_thread


@pytest.fixture(scope="package")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with NatsServer(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture(scope="package")
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture(scope="package")
def every_peer(nats_server: NatsServer) -> Iterator[Peers]:
    """In a thread: each module of tests has an event loop of its own."""
    with in_thread(Peers(nats_server.url)) as peers:
        yield peers


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def gateway(
    nats_server: NatsServer, every_peer: Peers, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Gateway]:
    gateway = Gateway(nats_server.url, [issuer], tmp_path_factory.mktemp("gateway") / "log")
    await gateway.start()
    yield gateway
    assert gateway.stop() == 0
