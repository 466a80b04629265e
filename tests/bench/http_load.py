"""A cheap HTTP client: sends the same GET over kept connections, one request in flight on each, and prints the rate.

python -m tests.bench.http_load URL PATH CONNECTIONS SECONDS < header lines
"""

import asyncio
import re
import sys
import time
from typing import cast
from urllib.parse import urlsplit

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


class Connection(asyncio.Protocol):
    def __init__(self, request: bytes) -> None:
        self._request = request
        self._buffer = b""
        self._transport: asyncio.WriteTransport
        self.answered = 0
        self.running = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        found = _LENGTH.search(self._buffer, 0, end + 4) if end >= 0 else None
        if found is None or len(self._buffer) < end + 4 + int(found[1]):
            return
        assert self._buffer.startswith(b"HTTP/1.1 200"), self._buffer
        self._buffer = b""
        self.answered += 1
        if self.running:
            self._transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        assert not self.running, "the server closed a connection"


async def load(url: str, path: str, headers: bytes, connections: int, seconds: float) -> float:
    address = urlsplit(url)
    host, port = str(address.hostname), int(address.port or 80)
    request = f"GET {path} HTTP/1.1\r\nhost: {address.netloc}\r\n".encode() + headers + b"\r\n"
    loop = asyncio.get_running_loop()
    opened = [(await loop.create_connection(lambda: Connection(request), host, port))[1] for _ in range(connections)]
    before, began = sum(each.answered for each in opened), time.perf_counter()
    await asyncio.sleep(seconds)
    answered, took = sum(each.answered for each in opened) - before, time.perf_counter() - began
    for each in opened:
        each.running = False
        each._transport.close()
    await asyncio.sleep(0.05)
    return answered / took


if __name__ == "__main__":
    _, url, path, connections, seconds = sys.argv
    headers = sys.stdin.buffer.read()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.write(str(runner.run(load(url, path, headers, int(connections), float(seconds)))))
