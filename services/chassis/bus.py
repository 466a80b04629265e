"""The bus: one connection for each process, requests to other services, facts from them.

    bus = Bus("nats://127.0.0.1:4222", name="gateway"); await bus.connect()
    view = await bus.ask(GET_BALLOT, GetBallot(network=…, ballot=…), network=…, actor=actor)

The connection is kept for ever: a lost broker is looked for twice a second, and requests are refused meanwhile.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast

import msgspec
from msgspec import Struct
from nats.aio.client import Client

from contracts.request import Method
from services.chassis import telemetry
from services.chassis.asking import Asker, Asking
from services.chassis.nats_server import inbox_prefix

if TYPE_CHECKING:
    from services.chassis.answering import Requests
    from services.chassis.listeners import Listeners
    from services.chassis.listening import Patience

__all__ = ["Bus", "Listeners", "Patience", "Requests", "connection_options"]

Asked = TypeVar("Asked", bound=Struct)
Answered = TypeVar("Answered")

_encode = msgspec.json.Encoder().encode


def __getattr__(name: str) -> Any:
    """Those who only ask, as the gateway does, load neither what answers and listens nor the database behind it."""
    if name == "Requests":
        from services.chassis.answering import Requests

        return Requests
    if name == "Listeners":
        from services.chassis.listeners import Listeners

        return Listeners
    if name == "Patience":
        from services.chassis.listening import Patience

        return Patience
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@lru_cache(512)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def connection_options(name: str, user: str | None, password: str | None) -> dict[str, Any]:
    """How every connection to the broker is made: for ever, with quick discovery of a dead one, without a buffer."""
    return {
        "name": name,
        "user": user,
        "password": password,
        "inbox_prefix": inbox_prefix(user) if user else "_INBOX",
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.5,
        "connect_timeout": 2,
        "ping_interval": 5,
        "max_outstanding_pings": 2,
        "pending_size": 0,  # what cannot be sent now is refused now, not sent some time later
        "drain_timeout": 5,
    }


class Bus:
    def __init__(
        self,
        url: str,
        *,
        name: str = "fallnetz",
        organisation: str = "local",
        user: str | None = None,
        password: str | None = None,
    ) -> None:
        self.url = url
        self.name = name
        self.organisation = organisation
        self.nats = Client()
        """The raw client, for the relay."""
        self.on_reconnect: list[Callable[[], None]] = []
        self._options = connection_options(name, user, password)
        self._asker = Asker(self.nats, organisation)
        self._closing = False
        self.lost = asyncio.Event()
        """Set when the client has given up for good; the process should end then."""

    @property
    def connected(self) -> bool:
        return bool(self.nats.is_connected)

    async def connect(self) -> None:
        """Returns once the broker has answered; looks for it as long as it takes."""
        await self.nats.connect(
            servers=[self.url],
            error_cb=self._error,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._reconnected,
            closed_cb=self._closed,
            **self._options,
        )
        await self._asker.start()

    async def close(self) -> None:
        """Sends what is under way and leaves."""
        self._closing = True
        if self.nats.is_connected:
            await self.nats.drain()
        elif not self.nats.is_closed:
            await self.nats.close()

    async def ask(self, method: Method[Asked, Answered], request: Asked, **asking: Unpack[Asking]) -> Answered:
        """Asks a service.

        Raises Refused: the service's own problem, `service-unavailable` (503), `deadline-exceeded` (504),
        `too-large` (413), `overloaded` (503), `internal-error` (500).
        """
        result = await self._asker.ask(method, _encode(request), **asking)
        answer: Answered = _decoder(cast(Any, method.answers)).decode(result)
        return answer

    def ask_raw(self, method: Method[Any, Any], body: bytes, **asking: Unpack[Asking]) -> Coroutine[None, None, bytes]:
        """As `ask`, with the request and the result as JSON: nothing is decoded on the way through."""
        return self._asker.ask(method, body, **asking)

    async def _error(self, error: Exception) -> None:
        telemetry.log_error("bus-error", error, service=self.name)

    async def _disconnected(self) -> None:
        self._asker.connection_lost()
        if not self._closing:
            telemetry.log("bus-disconnected", "warning", service=self.name)

    async def _reconnected(self) -> None:
        telemetry.log("bus-reconnected", service=self.name)
        for callback in self.on_reconnect:
            callback()

    async def _closed(self) -> None:
        if not self._closing:
            telemetry.log("bus-lost", "error", service=self.name)
            self.lost.set()
