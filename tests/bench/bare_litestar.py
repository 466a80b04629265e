"""The limit of row 1: a Litestar route that answers a constant, on the gateway's server with the gateway's settings."""

import asyncio
import os

import uvloop
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar import Litestar, get

ANSWER = {"id": "mem_1", "name": "Stadt", "kind": "city", "joined_at": "2026-01-01T00:00:00Z", "office": False}


@get("/", sync_to_thread=False)
def show() -> dict[str, object]:
    return ANSWER


async def serve() -> None:
    await Server(
        Litestar([show], openapi_config=None, logging_config=None),
        port=int(os.environ["BARE_PORT"]),
        interface=Interfaces.ASGINL,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=64 * 1024),
        websockets=False,
        backlog=1024,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
