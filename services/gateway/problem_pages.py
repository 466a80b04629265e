"""Refusals as pages for people, and the page behind each problem's `type`."""

from contracts.request import Problem
from services.gateway.arrival import Arrival, Header, Receive, Scope, Send
from services.gateway.refusals import (
    MEDIA_TYPE,
    document_bytes,
    headers_of,
    not_found,
    problem_types,
    status_of,
    title_of,
)
from services.gateway.rendering import HTML, page_headers, render, send_page


async def answer_problem(arrival: Arrival, send: Send, problem: Problem, more: tuple[Header, ...] = ()) -> None:
    """A problem document, or a page if a browser asks."""
    status, body, content_type, headers = problem_answer(arrival, problem)
    await arrival.respond(send, status, body, content_type, [*headers, *more])


def problem_answer(arrival: Arrival, problem: Problem) -> tuple[int, bytes, bytes, list[Header]]:
    """Status, body, content type and own headers of a refusal."""
    own = headers_of(problem)
    if not wants_page(arrival):
        return (
            status_of(problem),
            document_bytes(problem, arrival),
            MEDIA_TYPE,
            [(b"content-language", arrival.locale.encode()), *own],
        )
    kind = problem_types().get(problem.slug)
    page = render(
        "problem.html",
        arrival.locale,
        title=title_of(problem.slug, arrival.locale),
        about=kind.words(arrival.locale).about if kind else "",
        problem=problem,
        reference=arrival.request_id,
    )
    return status_of(problem), page, HTML, [*page_headers(arrival.locale), *own]


def wants_page(arrival: Arrival) -> bool:
    """True for browsers, which name text/html; programs that take anything get JSON."""
    return b"text/html" in arrival.headers.get(b"accept", b"") and arrival.accepts(b"text/html")


async def show_problem_type(arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """`/problems/{slug}`."""
    slug = scope["path_params"]["slug"]
    kind = problem_types().get(slug)
    if kind is None:
        raise not_found()
    page = render("problem_type.html", arrival.locale, slug=slug, kind=kind, words=kind.words(arrival.locale))
    await send_page(arrival, send, 200, page, arrival.locale)


async def list_problem_types(arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """`/problems`."""
    page = render("problem_types.html", arrival.locale, kinds=sorted(problem_types().items()))
    await send_page(arrival, send, 200, page, arrival.locale)
