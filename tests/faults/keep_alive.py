"""HTTP/1.1 as the promise's inputs need it: whatever bytes are to be sent, over connections that are kept open."""

import asyncio
import re
from urllib.parse import urlsplit

from msgspec import Struct

_LENGTH = re.compile(rb"\ncontent-length: *(\d+)", re.IGNORECASE)
_KIND = re.compile(rb"\ncontent-type: *([^\r\n]*)", re.IGNORECASE)
_HARMLESS = re.compile(rb"[A-Z]{1,12} /[!-~]*? HTTP/1\.1\r\n(?:[!-9;-~]+: ?[\t -~\x80-\xff]*\r\n)*\Z")
PATIENCE = 30.0
"""Seconds until an answer to something well-formed must have come."""
SHORT = 1.0
"""The same for what is no HTTP: the server may be waiting for the rest."""


class Sent(Struct, frozen=True, kw_only=True):
    """One input."""

    about: str
    """What it was made from."""
    head: bytes
    """Without the empty line."""
    body: bytes
    tampered: bool = False
    """True: bytes of the head were changed, so that a server may take it for no HTTP at all."""
    sees_all: bool = False
    """True: sent by an operator, who may see every network."""

    @property
    def raw(self) -> bytes:
        return self.head + b"content-length: %d\r\n\r\n" % len(self.body) + self.body

    @property
    def well_formed(self) -> bool:
        """True: it is HTTP, so that it must be answered as the API or the portal answers."""
        return not self.tampered and len(self.head) < 32_000 and _HARMLESS.match(self.head) is not None

    @property
    def verb(self) -> bytes:
        return self.head.partition(b" ")[0]


class Got(Struct, frozen=True, kw_only=True):
    """`status` 0: the server closed the connection, or waited for more."""

    status: int
    head: bytes = b""
    body: bytes = b""

    @property
    def kind(self) -> str:
        """The media type."""
        found = _KIND.search(self.head)
        return found[1].decode("latin-1").partition(";")[0].strip() if found else ""

    def header(self, name: str) -> str:
        found = re.search(rb"\n" + name.encode() + rb": *([^\r\n]*)", self.head, re.IGNORECASE)
        return found[1].decode("latin-1") if found else ""


class KeepAlive:
    """One connection, opened anew when the server has closed it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._place = (parts.hostname, parts.port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def exchange(self, sent: Sent) -> Got:
        """Raises TimeoutError where a well-formed input is not answered in time, ConnectionError where it never is."""
        formed = sent.well_formed
        if not formed:
            await self.close()  # what follows its bytes must not be taken for a part of it
        for again in (False, True):
            kept = self._streams is not None
            try:
                async with asyncio.timeout(PATIENCE if formed else SHORT):
                    got, goes_on = await self._exchange(sent)
            except TimeoutError:
                await self.close()
                if formed:
                    raise
                return Got(status=0)
            except (OSError, EOFError) as gone:
                await self.close()
                if not formed:
                    return Got(status=0)
                if again or not kept:
                    raise ConnectionError("closed without an answer") from gone
                continue  # it was closed between two inputs
            if not (goes_on and formed):
                await self.close()
            return got
        raise AssertionError

    async def _exchange(self, sent: Sent) -> tuple[Got, bool]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._place, limit=2**20)
        reader, writer = self._streams
        writer.write(sent.raw)
        head = await reader.readuntil(b"\r\n\r\n")
        while head[9:10] == b"1":  # 100 Continue
            head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        goes_on = b"\nconnection: close" not in head.lower()
        if sent.verb == b"HEAD" or status in {204, 304}:
            return Got(status=status, head=head), goes_on
        if found := _LENGTH.search(head):
            return Got(status=status, head=head, body=await reader.readexactly(int(found[1]))), goes_on
        if b"text/event-stream" in head:  # it would never end
            return Got(status=status, head=head), False
        body = await reader.read(-1) if not goes_on else await _chunks(reader)
        return Got(status=status, head=head, body=body), goes_on

    async def close(self) -> None:
        if self._streams is not None:
            writer, self._streams = self._streams[1], None
            writer.transport.abort()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while length := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append(await reader.readexactly(length))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(parts)
