"""RFC 9457: how every refusal and error leaves the gateway, in the language asked for."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from contracts.request import Problem, Refused
from services.chassis import texts
from services.chassis.formats import Locale
from services.gateway.arrival import Arrival, Header

MEDIA_TYPE = b"application/problem+json"


class Words(Struct, frozen=True):
    title: str
    about: str
    """What it means and what to do, for the problem's page."""


_TEXTS = texts.of("services.gateway")


class ProblemType(Struct, frozen=True, kw_only=True):
    """A kind of problem, known by its slug for ever."""

    status: int
    """The usual HTTP status."""
    title: str
    about: str

    def words(self, locale: Locale) -> Words:
        return Words(_TEXTS.translate(locale, self.title), _TEXTS.translate(locale, self.about))


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


def said(arrival: Arrival, refusal: Refused) -> Problem:
    """A refusal of the gateway's own in the language asked for. A service's has been said in it already."""
    return _TEXTS.problem(arrival.locale, refusal)


def unexpected(arrival: Arrival) -> Problem:
    """What a client learns of a fault of ours: nothing but the reference under which the log has its cause."""
    detail = "Something went wrong on our side. Tell the operator the reference {reference}."
    return said(arrival, Refused("internal-error", detail, status=500, words={"reference": arrival.request_id}))


def not_found() -> Refused:
    return Refused("not-found", "There is nothing at this address; see /docs for all addresses.", status=404)


def method_not_allowed(allowed: str) -> Refused:
    return Refused("method-not-allowed", "This address takes {allowed} only.", status=405, words={"allowed": allowed})


def not_acceptable(offered: str) -> Refused:
    detail = "This address answers {offered} only; say so in Accept."
    return Refused("not-acceptable", detail, status=406, words={"offered": offered})


def status_of(problem: Problem) -> int:
    return problem.status if 400 <= problem.status <= 599 else 500
