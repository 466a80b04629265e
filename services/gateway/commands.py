"""How one HTTP request becomes one request on the bus, and its answer an HTTP answer.

Holds no rule: it checks form, adds who asks and when, and passes the service's bytes through as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_type_hints
from urllib.parse import quote, urlencode

import msgspec

from contracts.event import INSTALLATION
from contracts.request import Actor, Paging, Refused
from services.chassis import clock
from services.chassis.asking import deadline_exceeded
from services.chassis.bus import Bus
from services.gateway import bodies, parameters, preconditions
from services.gateway.arrival import JSON, Arrival, Header, Receive, Scope, Send
from services.gateway.credentials import Credentials, link_missing, not_signed_in
from services.gateway.grants import link_token
from services.gateway.idempotency import idempotency_key, strangers_key
from services.gateway.limits import Limits, TooMany
from services.gateway.refusals import not_acceptable
from services.gateway.route import Created, Route
from services.gateway.versions import farewell, version_header

_APPLICANT_KEY = re.compile(rb"[A-Za-z0-9._~-]{1,200}\Z")
_encode = msgspec.json.Encoder().encode


class _WithNext(msgspec.Struct):
    next: str | int | None = None


_next = msgspec.json.Decoder(_WithNext)


@dataclass(frozen=True)
class Behind:
    """What every route needs of the gateway."""

    bus: Bus
    credentials: Credentials
    timeout_seconds: float
    body_seconds: float
    """In which a request's body must have come."""
    limits: Limits
    editable: frozenset[type[msgspec.Struct]]


class Command:
    """One route, prepared once: which fields of the contract's request come from where."""

    def __init__(self, route: Route, behind: Behind) -> None:
        asks = route.method.asks
        fields = {field.name: field for field in msgspec.structs.fields(asks)}
        self.route = route
        self._behind = behind
        self._bus = behind.bus
        self._credentials = behind.credentials
        self._limits = behind.limits
        self._farewell = farewell(route, route.operation)
        self._timeout = route.timeout_seconds or behind.timeout_seconds
        self._body_seconds = behind.body_seconds
        self._asks = asks
        self._writes = route.writes
        self._path_fields = route.path_fields
        self._query = parameters.of(route.method, self._path_fields)
        self._required = tuple(name for name, one in self._query.items() if one.required)
        self._in_pages = "paging" in fields
        self._goes_on_by = next((name for name in ("cursor", "after") if name in self._query), None)
        self._body: type[msgspec.Struct] | None = get_type_hints(asks)["body"] if "body" in fields else None
        self._takes_csv = "csv" in fields
        self._takes_applicant_key = "applicant_key" in fields
        self._takes_link = "token" in fields
        self._takes_version = route.takes_version
        self._editable = route.method.answers in behind.editable
        self._from_headers = self._takes_applicant_key or self._takes_link or self._takes_version

    async def _admit(self, arrival: Arrival, scope: Scope) -> tuple[Actor | None, float | None]:
        """Who asks, within their rate. What is left of it goes into the answer's headers."""
        address = self._limits.address(scope, arrival.headers)
        try:
            found = await self._credentials.found(arrival.headers, arrival.at, self.route, address)
            arrival.more += self._limits.take(self.route, found[0], address)
        except TooMany as refused:
            arrival.more += refused.headers
            raise
        return found

    async def carry_out(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request. Raises Refused for everything that is wrong with it or that the service refuses."""
        headers = arrival.headers
        arrival.more = (version_header(headers), *self._farewell)
        if not arrival.accepts(JSON):
            raise not_acceptable("application/json")
        if not self.route.public and b"authorization" not in headers and b"fallnetz-link" not in headers:
            raise not_signed_in()
        raw = await self._read(arrival, receive) if self._writes else b""
        actor, _ = await self._admit(arrival, scope)
        values = self._from_address(scope)
        if self._from_headers:
            self._add_from_headers(values, headers, actor)
        key: str | None = None
        known_as: str | None = None
        if self._writes:
            key = known_as = idempotency_key(headers)
            if actor is None:
                known_as = strangers_key(key, headers, self._limits.address(scope, headers))
            self._add_body(values, raw)
        answer = await self._bus.ask_raw(
            self.route.method,
            _encode(self._asks(**values)),
            network=values.get("network", INSTALLATION),
            actor=actor,
            at=arrival.at,
            key=known_as,
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
        if self._required:
            parameters.expect(values, self._required)
        return values

    def _add_from_headers(self, values: dict[str, Any], headers: Mapping[bytes, bytes], actor: Actor | None) -> None:
        if self._takes_applicant_key:
            _add_applicant_key(values, headers, actor)
        if self._takes_link:
            token = link_token(headers)
            if token is None:
                raise link_missing()
            values["token"] = token
        if self._takes_version:
            values["version"] = preconditions.expected_version(headers)

    async def _read(self, arrival: Arrival, receive: Receive) -> bytes:
        """The body. A command has arrived when its last byte has (T5): who opens a request in time and finishes it
        later is late, and nobody can keep a request open beyond the settling margin."""
        if self._takes_csv:
            bodies.expect_content_type(arrival.headers, "text/csv")
        elif self._body is not None:
            bodies.expect_content_type(arrival.headers, "application/json")
        most = self._register_limit() if self._takes_csv else bodies.LIMIT
        raw = await bodies.read(arrival, receive, most, self._body_seconds)
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
        if self.route.created is not None and not values.get("dry_run"):
            status = 201
            headers.append((b"location", _location(self.route.created, answer, values)))
        elif self._goes_on_by is not None:
            following = _next.decode(answer).next
            if following is not None:
                headers.append((b"link", self._link(values, str(following))))
        if self._editable:
            headers.append((b"etag", preconditions.version_tag(answer)))
        elif not self._writes:
            tag = preconditions.content_tag(answer)
            headers.append((b"etag", tag))
            if preconditions.unchanged(arrival.headers, tag):
                await arrival.respond(send, 304, b"", JSON, headers)
                return
        await arrival.respond(send, status, answer, JSON, headers)

    def _link(self, values: dict[str, Any], following: str) -> bytes:
        """Where a list goes on (RFC 8288): the same question from the next cursor or position."""
        asked = {name: value for name, value in values.items() if name in self._query}
        if paging := values.get("paging"):
            asked["limit"] = paging.limit
        asked[self._goes_on_by or "cursor"] = following
        written = {name: _written(value) for name, value in asked.items()}
        return f'<{self.route.path.format(**values)}?{urlencode(written)}>; rel="next"'.encode()


def _add_applicant_key(values: dict[str, Any], headers: Mapping[bytes, bytes], actor: Actor | None) -> None:
    given = headers.get(b"fallnetz-applicant-key")
    if given is not None:
        if not _APPLICANT_KEY.match(given):
            raise Refused("header-invalid", "The header Fallnetz-Applicant-Key holds no such key.", status=400)
        values["applicant_key"] = given.decode()
    elif actor is None:
        detail = "Send the key that you got with the application in the header Fallnetz-Applicant-Key."
        raise Refused("applicant-key-missing", detail, status=401)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value.value) if isinstance(value, Enum) else str(value)


def _location(created: Created, answer: bytes, values: dict[str, Any]) -> bytes:
    names = {name: quote(value, safe="") for name, value in created.named_by(answer).items()}
    return created.template.format(**(values | names)).encode()
