"""One line for each request: method, route, status, seconds, request id. Never who, what was asked, or from where.

Lines are collected for a quarter of a second and written at once: a write for each would cost more than the routing.
"""

import asyncio
from functools import lru_cache

from services.chassis import telemetry
from services.gateway.arrival import Arrival

_PAUSE_SECONDS = 0.25
_MOST = 2_000
_VERBS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class _Answered(telemetry.Line, gc=False):
    method: str
    status: int
    seconds: float
    reference: str


class RequestLog:
    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._waiting: list[_Answered] = []

    def note(self, arrival: Arrival, seconds: float) -> None:
        """The request has been answered."""
        if not self._wanted:
            return
        if not self._waiting:
            asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self.write)
        at, method = telemetry.written(arrival.at), named(arrival.method, arrival.route)
        self._waiting.append(
            _Answered(
                at, "info", "gateway", "request-answered", method, arrival.status, round(seconds, 4), arrival.request_id
            )
        )
        if len(self._waiting) >= _MOST:
            self.write()

    def write(self) -> None:
        """Writes what waits; called once more when the server stops."""
        waiting, self._waiting = self._waiting, []
        telemetry.log_many(waiting)


def log_failure(arrival: Arrival, error: Exception) -> None:
    """What nobody foresaw: its class and place, and the reference that the client got."""
    method = named(arrival.method, arrival.route)
    telemetry.log_error("request-failed", error, reference=arrival.request_id, method=method)


@lru_cache(1024)
def named(method: str, route: str) -> str:
    """`GET /api/v1/networks/:network`: a route's template as log lines may carry it."""
    return str(telemetry.plain(f"{method if method in _VERBS else 'other'} {route.replace('{', ':').replace('}', '')}"))
