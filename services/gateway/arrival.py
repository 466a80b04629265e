"""One HTTP request as it came in, and the one way in which an answer leaves."""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from datetime import datetime
from typing import Any

from services.chassis import clock, ids
from services.chassis.formats import Locale
from services.chassis.negotiation import accepted_language, accepts

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

SCOPE_KEY = "fallnetz.arrival"

_REQUEST_ID = re.compile(rb"(?!fnk_|whsec_|ey[A-Za-z0-9_-]+\.)[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
"""It stands in the log: what looks like a credential is taken for none."""

SECURITY: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_DATA_POLICY: Header = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
PAGE_POLICY: Header = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    b"frame-ancestors 'none'",
)
NO_STORE: Header = (b"cache-control", b"no-store")
_USUAL = (*SECURITY, _DATA_POLICY, NO_STORE)
_USUAL_NAMES = frozenset(name for name, _ in _USUAL)
JSON = b"application/json"


class Arrival:
    """When a request arrived, its headers, and what became of it."""

    __slots__ = (
        "at",
        "body_waits",
        "headers",
        "locale",
        "method",
        "more",
        "request_id",
        "responded",
        "route",
        "secure",
        "status",
    )

    def __init__(self, scope: Scope, *, secure: bool = False) -> None:
        self.at: datetime = clock.now()
        """The moment that counts (T5). A body's reader moves it to the body's end."""
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.method: str = scope["method"]
        self.locale: Locale = accepted_language(self.headers.get(b"accept-language", b""))
        given = self.headers.get(b"x-request-id")
        self.request_id = given.decode() if given and _REQUEST_ID.match(given) else f"req-{ids.secret(12)}"
        self.route = "unmatched"
        """The route's template for figures and logs; never the path itself, which can carry a link's secret."""
        self.more: tuple[Header, ...] = ()
        """Headers that any answer to this request carries, a refusal too."""
        self.secure = secure
        """True: clients reach the gateway by https."""
        self.status = 0
        self.responded = False
        self.body_waits = b"transfer-encoding" in self.headers or self.headers.get(b"content-length", b"0") != b"0"
        """True: the client sends a body that nobody has read to its end."""

    def accepts(self, media_type: bytes) -> bool:
        return accepts(self.headers.get(b"accept", b"*/*"), media_type)

    async def respond(
        self, send: Send, status: int, body: bytes, content_type: bytes = JSON, headers: Iterable[Header] = ()
    ) -> None:
        """Sends a whole answer with the headers that every answer carries. A HEAD request gets them without a body."""
        self.status, self.responded = status, True
        every = self.headers_of(status, len(body), content_type, headers)
        await send({"type": "http.response.start", "status": status, "headers": every})
        await send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else body})

    def headers_of(self, status: int, length: int | None, content_type: bytes, own: Iterable[Header]) -> list[Header]:
        """The headers of an answer: its own, and those that every answer carries. No `length`: it is not known."""
        headers = [*own, *self.more]
        replaced = [name for name, _ in headers if name in _USUAL_NAMES]
        headers += [header for header in _USUAL if header[0] not in replaced] if replaced else _USUAL
        if status not in {204, 304}:
            headers.append((b"content-type", content_type))
            if length is not None:
                headers.append((b"content-length", b"%d" % length))
        headers.append((b"x-request-id", self.request_id.encode()))
        if self.secure:
            headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
        return headers


def arrival_of(scope: Scope) -> Arrival:
    arrival: Arrival = scope[SCOPE_KEY]
    return arrival
