"""One ASGI application behind one address, for the services that people and partners reach over HTTP.

granian accepts the connections and the application runs on the caller's event loop.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from services.chassis.settings import SettingsError

SLOWEST_HEAD = 15_000
"""Milliseconds in which a request's head must have come."""
LARGEST_BUFFER = 64 * 1024
"""Bytes of a request that are read ahead; a longer head is refused."""


class HttpServer:
    def __init__(
        self, application: Any, *, host: str, port: int, backlog: int = 1024, stopping: Callable[[], None]
    ) -> None:
        """`stopping` ends what would never end by itself (streams): the server waits for all that runs."""
        self._stopping = stopping
        self._server = Server(
            application,
            address=host,
            port=port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.auto,
            http1_settings=HTTP1Settings(header_read_timeout=SLOWEST_HEAD, max_buffer_size=LARGEST_BUFFER),
            websockets=False,
            backlog=backlog,
            log_enabled=False,
        )

    async def serve(self) -> None:
        """Until SIGTERM, SIGINT or `stop`."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        await self._server.serve()

    def stop(self) -> None:
        """Takes no more requests and finishes those that run."""
        self._stopping()
        self._server.stop()  # type: ignore[no-untyped-call]


def expect_free(host: str, port: int, variable: str) -> None:
    """Raises SettingsError, naming the variable of the port, if another process listens there: granian would say it
    only in its own log."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise SettingsError(
                [
                    f"{host} port {port} can't be had: another process listens there, or the address is not this "
                    f"machine's. Choose another with {variable}."
                ]
            ) from None
