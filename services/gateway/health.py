"""What supervisors ask: does the process run, can it answer, and its figures."""

import asyncio
from typing import Any

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from contracts.membership.networks import LIST_NETWORKS, ListNetworks
from contracts.notifications.links import SHOW_LINK, LinkRequest
from contracts.request import Method, Paging, Refused
from services.chassis.bus import Bus
from services.gateway.arrival import Arrival, Receive, Scope, Send

_AWAY = frozenset({"service-unavailable", "deadline-exceeded"})
_PROBES: tuple[tuple[Method[Any, Any], msgspec.Struct], ...] = (
    (LIST_NETWORKS, ListNetworks(paging=Paging(limit=1))),
    (SHOW_LINK, LinkRequest(token="none")),  # noqa: S106
)
"""Any answer of the service will do, a refusal too."""


class Health:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def live(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await arrival.respond(send, 200, b'{"status":"alive"}')

    async def ready(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """200 if the broker and every service behind the gateway answer, else 503; the body names what is away."""
        services = dict(await asyncio.gather(*(self._answers(method, asked) for method, asked in _PROBES)))
        found = {"broker": self._bus.connected, **services}
        ready = all(found.values())
        body = msgspec.json.encode({"status": "ready" if ready else "waiting", **found})
        await arrival.respond(send, 200 if ready else 503, body, headers=() if ready else ((b"retry-after", b"1"),))

    async def metrics(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await arrival.respond(send, 200, generate_latest(), CONTENT_TYPE_LATEST.encode())

    async def _answers(self, method: Method[Any, Any], asked: msgspec.Struct) -> tuple[str, bool]:
        try:
            await self._bus.ask_raw(method, msgspec.json.encode(asked), timeout=1.0)
        except Refused as refused:
            return method.service, refused.slug not in _AWAY
        return method.service, True
