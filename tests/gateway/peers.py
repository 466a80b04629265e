"""Services behind the gateway, as it sees them: peers on the real bus that answer requests and remember them.

They stand in where a test is about the gateway's own behaviour. What the gateway and membership do together is tested
with the real service in `test_installation.py`.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.membership.access import FIND_KEY
from contracts.request import Call, Method, Problem
from services.gateway.examples import example_of
from services.gateway.routes import ROUTES

Reply = Callable[[Call], Any]
"""Gives the result as plain data, or a Problem."""


class Peers:
    """Answers every method with its example, unless a test says otherwise."""

    def __init__(self, nats_url: str) -> None:
        self._url = nats_url
        self._client = Client()
        self.calls: list[tuple[str, Call]] = []
        self.lookups: list[tuple[str, dict[str, Any]]] = []
        """What the gateway asked for itself: whose a key is."""
        self.replies: dict[str, Reply] = {}
        self.silent = False

    async def start(self) -> None:
        await self._client.connect(self._url)
        await self._client.subscribe("rpc.>", cb=self._answer)
        await self._client.flush()

    async def stop(self) -> None:
        await self._client.close()

    def forget(self) -> None:
        self.calls.clear()
        self.lookups.clear()
        self.replies.clear()
        self.silent = False

    def body_of_last(self) -> dict[str, Any]:
        """The request that came last, as plain data."""
        decoded: dict[str, Any] = msgspec.json.decode(self.calls[-1][1].body)
        return decoded

    async def wake(self, network: str) -> None:
        """Says on the bus that a network's feed has grown, as notifications does."""
        await self._client.publish(f"live.{network}", b"")
        await self._client.flush()

    async def _answer(self, message: Msg) -> None:
        if self.silent:
            return
        name = message.subject.split(".")[-2]
        call = msgspec.json.decode(message.data, type=Call)
        if name == FIND_KEY.name:
            self.lookups.append((name, msgspec.json.decode(call.body)))
        else:
            self.calls.append((message.subject, call))
        reply = self.replies.get(name)
        result = reply(call) if reply else _example(name)
        envelope = {"problem": result} if isinstance(result, Problem) else {"result": result}
        await message.respond(msgspec.json.encode(envelope))


@contextmanager
def in_thread(peers: Peers) -> Iterator[Peers]:
    """Runs the peers on an event loop of their own, for tests that block theirs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(peers.start(), loop).result(10)
        yield peers
        asyncio.run_coroutine_threadsafe(peers.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


_METHODS: dict[str, Method[Any, Any]] = {route.method.name: route.method for route in ROUTES}


def _example(name: str) -> Any:
    if name == FIND_KEY.name:
        return Problem(slug="key-unknown", detail="There is no such key.", status=401)
    if name not in _METHODS:
        return Problem(slug="unknown-method", detail="There is no such method.", status=404)
    return example_of(_METHODS[name].answers)
