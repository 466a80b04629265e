"""The API's description (OpenAPI 3.1), made from the route table and the contracts' Structs.

The framework would describe its own error form and its own decoding; ours differ, so the document is ours too.
"""

from functools import cache
from typing import Any, get_type_hints

import msgspec

from services.gateway import openapi_parts as parts
from services.gateway import parameters
from services.gateway.examples import CSV, PATH_EXAMPLES, QUERY_EXAMPLES, STREAM, example_of
from services.gateway.preconditions import editable
from services.gateway.refusable import refusals_of
from services.gateway.refusals import ProblemDocument
from services.gateway.route import Route
from services.gateway.routes import ROUTES
from services.gateway.schemas import REFERENCE, schemas_of

_VERSION = "1.0"
"""Of the interface: the first number is that of `/api/v1`."""
_EDITABLE = editable(ROUTES)

_INTRODUCTION = """\
The public door of a Fallnetz installation: networks of organisations that help people without a home, their members,
applications, ballots and notices.

**Sign-in.** People: OpenID Connect, authorization code with PKCE, at an issuer that the installation trusts. Machines:
an API key with scopes, or client credentials that a key names. Both go as `Authorization: Bearer …`. Who has functions
for several members names one in `Fallnetz-Member`.

**Repeating.** Every command takes an `Idempotency-Key`. Repeat a request whose answer you did not get with the same key
and content: it is carried out once, and you get the first answer. Without a key the gateway makes one and returns it.

**Editing.** What can be edited comes with an `ETag`; send it back in `If-Match`. If somebody was faster, nothing is
changed and the answer is 412. Other answers have an `ETag` for `If-None-Match`.

**Limits** are told in `RateLimit-Policy` and `RateLimit`; beyond them the answer is 429 with `Retry-After`.

**Versions** are dated: name yours in `Fallnetz-Version`. What is on its way out says so in `Deprecation` and `Sunset`.

**Changes.** `/changes?after=` lists what became true since; `/changes/stream` brings it as server-sent events, resumed
with `Last-Event-ID`; webhooks carry the same. All are thin: ids and types.

**Refusals** are problems (RFC 9457). `type` is a page that explains the kind of problem; its last part never changes.

**Moments** carry a zone (`2026-12-11T10:00:00+01:00`) and come back in UTC. Ends of windows are exclusive: the first
instant that no longer belongs to them.

**Lists** come in parts: follow `next` with `cursor`, or the header `Link` with `rel="next"`.
"""


@cache
def document_bytes(public_url: str) -> bytes:
    return msgspec.json.encode(document(public_url))


def document(public_url: str, routes: tuple[Route, ...] = ROUTES) -> dict[str, Any]:
    """The whole description as plain JSON data."""
    schemas, components = _schemas()
    shared = _Shared()
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.verb.lower()] = _operation(route, schemas, shared)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Fallnetz",
            "version": _VERSION,
            "summary": "Cooperation of organisations that help people without a home",
            "description": _INTRODUCTION,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": public_url}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "security": [{"signIn": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": shared.responses,
            "examples": parts.problem_examples(),
            "parameters": parts.PARAMETERS,
            "headers": parts.HEADERS,
            "securitySchemes": parts.SECURITY_SCHEMES,
        },
    }


class _Shared:
    """Refusals that several operations answer with in the same way."""

    def __init__(self) -> None:
        self.responses: dict[str, Any] = {}
        self._names: dict[tuple[int, tuple[str, ...]], str] = {}

    def reference(self, status: int, slugs: tuple[str, ...]) -> dict[str, str]:
        name = self._names.get((status, slugs))
        if name is None:
            number = sum(known == status for known, _ in self._names)
            name = self._names[status, slugs] = f"Problem{status}" + (f"Variant{number}" if number else "")
            self.responses[name] = _problem(status, slugs)
        return parts.reference("responses", name)


def _types_of(route: Route) -> list[Any]:
    body = _body_of(route)
    return [route.method.answers, *([body] if body else [])]


def _body_of(route: Route) -> Any:
    asks = route.method.asks
    return get_type_hints(asks)["body"] if "body" in asks.__struct_fields__ else None


def _schemas() -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    types: list[Any] = [ProblemDocument]
    for route in ROUTES:
        types += [kind for kind in _types_of(route) if kind not in types]
    return schemas_of(types)


def _operation(route: Route, schemas: dict[Any, dict[str, Any]], shared: "_Shared") -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": _parameters(route),
        "security": _security(route),
        "responses": _responses(route, schemas, shared),
    }
    if route.deprecated is not None:
        operation["deprecated"] = True
    if route.method.asks.__doc__:
        operation["description"] = route.method.asks.__doc__.strip()
    if body := _body_of(route):
        content = {"application/json": {"schema": schemas[body], "example": example_of(body)}}
        operation["requestBody"] = {"required": True, "content": content}
    elif "csv" in route.method.asks.__struct_fields__:
        content = {"text/csv": {"schema": {"type": "string"}, "example": CSV}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    """The ways in, each of which is enough."""
    asks = route.method.asks.__struct_fields__
    if route.link_beside:
        return [{"signIn": [], "emailLink": []}]
    ways: list[dict[str, list[str]]] = [{}] if route.public else []
    ways.append({"signIn": []})
    ways += [{"apiKey": [route.scope.value]}] if route.scope is not None else []
    ways += [{"emailLink": []}] if route.link else []
    ways += [{"applicantKey": []}] if "applicant_key" in asks else []
    return ways


def _responses(route: Route, schemas: dict[Any, dict[str, Any]], shared: "_Shared") -> dict[str, Any]:
    status = "201" if route.created else "200"
    success = {
        "description": "Made." if route.created else "Done." if route.writes else "What was asked for.",
        "headers": _headers(route),
        "content": _content(route, schemas),
    }
    unchanged = {"304": {"description": "Not changed.", "headers": _headers(route)}} if _hashed(route) else {}
    problems = {str(code): shared.reference(code, slugs) for code, slugs in refusals_of(route).items()}
    return {status: success, **unchanged, **problems}


def _content(route: Route, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    if route.stream:
        return {"text/event-stream": {"schema": {"type": "string"}, "example": STREAM}}
    answers = route.method.answers
    return {"application/json": {"schema": schemas[answers], "example": example_of(answers)}}


def _problem(status: int, slugs: tuple[str, ...]) -> dict[str, Any]:
    headers = {"X-Request-Id": "RequestId", "Fallnetz-Version": "Version"}
    headers |= {"Retry-After": "RetryAfter"} if status in {429, 503, 504} else {}
    headers |= {"RateLimit-Policy": "RateLimitPolicy", "RateLimit": "RateLimit"} if status == 429 else {}
    headers |= {"WWW-Authenticate": "WWWAuthenticate"} if status == 401 else {}
    return {
        "description": f"Refused: {', '.join(f'`{slug}`' for slug in slugs)}.",
        "headers": {name: parts.reference("headers", component) for name, component in headers.items()},
        "content": {
            "application/problem+json": {
                "schema": {"$ref": REFERENCE.format(name="ProblemDocument")},
                "examples": {slug: parts.reference("examples", slug) for slug in slugs},
            }
        },
    }


def _headers(route: Route) -> dict[str, Any]:
    names = {
        "X-Request-Id": "RequestId", "Fallnetz-Version": "Version", "RateLimit-Policy": "RateLimitPolicy",
        "RateLimit": "RateLimit",
    }  # fmt: skip
    names |= {"Idempotency-Key": "IdempotencyKey"} if route.writes else {}
    names |= {"Location": "Location"} if route.created else {}
    names |= {"ETag": "ETag"} if _hashed(route) or route.method.answers in _EDITABLE else {}
    if _goes_on(route) or route.deprecated is not None:
        names["Link"] = "Link"
    names |= {"Deprecation": "Deprecation"} if route.deprecated is not None else {}
    names |= {"Sunset": "Sunset"} if route.sunset is not None else {}
    return {name: parts.reference("headers", component) for name, component in names.items()}


def _hashed(route: Route) -> bool:
    """Its ETag is of the answer's bytes."""
    return not (route.writes or route.stream or route.method.answers in _EDITABLE)


def _goes_on(route: Route) -> bool:
    return not route.stream and not {"cursor", "after"}.isdisjoint(_query(route))


def _parameters(route: Route) -> list[dict[str, Any]]:
    found = [_in_path(name) for name in route.path_fields]
    found += [_in_query(name, parameter) for name, parameter in _query(route).items()]
    names = ["Member", "Language", "RequestId", "Version"]
    names += ["IdempotencyKey"] if route.writes else []
    names += ["IfMatch"] if route.takes_version else []
    names += ["IfNoneMatch"] if _hashed(route) else []
    names += ["LastEventId"] if route.stream else []
    names += ["LinkNeeded"] if "token" in route.method.asks.__struct_fields__ or route.link_beside else []
    return found + [parts.reference("parameters", name) for name in names]


def _in_path(name: str) -> dict[str, Any]:
    written = parameters.NETWORK if name == "network" else parameters.ID
    schema = {"type": "string", "pattern": parts.pattern(written)}
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": PATH_EXAMPLES[name]}


def _in_query(name: str, parameter: parameters.Parameter) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": parameter.description,
        "required": parameter.required,
        "schema": parameter.schema,
        **({"example": QUERY_EXAMPLES[name]} if parameter.required else {}),
    }


def _query(route: Route) -> dict[str, parameters.Parameter]:
    return parameters.of(route.method, route.path_fields)
