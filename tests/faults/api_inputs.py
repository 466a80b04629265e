"""Inputs of the API (promise 11): every route's own example with the ids of a real network, then bent in places."""

import json
import random
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from services.gateway.examples import CSV, PATH_EXAMPLES, QUERY_EXAMPLES
from services.gateway.openapi import document
from services.gateway.openapi_parts import PARAMETERS
from services.gateway.route import API, Route
from services.gateway.routes import ROUTES
from tests.faults.keep_alive import Sent
from tests.faults.mutations import Bender
from tests.security.rights import MAY

ENDING = frozenset({
    "POST /networks/{network}/charter", "POST /networks/{network}/clock", "POST /networks/{network}/office",
    "POST /networks/{network}/members/import", "POST /networks/{network}/members/{member}/representations",
    "PUT /networks/{network}/members/{member}/issuer", "POST /networks/{network}/resignations",
    "DELETE /networks/{network}/keys/{key}", "DELETE /networks/{network}/webhooks/{webhook}",
    "DELETE /networks/{network}/offers/{offer}",
})  # fmt: skip
"""Where these succeed, people lose their functions or objects end: played in a network that is there for that."""
_VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "GETT", "get")
_KINDS = (
    "application/json", "text/csv", "text/plain", "application/json; charset=utf-16", "application/json;charset=UTF-8",
    "application/problem+json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "*/*", ";", "",
)  # fmt: skip
_HEADERS: dict[str, tuple[str, ...]] = {
    "accept": ("*/*", "application/json", "text/html", "text/event-stream", "image/png", "a/b;q=0", "*/*;q=9", ";;,"),
    "accept-language": ("de", "en", "nl,da;q=0.1", "x-klingon", "de;q=1.0001", "," * 300),
    "authorization": ("Bearer", "Bearer x", "Bearer fnk_x", "Basic eDp4", "Bearer eyJhbGciOiJub25lIn0.e30.", "bearer"),
    "content-encoding": ("gzip", "identity", "br, gzip", "x"),
    "if-match": ('"1"', '"0"', "*", 'W/"1"', '"1", "2"', "1", '"99999999999999999999"', '"-1"'),
    "if-none-match": ("*", '"x"', 'W/"x"', "x" * 3_000),
    "idempotency-key": ("k", "k" * 300, "a b", '"k"', "\xe4"),
    "last-event-id": ("0", "4", "-1", "9" * 40, "x"),
    "fallnetz-member": ("mem_1", "MEM", "x" * 300, "\xe4", "a/b"),
    "fallnetz-link": ("x", "x.y", "e30.e30", "." * 50),
    "fallnetz-applicant-key": ("x", "x" * 300, "a b"),
    "fallnetz-version": ("2026-01-01", "x", "9999-99-99"),
    "x-request-id": ("r-1", "x" * 200, "a b", "fnk_x"),
    "x-forwarded-for": ("1.2.3.4", "x", "::1, 2.3.4.5", "," * 50, "1" * 300),
    "forwarded": ("for=x",), "host": ("", "x", "[::1", "a b", "x:99999"), "cookie": ("a=b; c", "=;" * 100),
    "traceparent": ("00-" + "0" * 32 + "-" + "0" * 16 + "-01", "x"), "range": ("bytes=0-", "bytes=9-1"),
    "origin": ("null", "http://x"), "te": ("trailers",), "upgrade": ("websocket", "h2c"), "prefer": ("x",),
    "x-http-method-override": ("DELETE",), "connection": ("keep-alive",), "content-type": _KINDS,
}  # fmt: skip


class Target(Struct, frozen=True):
    """Where inputs go. `ids` and `spare`: by the names in braces, in the network that is played in and in the one that
    may end."""

    ids: dict[str, str]
    spare: dict[str, str]
    actors: dict[str, dict[str, str]]
    """Headers."""


class Plan(Struct, frozen=True):
    """A route, taken apart once."""

    route: Route
    path: str
    query: dict[str, dict[str, Any]]
    required: frozenset[str]
    kind: str
    example: Any

    @property
    def name(self) -> str:
        return f"{self.route.verb} {self.route.path}"


def plans() -> list[Plan]:
    described = document("http://127.0.0.1")
    return [_plan(route, described["paths"][route.path][route.verb.lower()]) for route in ROUTES]


def _plan(route: Route, operation: dict[str, Any]) -> Plan:
    parameters = [PARAMETERS[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
                  for one in operation["parameters"]]  # fmt: skip
    query = {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}
    required = frozenset(one["name"] for one in parameters if one["in"] == "query" and one["required"])
    content = operation.get("requestBody", {}).get("content", {})
    kind = next(iter(content), "")
    example = CSV if kind == "text/csv" else content[kind]["example"] if kind else None
    return Plan(route, route.path, query, required, kind, example)


class ApiInputs:
    """`made(number)` is the input of that number, always the same for one seed and target."""

    def __init__(self, seed: int, target: Target) -> None:
        self.seed = seed
        self.target = target
        self._plans = plans()
        self._examples = [plan.example for plan in self._plans if plan.example is not None]
        self._filled: dict[tuple[int, bool], Any] = {}
        self._may = {plan.name: [one for one in target.actors if one in MAY[plan.name]] for plan in self._plans}

    def made(self, number: int) -> Sent:
        chance = random.Random(f"{self.seed}-{number}")
        return _Making(self, self._plans[number % len(self._plans)], Bender(chance)).made()

    def example(self, chance: random.Random) -> Any:
        """Of any route."""
        return chance.choice(self._examples)

    def filled(self, example: Any, *, spare: bool) -> Any:
        """An example with the ids of the network in place of its own; never changed, so made once."""
        kept = (id(example), spare)
        if kept not in self._filled:
            written, ids = json.dumps(example), self.target.spare if spare else self.target.ids
            for name, own in PATH_EXAMPLES.items():
                if name != "network" and name in ids:
                    written = written.replace(own, ids[name])
            self._filled[kept] = json.loads(written)
        return self._filled[kept]

    def actor(self, plan: Plan, chance: random.Random) -> str:
        """Mostly one who may."""
        able = self._may[plan.name]
        return chance.choice(able if able and chance.random() < 0.8 else list(self.target.actors))


class _Making:
    """One input."""

    def __init__(self, inputs: ApiInputs, plan: Plan, bender: Bender) -> None:
        self._inputs, self._plan, self._bender = inputs, plan, bender
        self._chance = bender.chance
        self._spare = plan.name.replace(API, "") in ENDING or bender.once_in(2)
        self._ids = inputs.target.spare if self._spare else inputs.target.ids
        self._verb: str = plan.route.verb
        self._path = plan.path.format(**self._ids)
        self._query = self._asked()
        self._value = inputs.filled(plan.example, spare=self._spare)
        self._body: bytes | None = None
        self._actor = inputs.actor(plan, self._chance)
        self._headers = {"host": "gateway", "content-type": plan.kind, **inputs.target.actors[self._actor]}
        if plan.route.takes_version:
            self._headers["if-match"] = f'"{self._chance.randint(1, 4)}"'
        if plan.route.link_beside:
            self._headers["fallnetz-link"] = "x.y"

    def made(self) -> Sent:
        for _ in range(self._chance.choice((0, 1, 1, 1, 2, 2, 3, 4))):
            self._bend()
        query = self._bender.encoded(self._query)
        head = f"{self._verb} {self._path}{'?' + query if query else ''} HTTP/1.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in self._headers.items() if value)
        raw, tampered = head.encode("latin-1", "replace"), self._bender.once_in(20)
        if tampered:
            raw = self._bender.bytes(raw)
        return Sent(
            about=self._plan.name, head=raw, body=self._content(), tampered=tampered,
            sees_all=self._actor == "operator",
        )  # fmt: skip

    def _bend(self) -> None:
        has_body = bool(self._plan.kind)
        places = {self._bend_body: 9 * has_body, self._bend_query: 4 if self._plan.query else 1, self._bend_path: 2,
                  self._bend_verb: 1, self._add_body: 1 - has_body, self._bend_headers: 4}  # fmt: skip
        self._chance.choices(list(places), list(places.values()))[0]()

    def _bend_query(self) -> None:
        self._query = self._bender.pairs(self._query)

    def _bend_path(self) -> None:
        inside = self._path.startswith(f"{API}/") and not self._bender.once_in(8)
        start = API if inside else ""
        self._path = start + self._bender.path(self._path.removeprefix(start))

    def _bend_verb(self) -> None:
        self._verb = self._chance.choice(_VERBS)

    def _add_body(self) -> None:
        self._body = self._bender.written(self._inputs.example(self._chance))

    def _bend_body(self) -> None:
        if isinstance(self._value, str):  # a register
            self._value = self._bender.text(self._value) if self._bender.once_in(3) else self._lines(self._value)
        elif self._bender.once_in(15):
            self._value = self._inputs.filled(self._inputs.example(self._chance), spare=self._spare)
        else:
            self._value = self._bender.json(self._value)

    def _lines(self, register: str) -> str:
        lines = register.splitlines() or [""]
        place = self._chance.randrange(len(lines))
        cells = lines[place].split(",")
        cells[self._chance.randrange(len(cells))] = self._bender.text()[:2_000]
        lines[place] = ",".join(cells)
        return "\n".join(lines * (300 if self._bender.once_in(50) else 1))

    def _bend_headers(self) -> None:
        name = self._chance.choice(list(_HEADERS))
        if self._bender.once_in(4):
            self._headers.pop(name, None)
        elif self._bender.once_in(4) and name != "x-request-id":  # which the log keeps, as its sender wants
            self._headers[name] = quote(self._bender.text(self._headers.get(name, "")), safe=" !#$&'()*+,/:;=?@[]\"<>")
        else:
            self._headers[name] = self._chance.choice(_HEADERS[name])

    def _content(self) -> bytes:
        if self._body is not None:
            return self._body
        if not self._plan.kind:
            return b""
        if self._bender.once_in(2_000):
            return b'{"a":"' + b"x" * 1_200_000 + b'"}'
        if isinstance(self._value, str):
            raw = self._value.encode("utf-8", "surrogatepass")
            return self._bender.bytes(raw) if self._bender.once_in(5) else raw
        return self._bender.written(self._value)

    def _asked(self) -> list[tuple[str, str]]:
        return [
            (name, self._parameter(name, schema))
            for name, schema in self._plan.query.items()
            if name in self._plan.required or self._bender.once_in(4)
        ]

    def _parameter(self, name: str, schema: dict[str, Any]) -> str:
        if "enum" in schema:
            return str(self._chance.choice(schema["enum"]))
        match schema.get("type"), schema.get("format"):
            case "boolean", _:
                return self._chance.choice(("true", "false"))
            case "integer", _:
                return str(self._chance.choice((schema["minimum"], schema["maximum"], 1, 20)))
            case _, "date":
                return self._chance.choice(("2026-12-07", "2026-12-31", "1900-01-01", "2200-12-31"))
        given = QUERY_EXAMPLES.get(name, self._ids.get(name, "x"))
        return self._ids.get("application", given) if name == "about" else given
