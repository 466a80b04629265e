"""Offers of help (W3): found by words, and added, changed or ended on a member's own page."""

from litestar import Response

from contracts.membership.members import MemberView
from contracts.membership.profiles import OfferDetails, OfferView
from contracts.request import Done, Page
from contracts.texts import marked as _
from services.portal.api import EditedMeanwhile, Invalid, Missing
from services.portal.forms import Form, FormRefused
from services.portal.members import listing
from services.portal.members.pages import rights
from services.portal.routing import action, page
from services.portal.showing import WORDS
from services.portal.visit import Visit

_OFFER = "/n/{network:str}/offers/{offer:str}"
_NEW = "/n/{network:str}/members/{member:str}/offers/new"
FIELDS = ("title", "service", "target_groups", "capacity", "area", "opening_hours", "languages", "contact")

WORDS["offer"] = {
    "title": _("Name of the offer"),
    "service": _("What is done"),
    "target_groups": _("For whom"),
    "capacity": _("Places"),
    "area": _("Area"),
    "opening_hours": _("Opening hours"),
    "languages": _("Languages spoken"),
    "contact": _("Contact"),
}


@page("/n/{network:str}/offers")
async def list_offers(
    visit: Visit, network: str, q: str | None = None, on: str | None = None, cursor: str | None = None
) -> Response[bytes]:
    """Words of an offer are no personal data, so that a search can be kept as a bookmark."""
    form, day, status = Form.of(q=q, on=on), None, 200
    try:
        day = listing.read_day(on, visit.now, visit.zone)
    except FormRefused as wrong:
        form, cursor, status = form.with_errors(wrong), None, 422
    words = form.get("q")[:200] or None
    try:
        found = await visit.api.get(
            Page[OfferView], f"/networks/{network}/offers", q=words, on=day, cursor=cursor, limit=50
        )
    except Invalid as wrong:
        found, form, status = Page(items=[]), form.with_errors(wrong), 422
    return visit.page(
        "offers/list.html", status=status, found=found, form=form, words=words, as_of=day,
        today=visit.local(visit.now).date(),
    )  # fmt: skip


@page(_OFFER)
async def edit(visit: Visit, network: str, offer: str) -> Response[bytes]:
    found, member = await _offer(visit, network, offer)
    if not rights(visit, member).edit:
        raise Missing
    return _page(visit, member, _filled(found.details), offer=found, version=found.version)


@action(_OFFER)
async def save(visit: Visit, network: str, offer: str) -> Response[bytes]:
    try:
        body = _read(visit.form)
        found = await visit.api.put(
            OfferView, f"/networks/{network}/offers/{offer}", body, version=visit.form.version, key=visit.form.key
        )
    except EditedMeanwhile:
        theirs, member = await _offer(visit, network, offer)
        return _page(visit, member, visit.form, offer=theirs, version=theirs.version, theirs=theirs, status=412)
    except (FormRefused, Invalid) as wrong:
        known, member = await _offer(visit, network, offer)
        form = visit.form.with_errors(wrong)
        return _page(visit, member, form, offer=known, version=visit.form.version, status=422)
    await visit.say(_("The offer was saved."))
    return visit.go(f"{visit.home}/members/{found.member}#offers-title")


@action(f"{_OFFER}/end")
async def end(visit: Visit, network: str, offer: str) -> Response[bytes]:
    """It stays in the history. Whoever saw an older version sees the newer one first."""
    found, member = await _offer(visit, network, offer)
    try:
        path = f"/networks/{network}/offers/{offer}"
        await visit.api.delete(Done, path, version=visit.form.version, key=visit.form.key)
    except EditedMeanwhile:
        form = _filled(found.details)
        form.errors[""] = _("Somebody else has changed the offer meanwhile. Look at it again before you end it.")
        return _page(visit, member, form, offer=found, version=found.version, status=412)
    await visit.say(_("The offer was ended. It stays in the history."))
    return visit.go(f"{visit.home}/members/{found.member}#offers-title")


@page(_NEW)
async def begin(visit: Visit, network: str, member: str) -> Response[bytes]:
    found = await _member(visit, network, member)
    if not rights(visit, found).edit:
        raise Missing
    return _page(visit, found, Form())


@action(_NEW)
async def add(visit: Visit, network: str, member: str) -> Response[bytes]:
    try:
        body = _read(visit.form)
        await visit.api.post(OfferView, f"/networks/{network}/members/{member}/offers", body, key=visit.form.key)
    except (FormRefused, Invalid) as wrong:
        return _page(visit, await _member(visit, network, member), visit.form.with_errors(wrong), status=422)
    await visit.say(_("The offer was added."))
    return visit.go(f"{visit.home}/members/{member}#offers-title")


def _read(form: Form) -> OfferDetails:
    """Raises FormRefused."""
    form.demand(title=_("Enter the name of the offer."), service=_("Enter what is done, in a word or two."))
    return form.read(OfferDetails)


def _filled(details: OfferDetails) -> Form:
    joined = {name: "\n".join(getattr(details, name)) for name in ("target_groups", "languages")}
    return Form.of(**({name: getattr(details, name) for name in FIELDS} | joined))


async def _offer(visit: Visit, network: str, offer: str) -> tuple[OfferView, MemberView]:
    found = await visit.api.get(OfferView, f"/networks/{network}/offers/{offer}")
    return found, await _member(visit, network, found.member)


async def _member(visit: Visit, network: str, member: str) -> MemberView:
    return await visit.api.get(MemberView, f"/networks/{network}/members/{member}")


def _page(
    visit: Visit, member: MemberView, form: Form, *, offer: OfferView | None = None, version: int | None = None,
    theirs: OfferView | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    both = [] if theirs is None else _both(_filled(theirs.details), form)
    return visit.page(
        "offers/offer.html", status=status, member=member, offer=offer, form=form, version=version, both=both
    )


def _both(theirs: Form, mine: Form) -> list[tuple[str, str, str]]:
    """Field, what stands there now, what was written."""
    return [(name, theirs.get(name), mine.get(name)) for name in FIELDS]


PAGES = (list_offers, begin, add, edit, save, end)
