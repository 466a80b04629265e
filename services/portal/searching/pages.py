"""Search (P9), within the person's rights. The words go in the body of a form: they may be somebody's name, and names
stay out of addresses, histories and logs."""

from collections.abc import Callable

from litestar import Response

from contracts.membership.desk import Hit
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Invalid
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.showing import WORDS
from services.portal.visit import Visit

WORDS["hit"] = {
    "member": _("Member"),
    "former-member": _("Former member"),
    "person": _("Person"),
    "offer": _("Offer"),
    "application": _("Application"),
    "exclusion": _("Exclusion"),
    "ballot": _("Ballot"),
}


@page("/n/{network:str}/search")
async def begin(visit: Visit, network: str) -> Response[bytes]:  # noqa: ARG001 - of the address
    return visit.page("searching/search.html", found=None)


@action("/n/{network:str}/search")
async def search(visit: Visit, network: str) -> Response[bytes]:
    form = visit.form
    try:
        cursor = form.get("cursor") or None
        found = await visit.api.get(Page[Hit], f"/networks/{network}/search", q=_words(form), cursor=cursor, limit=25)
    except (FormRefused, Invalid) as wrong:
        return visit.page("searching/search.html", status=422, found=None, form=form.with_errors(wrong))
    return visit.page("searching/search.html", found=found, form=Form.of(q=form.get("q")), href=_href(visit))


def _words(form: Form) -> str:
    """Raises FormRefused."""
    words = form.get("q")
    if not 2 <= len(words) <= 100:
        raise FormRefused({"q": _("Enter 2 to 100 characters.")})
    return words


def _href(visit: Visit) -> Callable[[Hit], str]:
    """Where a hit leads."""

    def to(hit: Hit) -> str:
        match hit.kind:
            case "member" | "former-member":
                return f"{visit.home}/members/{hit.id}"
            case "person" | "offer":
                return f"{visit.home}/members/{hit.member}"
            case "ballot":
                return f"{visit.home}/ballots/{hit.id}"
            case "exclusion":
                return f"{visit.home}/exclusions/{hit.id}"
            case _:
                return f"{visit.home}/applications/{hit.id}"

    return to


PAGES = (begin, search)
