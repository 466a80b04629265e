"""Somebody is away: the gateway says so, loses nothing, and goes on by itself."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from services.chassis.nats_server import NatsServer
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers
from tests.ports import free_port

ME = "/api/v1/me"


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


async def test_a_broker_that_goes_away_is_a_503_at_once_and_comes_back(issuer: Issuer, tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "nats", port=free_port()).start()
    peers = Peers(server.url)
    await peers.start()
    gateway = Gateway(server.url, [issuer], tmp_path / "log")
    await gateway.start()
    headers = {"authorization": f"Bearer {issuer.token()}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=10) as client:
        assert (await client.get(ME)).status_code == 200
        server.kill()
        await asyncio.sleep(0.3)
        began = time.monotonic()
        away = await client.get(ME)
        assert (away.status_code, away.json()["type"]) == (503, "/problems/service-unavailable")
        assert int(away.headers["retry-after"]) > 0
        assert time.monotonic() - began < 3, "who waits for nothing is told at once"
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).json()["broker"] is False
        server.start()
        until = time.monotonic() + 30
        while (await client.get(ME)).status_code != 200:
            assert time.monotonic() < until, "promise 5: within 30 s"
            await asyncio.sleep(0.1)
    await peers.stop()
    assert gateway.stop() == 0
    server.stop()
    issuer.stop()


async def test_without_a_service_behind_it_the_gateway_starts_and_says_what_is_away(
    issuer: Issuer, tmp_path: Path
) -> None:
    port = free_port()
    gateway = Gateway(f"nats://127.0.0.1:{port}", [issuer], tmp_path / "log")
    starting = asyncio.create_task(gateway.start())
    async with httpx.AsyncClient(base_url=gateway.url, timeout=10) as client:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                waiting = await client.get("/health/ready")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
        assert waiting.status_code == 503
        assert waiting.json() == {"status": "waiting", "broker": False, "membership": False, "notifications": False}
        assert (await client.get("/docs")).status_code == 200
        shown = await client.get("/api/v1/link", headers={"fallnetz-link": "abc.def"})
        assert shown.status_code == 503
        server = NatsServer(tmp_path / "nats", port=port).start()
        peers = Peers(server.url)
        await peers.start()
        await starting
        assert (await client.get("/health/ready")).status_code == 200
    await peers.stop()
    assert gateway.stop() == 0
    server.stop()
    issuer.stop()


async def test_an_address_that_is_taken_is_said_in_one_sentence(issuer: Issuer, tmp_path: Path) -> None:
    first = Gateway("nats://127.0.0.1:1", [issuer], tmp_path / "log", FALLNETZ_GATEWAY_PORT=str(issuer_port(issuer)))
    with pytest.raises(AssertionError):
        await first.start()
    assert first.process is not None
    assert first.process.wait(10) == 2
    words = (tmp_path / "log").read_text()
    assert "another process listens there" in words
    assert "Traceback" not in words
    issuer.stop()


async def test_a_misspelt_setting_stops_the_start(issuer: Issuer, tmp_path: Path) -> None:
    gateway = Gateway("nats://127.0.0.1:1", [issuer], tmp_path / "log", FALLNETZ_GATEWAY_PROT="1")
    with pytest.raises(AssertionError):
        await gateway.start()
    assert "FALLNETZ_GATEWAY_PORT" in (tmp_path / "log").read_text()
    issuer.stop()


def issuer_port(issuer: Issuer) -> int:
    return int(issuer.url.rpartition(":")[2])
