"""The API's description (OpenAPI 3.1), made from the route table and the contracts' Structs.

The framework would describe its own error form and its own decoding; ours differ, so the document is ours too.
"""

import re
from functools import cache
from typing import Any, get_type_hints

import msgspec

from services.gateway import parameters
from services.gateway.examples import CSV, LINK, PATH_EXAMPLES, QUERY_EXAMPLES, example_of
from services.gateway.refusals import ProblemDocument, problem_types
from services.gateway.route import Route
from services.gateway.routes import ROUTES

_VERSION = "1.0"
"""Of the interface: the first number is that of `/api/v1`."""
_REFERENCE = "#/components/schemas/{name}"
_ALWAYS = (400, 401, 403, 404, 405, 406, 408, 413, 429, 500, 503, 504)
_WITH_BODY = (409, 410, 415, 422)

_INTRODUCTION = """\
The public door of a Fallnetz installation: networks of organisations that help people without a home, their members,
applications, ballots and notices.

**Sign-in.** OpenID Connect, authorization code with PKCE, at an issuer that the installation trusts. Send the access
token as `Authorization: Bearer …`. Who has functions for several members names one in `Fallnetz-Member`.

**Repeating.** Every POST takes an `Idempotency-Key`. Repeat a request whose answer you did not get with the same key
and content: it is carried out once, and you get the first answer. Without a key the gateway makes one and returns it.

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
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.verb.lower()] = _operation(route, schemas)
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
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in ROUTES)],
        "security": [{"signIn": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": _problem_responses(),
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "securitySchemes": {
                "signIn": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "Access token (JWT, RS256 or ES256) of a trusted OpenID Connect issuer.",
                },
                "applicantKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Fallnetz-Applicant-Key",
                    "description": "Shown once to the applicant, who has no account.",
                },
            },
        },
    }


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
    found, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    return dict(zip(types, found, strict=True)), components


def _operation(route: Route, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": _responses(route, schemas),
    }
    if route.deprecated is not None:
        operation["deprecated"] = True
    if route.method.asks.__doc__:
        operation["description"] = route.method.asks.__doc__.strip()
    if route.public:
        operation["security"] = [{}, {"signIn": []}]
        if "applicant_key" in route.method.asks.__struct_fields__:
            operation["security"].append({"applicantKey": []})
    if body := _body_of(route):
        content = {"application/json": {"schema": schemas[body], "example": example_of(body)}}
        operation["requestBody"] = {"required": True, "content": content}
    elif "csv" in route.method.asks.__struct_fields__:
        content = {"text/csv": {"schema": {"type": "string"}, "example": CSV}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _responses(route: Route, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    answers = route.method.answers
    headers = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if route.verb == "POST":
        headers["Idempotency-Key"] = {"$ref": "#/components/headers/IdempotencyKey"}
    if route.created:
        headers["Location"] = {"$ref": "#/components/headers/Location"}
    if "cursor" in _query(route) or "after" in _query(route):
        headers["Link"] = {"$ref": "#/components/headers/Link"}
    success = {
        "description": "Made." if route.created else "Done." if route.verb == "POST" else "What was asked for.",
        "headers": headers,
        "content": {"application/json": {"schema": schemas[answers], "example": example_of(answers)}},
    }
    statuses = (*_ALWAYS, *_WITH_BODY) if route.verb == "POST" else _ALWAYS
    problems = {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)}
    return {"201" if route.created else "200": success} | problems


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {
                "type": "string",
                "pattern": _pattern(parameters.NETWORK if name == "network" else parameters.ID),
            },
            "example": PATH_EXAMPLES[name],
        }
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    found += [
        {
            "name": name,
            "in": "query",
            "description": parameter.description,
            "required": parameter.required,
            "schema": parameter.schema,
            **({"example": QUERY_EXAMPLES[name]} if parameter.required else {}),
        }
        for name, parameter in _query(route).items()
    ]
    names = ["Member", "Language", "RequestId", *(["IdempotencyKey"] if route.writes else [])]
    names += ["IfMatch"] if route.takes_version else []
    names += ["LinkNeeded"] if _needs_link(route) else ["Link"] if route.link else []
    return found + [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _needs_link(route: Route) -> bool:
    return route.link_beside or "token" in route.method.asks.__struct_fields__


def _query(route: Route) -> dict[str, parameters.Parameter]:
    return parameters.of(route.method, route.path_fields)


def _problem_responses() -> dict[str, Any]:
    responses = {}
    for status in sorted({*_ALWAYS, *_WITH_BODY}):
        slugs = [slug for slug, kind in problem_types().items() if kind.status == status]
        examples = {slug: {"value": _problem_example(slug, status)} for slug in slugs[:6]}
        responses[f"Problem{status}"] = {
            "description": f"Refused: {', '.join(f'`{slug}`' for slug in slugs)}." if slugs else "Refused.",
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": _REFERENCE.format(name="ProblemDocument")},
                    **({"examples": examples} if examples else {}),
                }
            },
        }
    return responses


def _problem_example(slug: str, status: int) -> dict[str, Any]:
    words = problem_types()[slug].words("en")
    example = ProblemDocument(
        type=f"/problems/{slug}", title=words.title, status=status, detail=words.about, instance="req-7Qm2vX0aLr4Tn9Kc"
    )
    return dict(msgspec.to_builtins(example))


def _pattern(expression: re.Pattern[str]) -> str:
    return "^" + expression.pattern.removesuffix("\\Z") + "$"


def _header_parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"} | schema}


_LINK = "^[A-Za-z0-9._~-]{1,2000}$"
_PARAMETERS = {
    "Member": _header_parameter(
        "Fallnetz-Member", "The member to act for, where you have several.", {"pattern": _pattern(parameters.ID)}
    ),
    "Language": _header_parameter(
        "Accept-Language", "German (usual), English, Dutch or Danish.", {"examples": ["de", "en", "nl", "da"]}
    ),
    "RequestId": _header_parameter(
        "X-Request-Id", "Your own id of the request; comes back.", {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}
    ),
    "IdempotencyKey": _header_parameter(
        "Idempotency-Key", "Your name for this command. The same key and content are carried out once.",
        {"pattern": "^[\\x21-\\x7e]{1,255}$"},
    ),
    "IfMatch": _header_parameter(
        "If-Match", "The ETag of what was read and is changed now.", {"pattern": '^"(0|[1-9][0-9]*)"$'},
    ) | {"required": True, "example": '"3"'},
    "Link": _header_parameter(
        "Fallnetz-Link", "Instead of a sign-in: the last part of the address in an e-mail about this.",
        {"pattern": _LINK},
    ),
    "LinkNeeded": _header_parameter(
        "Fallnetz-Link", "The last part of the address in an e-mail.", {"pattern": _LINK},
    ) | {"required": True, "example": LINK},
}  # fmt: skip
_HEADERS = {
    "RequestId": {"description": "The request's id, as in the logs.", "schema": {"type": "string"}},
    "IdempotencyKey": {"description": "The key under which to repeat the request.", "schema": {"type": "string"}},
    "Location": {"description": "Where the new thing is.", "schema": {"type": "string", "format": "uri-reference"}},
    "Link": {"description": '`rel="next"`: where the list goes on.', "schema": {"type": "string"}},
}
