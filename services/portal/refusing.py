"""What the API refuses and no page foresaw, as pages that say what happened and what to do now."""

from typing import Any

from litestar import Response

from services.chassis import telemetry
from services.portal.addresses import waiting, with_query
from services.portal.api import Away, EditedMeanwhile, Forbidden, Missing, Rejected, SignInNeeded, TooMany
from services.portal.forms import FormRefused
from services.portal.visit import HTML, Visit

LEFT = frozenset({"not-authorised", "member-left", "not-a-member"})
"""Slugs after which the portal asks at once for whom the person speaks (L3)."""


async def answer(visit: Visit, refused: Rejected) -> Response[Any]:
    """A part of a page that its script fetches: the whole page is loaded anew and then says it (L3)."""
    if visit.from_script and refused.status < 500:
        visit.headers["HX-Refresh"] = "true"
        return Response(b"", status_code=refused.status, media_type=HTML, headers=visit.headers)
    if isinstance(refused, SignInNeeded):
        return await sign_in_again(visit)
    if isinstance(refused, Forbidden) or refused.slug in LEFT:
        return await _forbidden(visit, refused)
    template = _template(refused)
    return visit.page(template, status=refused.status, refused=refused)


async def sign_in_again(visit: Visit) -> Response[Any]:
    """To the sign-in and back to this page; what was written in a form waits there."""
    if visit.method == "POST" and visit.form:  # kept while it is still known whose it is
        await visit.keep_entries(waiting(visit.place), visit.form.entries)
    if visit.session is not None:  # the API does not accept the token any more
        await visit.house.sessions.end(visit.session)
    visit.session = None
    visit.cookies.append(visit.house.cookies.gone("fallnetz"))
    return visit.go(with_query("/sign-in", {"next": visit.place, "again": "1" if visit.method == "POST" else None}))


async def _forbidden(visit: Visit, refused: Rejected) -> Response[Any]:
    network = visit.network
    if network is not None and visit.session is not None:
        await visit.look_again()
        if visit.session.person.network(network.id) is None:
            visit.network = None
            return visit.page("shell/left.html", status=403, name=network.name)
    return visit.page("shell/forbidden.html", status=403, refused=refused)


def _template(refused: Rejected) -> str:
    match refused:
        case Missing():
            return "shell/missing.html"
        case EditedMeanwhile():
            return "shell/edited_meanwhile.html"
        case TooMany():
            return "shell/too_many.html"
        case Away():
            return "shell/away.html"
        case _:
            return "shell/refused.html"


def malformed(visit: Visit, refused: FormRefused) -> Response[Any]:
    """A form that no page of ours would send."""
    sentence = next(iter(refused.errors.values()), "")
    return visit.page("shell/malformed.html", status=422, sentence=sentence)


def failed(visit: Visit, error: BaseException) -> Response[Any]:
    """A fault of ours. The log has the cause, the page its reference."""
    telemetry.log_error("request-failed", error, reference=visit.request_id)
    return visit.page("shell/failed.html", status=500)
