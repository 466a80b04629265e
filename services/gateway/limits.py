"""How often who may ask (G4): token buckets in memory, told in RateLimit headers.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10. A bucket belongs to an API key, a person, a link's
holder or, for strangers, a client's address. It holds a window's quota and refills evenly, so that a burst is fine and
a flood is not. Several gateways count each for itself.
"""

from collections.abc import Mapping
from math import ceil
from time import monotonic
from typing import Any, NamedTuple

from contracts.request import Actor, Refused
from services.chassis.clients import Networks, client_address, household
from services.gateway.arrival import Header
from services.gateway.route import Route
from services.gateway.settings import GatewaySettings

Caller = tuple[str, str]
_MOST = 50_000
"""Buckets kept of each kind; a bucket of fewer than 200 bytes each. Who was not seen while as many others came starts
with a full one."""
_MINUTE, _HOUR = 60, 3600


class Left(NamedTuple):
    taken: bool
    remaining: int
    full_in: int
    """Seconds until the whole quota is there again."""
    next_in: int
    """Seconds until a request is possible again."""


class Buckets:
    """All buckets of one kind: `quota` requests in `window` seconds."""

    def __init__(self, name: str, quota: int, window: int) -> None:
        self.policy: Header = (b"ratelimit-policy", b'"%s";q=%d;w=%d' % (name.encode(), quota, window))
        self._name = name.encode()
        self._quota = float(quota)
        self._refill = quota / window
        self._current: dict[Caller, tuple[float, float]] = {}
        self._before: dict[Caller, tuple[float, float]] = {}

    def take(self, caller: Caller, now: float, count: float = 1.0) -> Left:
        """Takes one (or none, with `count` 0) out of the caller's bucket; `taken` False: there was none."""
        held = self._current.get(caller) or self._before.get(caller)
        quota, refill = self._quota, self._refill
        tokens = quota if held is None else min(quota, held[0] + (now - held[1]) * refill)
        taken = tokens >= 1.0
        if taken:
            tokens -= count
        if len(self._current) >= _MOST // 2 and caller not in self._current:
            self._before, self._current = self._current, {}
        self._current[caller] = (tokens, now)
        return Left(taken, int(tokens), ceil((quota - tokens) / refill), max(1, ceil((1.0 - tokens) / refill)))

    def header(self, left: Left) -> Header:
        return (b"ratelimit", b'"%s";r=%d;t=%d' % (self._name, left.remaining, left.full_in))

    def __len__(self) -> int:
        return len(self._current) + len(self._before)


class Limits:
    """The quotas of the settings; None where a setting is 0."""

    def __init__(self, settings: GatewaySettings, trusted: Networks) -> None:
        self._trusted = trusted
        self._read = _buckets("read", settings.reads_per_minute, _MINUTE)
        self._write = _buckets("write", settings.writes_per_minute, _MINUTE)
        self._stranger = _buckets("public-write", settings.public_writes_per_hour, _HOUR)
        self._apply = _buckets("apply", settings.applications_per_hour, _HOUR)
        self._failures = _buckets("sign-in-failures", settings.sign_in_failures_per_minute, _MINUTE)

    def address(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> str:
        return household(client_address(scope, headers, self._trusted))

    def take(self, route: Route, actor: Actor | None, address: str) -> tuple[Header, ...]:
        """Counts a request; gives the headers that tell what is left. The refusal `too-many-requests` (429) carries
        them as `headers`."""
        buckets = self._of(route, stranger=actor is None)
        if buckets is None:
            return ()
        caller = ("", address) if actor is None else (actor.issuer, actor.subject)
        left = buckets.take(caller, monotonic())
        headers = (buckets.policy, buckets.header(left))
        if not left.taken:
            raise TooMany(left.next_in, headers)
        return headers

    def expect_patience(self, address: str) -> None:
        """Before an unknown credential is checked: refused while too many from this address were not good."""
        if self._failures is not None:
            left = self._failures.take(("", address), monotonic(), 0)
            if not left.taken:
                raise TooMany(left.next_in, (self._failures.policy, self._failures.header(left)))

    def failed(self, address: str) -> None:
        """A credential from this address was not good."""
        if self._failures is not None:
            self._failures.take(("", address), monotonic())

    def _of(self, route: Route, *, stranger: bool) -> Buckets | None:
        if not route.writes:
            return self._read
        if not stranger:
            return self._write
        return self._apply if route.narrow else self._stranger


class TooMany(Refused):
    def __init__(self, seconds: int, headers: tuple[Header, ...]) -> None:
        detail = "Too many requests; wait {seconds} seconds."
        super().__init__("too-many-requests", detail, status=429, retry_after=seconds, words={"seconds": seconds})
        self.headers = headers


def _buckets(name: str, quota: int, window: int) -> Buckets | None:
    return Buckets(name, quota, window) if quota > 0 else None
