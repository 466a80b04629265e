"""RFC 9457: how every refusal and error leaves the gateway."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from contracts.request import Problem, Refused
from services.gateway.arrival import Arrival, Header, Locale

MEDIA_TYPE = b"application/problem+json"


class Words(Struct, frozen=True):
    title: str
    about: str
    """What it means and what to do, for the problem's page."""


class ProblemType(Struct, frozen=True, kw_only=True):
    """A kind of problem, known by its slug for ever."""

    status: int
    """The usual HTTP status."""
    de: Words
    en: Words

    def words(self, locale: Locale) -> Words:
        return self.en if locale == "en" else self.de


class ProblemDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every 4xx and 5xx answer (RFC 9457)."""

    type: str
    """`/problems/‹slug›`: a page about this kind of problem; the slug never changes."""
    title: str
    """In the language asked for."""
    status: int
    detail: str
    """What is wrong here and what to do."""
    instance: str
    """The request's id, also in the header X-Request-Id and in the logs."""
    field: str | None = None
    """JSON pointer (RFC 6901) to the field of the body that is at fault."""
    retry_after: int | None = None
    """Seconds after which a repetition makes sense; also in the header Retry-After."""


@cache
def problem_types() -> dict[str, ProblemType]:
    """Every kind of problem by its slug, from `problem_types.toml`."""
    content: dict[str, Any] = tomllib.loads(Path(__file__).with_name("problem_types.toml").read_text("utf-8"))
    return {slug: msgspec.convert(entry, ProblemType) for slug, entry in content.items()}


def title_of(slug: str, locale: Locale) -> str:
    known = problem_types().get(slug)
    return known.words(locale).title if known else slug.replace("-", " ").capitalize()


def document(problem: Problem, arrival: Arrival) -> ProblemDocument:
    return ProblemDocument(
        type=f"/problems/{problem.slug}",
        title=title_of(problem.slug, arrival.locale),
        status=status_of(problem),
        detail=problem.detail,
        instance=arrival.request_id,
        field=problem.field,
        retry_after=problem.retry_after,
    )


def headers_of(problem: Problem) -> list[Header]:
    """The headers that belong to a problem's status."""
    headers: list[Header] = []
    if problem.retry_after is not None:
        headers.append((b"retry-after", b"%d" % problem.retry_after))
    if problem.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="fallnetz", error="invalid_token"'))
    if problem.status in {408, 413}:
        headers.append((b"connection", b"close"))
    return headers


def document_bytes(problem: Problem, arrival: Arrival) -> bytes:
    return msgspec.json.encode(document(problem, arrival))


def unexpected(arrival: Arrival) -> Problem:
    """What a client learns of a fault of ours: nothing but the reference under which the log has its cause."""
    detail = f"Something went wrong on our side. Tell the operator the reference {arrival.request_id}."
    return Problem(slug="internal-error", detail=detail, status=500)


def not_found() -> Refused:
    return Refused("not-found", "There is nothing at this address; see /docs for all addresses.", status=404)


def method_not_allowed(allowed: str) -> Refused:
    return Refused("method-not-allowed", f"This address takes {allowed} only.", status=405)


def not_acceptable(offered: str) -> Refused:
    return Refused("not-acceptable", f"This address answers {offered} only; say so in Accept.", status=406)


def status_of(problem: Problem) -> int:
    return problem.status if 400 <= problem.status <= 599 else 500
