"""The body of an HTTP request, read within bounds of size and time. ASGI; for gateway and portal."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

LINGER_SECONDS = 2
LINGER_LIMIT = 16 * 1024 * 1024


class TooLong(Exception):
    """More bytes than are taken were announced or have come."""


class TooSlow(Exception):
    """The body did not come in time."""


class Gone(Exception):
    """The client went away before it had sent everything; nobody reads an answer."""


def expect_fitting(announced: bytes, most: int) -> None:
    """Raises TooLong."""
    if announced.isdigit() and int(announced[:20]) > most:
        raise TooLong


async def whole(receive: Receive, announced: bytes, *, most: int, seconds: float) -> bytes:
    """The whole body of at most `most` bytes. `announced`: the header Content-Length, empty without one. Raises TooLong
    before anything is read where the length is announced; TooSlow; Gone."""
    expect_fitting(announced, most)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > most:
                    raise TooLong
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise TooSlow from None


async def let_finish(receive: Receive) -> None:
    """After an answer that did not wait for the body: drops what the client is still sending, up to 16 MiB or 2 s.
    Closing at once would reset the connection, and the client would never read why."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while size < LINGER_LIMIT:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
