"""A partner's own web server: HTTPS on a port of this machine, with a certificate of its own making."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct


class Call(Struct, frozen=True):
    """One request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    name: str | None
    """For which name the certificate was asked (SNI)."""

    @property
    def payload(self) -> Any:
        return msgspec.json.decode(self.body)


OK = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"


class Receiver:
    """`answer` gives the raw answer to a request; None: it never answers."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.connections = 0
        self.answer: Callable[[Call], bytes | None] = lambda _: OK
        self.port = 0
        self._server: asyncio.Server | None = None
        self._named: dict[int, str | None] = {}
        self._last_name: str | None = None

    async def start(self, tls: ssl.SSLContext | None) -> None:
        if tls is not None:
            tls.sni_callback = self._asked_for
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _asked_for(self, _socket: object, name: str | None, _context: object) -> None:
        self._last_name = name

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        name = self._last_name
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            call = Call(first.split()[1], headers, body, name)
            self.calls.append(call)
            answer = self.answer(call)
            if answer is None:
                await asyncio.sleep(30)
                return
            writer.write(answer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
