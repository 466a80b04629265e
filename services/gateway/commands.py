"""How one HTTP request becomes one request on the bus, and its answer an HTTP answer.

Holds no rule: it checks form, adds who asks and when, and passes the service's bytes through as they are.
"""

import re
from collections.abc import Mapping
from typing import Any, get_type_hints
from urllib.parse import quote, urlencode

import msgspec

from contracts.event import INSTALLATION
from contracts.request import Paging, Refused
from services.chassis import clock, ids
from services.chassis.asking import deadline_exceeded
from services.chassis.bus import Bus
from services.gateway import bodies, parameters
from services.gateway.arrival import JSON, Arrival, Header, Receive, Scope, Send
from services.gateway.refusals import not_acceptable
from services.gateway.route import Created, Route
from services.gateway.tokens import SignIn

_KEY = re.compile(rb"[\x21-\x7e]{1,255}\Z")
_APPLICANT_KEY = re.compile(rb"[A-Za-z0-9._~-]{1,200}\Z")
_encode = msgspec.json.Encoder().encode


class _WithNext(msgspec.Struct):
    next: str | int | None = None


_next = msgspec.json.Decoder(_WithNext)


class Command:
    """One route, prepared once: which fields of the contract's request come from where."""

    def __init__(self, route: Route, bus: Bus, sign_in: SignIn, timeout_seconds: float) -> None:
        asks = route.method.asks
        fields = {field.name: field for field in msgspec.structs.fields(asks)}
        self.route = route
        self._bus = bus
        self._sign_in = sign_in
        self._timeout = route.timeout_seconds or timeout_seconds
        self._asks = asks
        self._path_fields = tuple(re.findall(r"\{(\w+)\}", route.path))
        self._query = parameters.of(asks, frozenset(self._path_fields))
        self._in_pages = "paging" in fields
        self._goes_on_by = next((name for name in ("cursor", "after") if name in self._query), None)
        self._body: type[msgspec.Struct] | None = get_type_hints(asks)["body"] if "body" in fields else None
        self._takes_csv = "csv" in fields
        self._applicant_key = fields.get("applicant_key")

    async def carry_out(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request. Raises Refused for everything that is wrong with it or that the service refuses."""
        headers = arrival.headers
        if not arrival.accepts(JSON):
            raise not_acceptable("application/json")
        if not self.route.public and b"authorization" not in headers:
            raise Refused(
                "not-signed-in", "Sign in and send the access token as `Authorization: Bearer …`.", status=401
            )
        raw = await self._read(arrival, receive) if self.route.verb == "POST" else b""
        actor = await self._sign_in.actor(headers, arrival.at)
        values = self._from_address(scope)
        if self._applicant_key is not None:
            self._add_applicant_key(values, headers)
        key: str | None = None
        if self.route.verb == "POST":
            key = idempotency_key(headers)
            self._add_body(values, raw)
        answer = await self._bus.ask_raw(
            self.route.method,
            _encode(self._asks(**values)),
            network=values.get("network", INSTALLATION),
            actor=actor,
            at=arrival.at,
            key=key,
            locale=arrival.locale,
            timeout=self._remaining(arrival),
        )
        await self._respond(arrival, send, answer, values, key)

    def _from_address(self, scope: Scope) -> dict[str, Any]:
        in_path = scope["path_params"]
        values: dict[str, Any] = {name: parameters.path_value(name, in_path[name]) for name in self._path_fields}
        query = scope["query_string"]
        if query:
            values |= parameters.read(query, self._query)
            if self._in_pages:
                paging = {name: values.pop(name) for name in ("cursor", "limit") if name in values}
                values["paging"] = Paging(**paging)
        return values

    def _add_applicant_key(self, values: dict[str, Any], headers: Mapping[bytes, bytes]) -> None:
        given = headers.get(b"fallnetz-applicant-key")
        if given is not None:
            if not _APPLICANT_KEY.match(given):
                raise Refused("header-invalid", "The header Fallnetz-Applicant-Key holds no such key.", status=400)
            values["applicant_key"] = given.decode()
        elif self._applicant_key is not None and self._applicant_key.required:
            detail = "Send the key that you got with the application in the header Fallnetz-Applicant-Key."
            raise Refused("applicant-key-missing", detail, status=401)

    async def _read(self, arrival: Arrival, receive: Receive) -> bytes:
        """The body. A command has arrived when its last byte has (T5): who opens a request in time and finishes it
        later is late, and nobody can keep a request open beyond the settling margin."""
        if self._takes_csv:
            bodies.expect_content_type(arrival.headers, "text/csv")
        elif self._body is not None:
            bodies.expect_content_type(arrival.headers, "application/json")
        raw = await bodies.read(arrival, receive, self._register_limit() if self._takes_csv else bodies.LIMIT)
        arrival.at = clock.now()
        return raw

    def _add_body(self, values: dict[str, Any], raw: bytes) -> None:
        if self._takes_csv:
            if not raw:
                raise Refused("body-malformed", "The body is empty; send the register as CSV.", status=400)
            values["csv"] = raw
        elif self._body is not None:
            values["body"] = bodies.decode(raw, self._body)
        else:
            bodies.expect_nothing(raw)

    def _remaining(self, arrival: Arrival) -> float:
        """Seconds until an answer is of no use, from the arrival on: asking an issuer for its keys takes from them."""
        remaining = self._timeout - (clock.now() - arrival.at).total_seconds()
        if remaining <= 0:
            raise deadline_exceeded()
        return remaining

    def _register_limit(self) -> int:
        """What fits into one message: a register travels as base64."""
        return min(bodies.REGISTER_LIMIT, self._bus.nats.max_payload // 4 * 3 - 64 * 1024)

    async def _respond(
        self, arrival: Arrival, send: Send, answer: bytes, values: dict[str, Any], key: str | None
    ) -> None:
        headers: list[Header] = []
        status = 200
        if key is not None:
            headers.append((b"idempotency-key", key.encode()))
        if self.route.created is not None:
            status = 201
            headers.append((b"location", _location(self.route.created, answer, values)))
        elif self._goes_on_by is not None:
            following = _next.decode(answer).next
            if following is not None:
                headers.append((b"link", self._link(values, str(following))))
        await arrival.respond(send, status, answer, JSON, headers)

    def _link(self, values: dict[str, Any], following: str) -> bytes:
        """Where a list goes on (RFC 8288): the same question from the next cursor or position."""
        asked = {name: value for name, value in values.items() if name in self._query}
        if paging := values.get("paging"):
            asked["limit"] = paging.limit
        asked[self._goes_on_by or "cursor"] = following
        written = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in asked.items()}
        return f'<{self.route.path.format(**values)}?{urlencode(written)}>; rel="next"'.encode()


def idempotency_key(headers: Mapping[bytes, bytes]) -> str:
    """The client's key (draft-ietf-httpapi-idempotency-key-header; quoted or not), or a new one if it sent none."""
    given = headers.get(b"idempotency-key")
    if given is None:
        return f"key-{ids.secret()}"
    if len(given) >= 2 and given[:1] == given[-1:] == b'"':
        given = given[1:-1]
    if not _KEY.match(given):
        detail = "The header Idempotency-Key must hold 1 to 255 printable characters without spaces."
        raise Refused("header-invalid", detail, status=400)
    return given.decode()


def _location(created: Created, answer: bytes, values: dict[str, Any]) -> bytes:
    names = {name: quote(value, safe="") for name, value in created.named_by(answer).items()}
    return created.template.format(**(values | names)).encode()
