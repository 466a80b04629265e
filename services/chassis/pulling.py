"""A pull subscription that keeps one standing request at the broker and never spins.

It has the `fetch` of nats-py's PullSubscription, so that FastStream's subscriber can draw from it, but: messages stream
in while earlier ones are handled, a missing consumer is reported and waited for instead of asked for in a circle, and
silence of the broker is noticed by missing heartbeats.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import TimeoutError as NatsTimeoutError

from services.chassis.away import AWAY

EXPIRES = 10.0
"""Seconds for which a request stands at the broker."""
HEARTBEAT = 2.0
"""Seconds after which an idle broker says that it still holds the request."""
_SILENT = 3 * HEARTBEAT
_GONE = {"404": "no-messages", "408": "expired"}


class Pull:
    """Draws from one durable consumer. `missing` is awaited, at most once a second, when it does not exist."""

    def __init__(
        self, client: Client, stream: str, durable: str, *, ahead: int, missing: Callable[[], Awaitable[None]]
    ) -> None:
        self._client = client
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._ahead = ahead
        self._missing = missing
        self._arrived: deque[Msg] = deque()
        self._bell = asyncio.Event()
        self._asked = 0
        self._heard = 0.0
        self._trouble = False
        self._gave = False
        self._subscription: Subscription | None = None
        self._inbox = ""
        self.asked_at = monotonic()
        """When `fetch` was last called."""

    @property
    def silent_for(self) -> float:
        """Seconds since the broker last said anything on this subscription."""
        return monotonic() - self._heard

    async def start(self) -> None:
        """Listens on a fresh inbox. Called again it begins anew: what was asked before is forgotten."""
        await self.unsubscribe()
        self._asked, self._trouble = 0, False
        self._inbox = self._client.new_inbox()
        self._subscription = await self._client.subscribe(self._inbox, cb=self._take)
        self._heard = monotonic()

    async def unsubscribe(self) -> None:
        """Draws nothing more and gives back what was drawn but not handed out."""
        subscription, self._subscription = self._subscription, None
        with suppress(*AWAY):
            if subscription is not None:
                await subscription.unsubscribe()
            while self._arrived:
                await self._arrived.popleft().nak()

    def forget(self) -> None:
        """After a lost connection: the broker no longer knows what was asked."""
        self._asked = 0
        self._bell.set()

    async def fetch(self, batch: int = 1, timeout: float | None = 1.0, **_: object) -> list[Msg]:  # noqa: ASYNC109 - as nats-py
        """Up to `batch` messages as soon as some are here. Raises nats.errors.TimeoutError when none come.

        After a call that gave some, one with nothing at hand raises at once: FastStream fills its batches by calling
        again, and would hold back the first message for the whole timeout.
        """
        self.asked_at = monotonic()
        gave, self._gave = self._gave, False
        await self._ask()
        if not self._arrived and not gave:
            await self._wait(timeout)
        if self._trouble:
            self._trouble = False
            await self._recover()
        if not self._arrived:
            raise NatsTimeoutError
        self._gave = True
        return [self._arrived.popleft() for _ in range(min(batch, len(self._arrived)))]

    async def _wait(self, seconds: float | None) -> None:
        self._bell.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # not wait_for: that can swallow a cancellation in Python 3.11
                await self._bell.wait()

    async def _ask(self) -> None:
        if self._asked and self.silent_for > _SILENT:
            self._asked = 0
        wanted = self._ahead - self._asked - len(self._arrived)
        if wanted < self._ahead // 2 or not self._client.is_connected:
            return
        request = {"batch": wanted, "expires": int(EXPIRES * 1e9), "idle_heartbeat": int(HEARTBEAT * 1e9)}
        try:
            await self._client.publish(self._next, json.dumps(request).encode(), reply=self._inbox)
        except AWAY:
            return  # not connected: asked again when it is
        if not self._asked:
            self._heard = monotonic()
        self._asked += wanted

    async def _take(self, message: Msg) -> None:
        self._heard = monotonic()
        status = message.headers.get("Status") if message.headers and not message.data else None
        if status is None:
            self._asked = max(0, self._asked - 1)
            self._arrived.append(message)
        elif status == "100":
            return
        elif status in _GONE:
            self._asked = max(0, self._asked - int((message.headers or {}).get("Nats-Pending-Messages", self._asked)))
        else:  # 409 consumer deleted or server shutting down, 503 nobody there
            self._asked = 0
            self._trouble = True
        self._bell.set()

    async def _recover(self) -> None:
        began = monotonic()
        await self._missing()
        await asyncio.sleep(max(0.0, 1.0 - (monotonic() - began)))
