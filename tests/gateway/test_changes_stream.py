"""The stream of changes (G4): resumes, wakes at once, ends when the right to read ends, and never piles up."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from contracts.request import Call, Problem
from services.chassis.nats_server import NatsServer
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers

STREAM = "/api/v1/networks/bielefeld/changes/stream"
TYPE = "membership.ballot.vote-cast.v1"
_AT = datetime(2026, 12, 11, 9, tzinfo=UTC).isoformat()


class Feed:
    """What notifications would know, with its answers to LIST_CHANGES."""

    def __init__(self, peers: Peers, last: int = 0) -> None:
        self.last = last
        self.refusal: Problem | None = None
        self.questions = 0
        self.padding = ""
        self._peers = peers
        peers.replies["list-changes"] = self._answer

    def _answer(self, call: Call) -> Any:
        self.questions += 1
        if self.refusal is not None:
            return self.refusal
        asked = msgspec.json.decode(call.body)
        if asked.get("newest"):
            return {"changes": [], "next": None, "last": self.last}
        after, limit = asked["after"], asked["limit"]
        numbers = range(after + 1, min(self.last, after + limit) + 1)
        changes = [{"id": n, "type": TYPE, "at": _AT, "about": {"ballot": "bal_1" + self.padding}} for n in numbers]
        more = bool(numbers) and numbers[-1] < self.last
        return {"changes": changes, "next": numbers[-1] if more else None, "last": numbers[-1] if more else self.last}

    async def grow(self, by: int = 1) -> None:
        self.last += by
        await self._peers.wake("bielefeld")


class Reader:
    """Reads server-sent events as a browser does."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.comments = 0
        self.position: str | None = None

    async def event(self) -> tuple[str, str]:
        """The next event's name and data."""
        name, data = "message", ""
        async with asyncio.timeout(5):
            while True:
                line = await anext(self._lines)
                field, _, value = line.partition(": ")
                if line.startswith(":"):
                    self.comments += 1
                elif field == "id":
                    self.position = value
                elif field == "event":
                    name = value
                elif field == "data":
                    data += value
                elif not line:
                    if data:
                        return name, data
                    name = "message"

    async def number(self) -> int:
        name, data = await self.event()
        assert name == "change", data
        number: int = json.loads(data)["id"]
        assert self.position == str(number)
        return number

    async def end(self) -> dict[str, Any]:
        """The problem with which the stream ends; nothing comes after it."""
        name, data = await self.event()
        assert name == "end"
        async with asyncio.timeout(5):
            assert [line async for line in self._lines if line] == []
        problem: dict[str, Any] = json.loads(data)
        return problem


@asynccontextmanager
async def opened(client: httpx.AsyncClient, query: str = "", **headers: str) -> AsyncIterator[Reader]:
    async with client.stream("GET", STREAM + query, headers={"accept": "text/event-stream", **headers}) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        yield Reader(answer.aiter_lines())


@asynccontextmanager
async def own_gateway(
    nats: NatsServer, issuer: Issuer, folder: Path, token: str | None = None, **settings: str
) -> AsyncIterator[tuple[Gateway, httpx.AsyncClient]]:
    gateway = Gateway(nats.url, [issuer], folder / "log", **settings)
    await gateway.start()
    headers = {"authorization": f"Bearer {token or issuer.token()}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=20) as client:
        yield gateway, client
    assert gateway.stop() == 0


async def test_a_stream_begins_where_the_feed_stands_and_brings_each_change_at_once(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    feed = Feed(peers, last=7)
    async with opened(client) as reader:
        await feed.grow()
        assert await reader.number() == 8
        began = time.monotonic()
        await feed.grow()
        assert await reader.number() == 9
        assert time.monotonic() - began < 1
        await feed.grow(by=2)
        assert [await reader.number(), await reader.number()] == [10, 11]


async def test_a_stream_goes_on_after_the_number_asked_for(client: httpx.AsyncClient, peers: Peers) -> None:
    feed = Feed(peers, last=1203)
    async with opened(client, "?after=1") as reader:
        assert [await reader.number() for _ in range(1202)] == list(range(2, 1204))
        await feed.grow()
        assert await reader.number() == 1204


async def test_a_browser_that_reconnects_goes_on_where_it_was(client: httpx.AsyncClient, peers: Peers) -> None:
    """The header wins over the address that the browser came with first."""
    feed = Feed(peers, last=3)
    async with opened(client, "?after=0") as reader:
        assert [await reader.number() for _ in range(3)] == [1, 2, 3]
    await feed.grow(by=2)
    async with opened(client, "?after=0", **{"last-event-id": "3"}) as reader:
        assert [await reader.number(), await reader.number()] == [4, 5]


async def test_who_is_cut_off_before_the_first_change_can_resume_too(client: httpx.AsyncClient, peers: Peers) -> None:
    feed = Feed(peers, last=41)
    async with client.stream("GET", STREAM, headers={"accept": "*/*"}) as answer:
        first = await anext(answer.aiter_text())
    assert "id: 41\n" in first
    await feed.grow()
    async with opened(client, **{"last-event-id": "41"}) as reader:
        assert await reader.number() == 42


async def test_many_wakes_are_one_question(client: httpx.AsyncClient, peers: Peers) -> None:
    feed = Feed(peers)
    async with opened(client) as reader:
        await feed.grow()
        assert await reader.number() == 1
        asked = feed.questions
        for _ in range(200):
            await feed.grow()
        assert [await reader.number() for _ in range(200)][-1] == 201
        assert feed.questions - asked < 50


async def test_a_stream_ends_when_the_feed_refuses(client: httpx.AsyncClient, peers: Peers) -> None:
    """L3: who has left is out at the next change, and is told so."""
    feed = Feed(peers)
    async with opened(client) as reader:
        feed.refusal = Problem(slug="not-authorised", detail="Your member has left.", status=403)
        await feed.grow()
        problem = await reader.end()
    assert (problem["type"], problem["status"]) == ("/problems/not-authorised", 403)


async def test_who_may_not_read_gets_a_plain_problem(client: httpx.AsyncClient, peers: Peers) -> None:
    Feed(peers).refusal = Problem(slug="not-authorised", detail="No.", status=403)
    answer = await client.get(STREAM)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"last-event-id": "x"}, "", 400),
        ({"last-event-id": "-1"}, "", 400),
        ({}, "?after=-1", 400),
        ({}, "?after=1&after=2", 400),
        ({"accept": "application/json"}, "", 406),
    ],
)
async def test_malformed_positions_are_refused(
    client: httpx.AsyncClient, peers: Peers, headers: dict[str, str], query: str, status: int
) -> None:
    answer = await client.get(STREAM + query, headers={"accept": "text/event-stream"} | headers)
    assert answer.status_code == status
    assert not peers.calls


async def test_a_stream_outlives_a_service_that_is_away_for_a_moment(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    feed = Feed(peers)
    async with (
        own_gateway(nats_server, issuer, tmp_path, FALLNETZ_GATEWAY_STREAM_HEARTBEAT_SECONDS="0.2") as (_, client),
        opened(client) as reader,
    ):
        feed.refusal = Problem(slug="storage-unavailable", detail="Later.", status=503)
        await feed.grow()
        asked = feed.questions
        while feed.questions < asked + 2:  # noqa: ASYNC110 - the peer answers on its own
            await asyncio.sleep(0.01)
        feed.refusal = None
        assert await reader.number() == 1
        assert reader.comments > 0, "a sign of life"


async def test_a_lost_wake_costs_no_change(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    feed = Feed(peers)
    async with (
        own_gateway(nats_server, issuer, tmp_path, FALLNETZ_GATEWAY_STREAM_HEARTBEAT_SECONDS="0.2") as (_, client),
        opened(client) as reader,
    ):
        feed.last += 1  # nobody says so on the bus
        assert await reader.number() == 1


async def test_a_stream_ends_when_the_token_does(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    token = issuer.token(lifetime=timedelta(seconds=1.5))
    Feed(peers)
    async with own_gateway(nats_server, issuer, tmp_path, token) as (_, client), opened(client) as reader:
        assert (await reader.end())["type"] == "/problems/not-signed-in"


async def test_streams_are_counted_for_each_person_and_in_all(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    Feed(peers)
    limits = {"FALLNETZ_GATEWAY_STREAMS_EACH": "2", "FALLNETZ_GATEWAY_STREAMS_IN_ALL": "3"}
    async with own_gateway(nats_server, issuer, tmp_path, **limits) as (_, client):
        jan = {"authorization": f"Bearer {issuer.token('jan')}"}
        async with opened(client), opened(client):
            refused = await client.get(STREAM)
            assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-streams")
            assert int(refused.headers["retry-after"]) > 0
            async with opened(client, **jan):
                assert (await client.get(STREAM, headers=jan)).status_code == 429
        until = time.monotonic() + 5
        while time.monotonic() < until:  # the server learns of a closed connection a moment later
            async with client.stream("GET", STREAM) as answer:
                if answer.status_code == 200:
                    break
        assert answer.status_code == 200


async def test_a_stopping_server_says_so_and_does_not_wait_for_its_readers(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    Feed(peers)
    gateway = Gateway(nats_server.url, [issuer], tmp_path / "log")
    await gateway.start()
    headers = {"authorization": f"Bearer {issuer.token()}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=20) as client:
        async with opened(client) as reader:
            stopping = asyncio.create_task(asyncio.to_thread(gateway.stop))
            problem = await reader.end()
        assert (problem["type"], problem["retry_after"]) == ("/problems/stopping", 1)
        assert await stopping == 0


async def test_a_reader_that_takes_nothing_is_dropped_and_holds_no_memory(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    feed = Feed(peers, last=0)
    feed.padding = "x" * 4000
    async with own_gateway(nats_server, issuer, tmp_path) as (gateway, _):
        assert gateway.process is not None
        connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=5)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(
            f"GET {STREAM}?after=0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {issuer.token()}\r\n\r\n".encode()
        )
        before = memory(gateway.process.pid)
        feed.last = 1_000_000
        await peers.wake("bielefeld")
        asked, still = -1, 0
        while still < 20:
            still = still + 1 if feed.questions == asked else 0
            asked = feed.questions
            await asyncio.sleep(0.1)
        assert feed.questions < 100, "4 GB were not asked for"
        assert memory(gateway.process.pid) - before < 100
        connection.close()


def memory(pid: int) -> float:
    """Resident megabytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
