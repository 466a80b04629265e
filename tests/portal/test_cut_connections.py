"""The gateway may close a kept connection just when the portal asks on it: people hear of it only where it matters."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from msgspec import Struct

from services.portal.api import Api, Away

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Nothing(Struct):
    pass


@asynccontextmanager
async def cutting(first: int) -> AsyncIterator[tuple[Api, list[bytes]]]:
    """A peer that takes the first so many requests and closes instead of answering; and the heads that it read."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        if len(heads) > first:
            writer.write(ANSWER)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        yield Api(http, {}), heads


async def test_what_only_reads_is_asked_once_more() -> None:
    async with cutting(1) as (api, heads):
        await api.get(Nothing, "/me")
    assert len(heads) == 2


async def test_a_command_with_its_key_is_sent_once_more_and_stays_one_command() -> None:
    async with cutting(1) as (api, heads):
        await api.post(Nothing, "/me", key="k1")
    assert [b"idempotency-key: k1" in head.lower() for head in heads] == [True, True]


async def test_a_command_without_a_key_is_never_sent_twice() -> None:
    async with cutting(1) as (api, heads):
        with pytest.raises(Away):
            await api.post(Nothing, "/me")
    assert len(heads) == 1


async def test_a_gateway_that_cuts_again_is_away() -> None:
    async with cutting(2) as (api, heads):
        with pytest.raises(Away):
            await api.get(Nothing, "/me")
    assert len(heads) == 2
