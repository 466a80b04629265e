"""One broker, one issuer, one gateway process and peers behind it for each module of tests."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from services.chassis.nats_server import NatsServer
from tests.gateway.issuer import AUDIENCE, Issuer
from tests.gateway.peers import Peers
from tests.ports import free_port

ROOT = Path(__file__).parents[2]


WITHOUT_LIMITS = {
    "FALLNETZ_GATEWAY_READS_PER_MINUTE": "1000000",
    "FALLNETZ_GATEWAY_WRITES_PER_MINUTE": "1000000",
    "FALLNETZ_GATEWAY_PUBLIC_WRITES_PER_HOUR": "1000000",
    "FALLNETZ_GATEWAY_APPLICATIONS_PER_HOUR": "1000000",
    "FALLNETZ_GATEWAY_SIGN_IN_FAILURES_PER_MINUTE": "1000000",
}
"""Limits that a test never reaches, unless it is about them; they are counted all the same."""


class Gateway:
    """`python -m services.gateway` as it runs in an installation."""

    def __init__(self, nats_url: str, issuers: list[Issuer], log: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "FALLNETZ_NATS_URL": nats_url,
            "FALLNETZ_GATEWAY_PORT": str(self.port),
            "FALLNETZ_GATEWAY_PUBLIC_URL": self.url,
            "FALLNETZ_GATEWAY_ISSUERS": ",".join(f"{issuer.url}|{AUDIENCE}|{issuer.jwks_url}" for issuer in issuers),
            **WITHOUT_LIMITS,
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
                [sys.executable, "-m", "services.gateway"], env=self._environment, stderr=log, cwd=ROOT
            )
        async with httpx.AsyncClient(base_url=self.url) as client:
            for _ in range(1200):
                try:
                    if (await client.get("/health/ready")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                assert self.process.poll() is None, self.log.read_text()
                await asyncio.sleep(0.05)
        raise AssertionError(f"the gateway did not become ready: {self.log.read_text()[-2000:]}")

    def stop(self) -> int:
        """Ends it in order and gives its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


@pytest.fixture(scope="module")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with NatsServer(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest_asyncio.fixture(scope="module")
async def every_peer(nats_server: NatsServer) -> AsyncIterator[Peers]:
    peers = Peers(nats_server.url)
    await peers.start()
    yield peers
    await peers.stop()


@pytest.fixture
def peers(every_peer: Peers) -> Peers:
    every_peer.forget()
    return every_peer


@pytest_asyncio.fixture(scope="module")
async def gateway(
    nats_server: NatsServer, every_peer: Peers, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Gateway]:
    gateway = Gateway(nats_server.url, [issuer], tmp_path_factory.mktemp("gateway") / "log")
    await gateway.start()
    yield gateway
    assert gateway.stop() == 0


@pytest_asyncio.fixture
async def stranger(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is not signed in."""
    async with httpx.AsyncClient(base_url=gateway.url, timeout=20) as client:
        yield client


@pytest_asyncio.fixture
async def client(gateway: Gateway, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is signed in as `mia`."""
    headers = {"authorization": f"Bearer {issuer.token()}", "accept-language": "en"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=20) as client:
        yield client
