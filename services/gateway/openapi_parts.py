"""The parts of the API's description that routes share: parameters, headers, ways to sign in, problems."""

import re
from typing import Any

import msgspec

from services.gateway import parameters
from services.gateway.examples import LINK
from services.gateway.refusals import ProblemDocument, problem_types
from services.gateway.versions import LATEST, VERSIONS


def pattern(expression: re.Pattern[str]) -> str:
    return "^" + expression.pattern.removesuffix("\\Z") + "$"


def reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _parameter(name: str, description: str, schema: dict[str, Any], example: str | None = None) -> dict[str, Any]:
    """A header. With an example it is required."""
    needed = {"required": True, "example": example} if example else {}
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"} | schema, **needed}


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"} | schema}


PARAMETERS = {
    "Member": _parameter(
        "Fallnetz-Member", "The member to act for, where you have several.", {"pattern": pattern(parameters.ID)}
    ),
    "Language": _parameter(
        "Accept-Language", "German (usual), English, Dutch or Danish.", {"examples": ["de", "en", "nl", "da"]}
    ),
    "RequestId": _parameter(
        "X-Request-Id", "Your own id of the request; comes back.", {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}
    ),
    "Version": _parameter(
        "Fallnetz-Version", "The dated version of the interface that you were built for; usually the newest.",
        {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": list(VERSIONS)},
    ),
    "IdempotencyKey": _parameter(
        "Idempotency-Key", "Your name for this command. The same key and content are carried out once.",
        {"pattern": "^[\\x21-\\x7e]{1,255}$"},
    ),
    "IfMatch": _parameter(
        "If-Match", "The ETag of what was read and is changed now.", {"pattern": '^"(0|[1-9][0-9]*)"$'}, '"3"'
    ),
    "IfNoneMatch": _parameter("If-None-Match", "The ETag of an answer that you have: 304 if it is still the same.", {}),
    "LastEventId": _parameter(
        "Last-Event-ID", "The last event that you saw; wins over `after`.", {"pattern": "^(0|[1-9][0-9]{0,15})$"}
    ),
    "LinkNeeded": _parameter(
        "Fallnetz-Link", "The last part of the address in an e-mail.", {"pattern": "^[A-Za-z0-9._~-]{1,2000}$"}, LINK
    ),
}  # fmt: skip
HEADERS = {
    "RequestId": _header("The request's id, as in the logs."),
    "Version": _header("The version of the interface that this answer follows.", examples=[LATEST]),
    "IdempotencyKey": _header("The key under which to repeat the request."),
    "Location": _header("Where the new thing is.", format="uri-reference"),
    "Link": _header('`rel="next"`: where the list goes on. `rel="deprecation"`: what to use instead.'),
    "ETag": _header("For If-None-Match; of what can be edited it is the version, for If-Match."),
    "RateLimitPolicy": _header(
        "Your quota: `q` requests in `w` seconds (draft-ietf-httpapi-ratelimit-headers-10).",
        examples=['"read";q=3000;w=60'],
    ),
    "RateLimit": _header("What is left: `r` requests; after `t` seconds all of them.", examples=['"read";r=2999;t=1']),
    "RetryAfter": {"description": "Seconds after which to try again.", "schema": {"type": "integer"}},
    "WWWAuthenticate": _header("How to sign in (RFC 6750)."),
    "Deprecation": _header("Since when clients should use something else (RFC 9745)."),
    "Sunset": _header("From when on this may be gone (RFC 8594)."),
}
SECURITY_SCHEMES = {
    "signIn": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Access token (JWT, RS256 or ES256) of an OpenID Connect issuer that the installation trusts: "
        "a person's (authorization code with PKCE), or a machine's (client credentials) that an API key names.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "fnk_…",
        "description": "An API key of a member, with the scopes named.",
    },
    "emailLink": {
        "type": "apiKey",
        "in": "header",
        "name": "Fallnetz-Link",
        "description": "The last part of the address in an e-mail; opens only what that e-mail is about.",
    },
    "applicantKey": {
        "type": "apiKey",
        "in": "header",
        "name": "Fallnetz-Applicant-Key",
        "description": "Shown once to the applicant, who has no account.",
    },
}


def problem_examples() -> dict[str, Any]:
    """An example of each kind of problem, by its slug."""
    return {slug: {"summary": kind.title, "value": _problem(slug)} for slug, kind in problem_types().items()}


def _problem(slug: str) -> dict[str, Any]:
    kind = problem_types()[slug]
    example = ProblemDocument(
        type=f"/problems/{slug}", title=kind.title, status=kind.status, detail=kind.about,
        instance="req-7Qm2vX0aLr4Tn9Kc",
    )  # fmt: skip
    return dict(msgspec.to_builtins(example))
