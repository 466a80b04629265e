"""A TCP proxy that can lose the network between two processes: stop, delay, cut, or refuse connections."""

import asyncio
import random
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

CHUNK = 64 * 1024


class Proxy:
    """Forwards one port. `partition` holds every byte back as a dead link does; `heal` lets them pass again."""

    def __init__(self, target: str, seed: int = 0) -> None:
        """`target`: `nats://host:port`."""
        self._host = urlsplit(target).hostname or "127.0.0.1"
        self._port = urlsplit(target).port or 4222
        self._chance = random.Random(seed)
        self._open = asyncio.Event()
        self._open.set()
        self._refusing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.longest_delay = 0.0
        """Seconds; every chunk is delayed by chance up to this."""

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("the proxy is not running")
        return f"nats://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def partition(self) -> None:
        self._open.clear()

    def heal(self) -> None:
        self._open.set()
        self._refusing = False

    def refuse(self) -> None:
        """Cuts what is open and lets nobody in."""
        self._refusing = True
        self.cut()

    def cut(self) -> None:
        """Ends every connection at once, as a crash of the other side would."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._open.wait()
            if self._refusing:
                return
            with suppress(OSError):
                there_reader, there_writer = await asyncio.open_connection(self._host, self._port)
                self._writers.add(there_writer)
                await self._both(reader, writer, there_reader, there_writer)
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _both(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there_reader: asyncio.StreamReader,
        there_writer: asyncio.StreamWriter,
    ) -> None:
        pumps = {
            asyncio.create_task(self._pump(reader, there_writer)),
            asyncio.create_task(self._pump(there_reader, writer)),
        }
        self._tasks |= pumps
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._tasks -= pumps
            self._writers.discard(there_writer)
            there_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                await self._open.wait()
                if self.longest_delay:
                    await asyncio.sleep(self._chance.uniform(0, self.longest_delay))
                writer.write(chunk)
                await writer.drain()
