"""The coordinating office (O1): handed over to another member, or given to one while it is vacant (L4)."""

from litestar import Response

from contracts.membership.members import MemberView
from contracts.membership.networks import NetworkView, OfficeHolder
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Invalid, Missing, Rejected
from services.portal.forms import Form
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/office"


@page(_DESK)
async def choose(visit: Visit, network: str, cursor: str | None = None) -> Response[bytes]:
    return await _form(visit, network, cursor=cursor)


async def _form(
    visit: Visit, network: str, form: Form | None = None, cursor: str | None = None, status: int = 200
) -> Response[bytes]:
    if not (visit.office or visit.operator):
        raise Missing
    found = await visit.api.get(NetworkView, f"/networks/{network}")
    members = await visit.api.get(Page[MemberView], f"/networks/{network}/members", cursor=cursor, limit=50)
    holder = next((member for member in members.items if member.id == found.office), None)
    if holder is None and found.office is not None:
        holder = await visit.api.get(MemberView, f"/networks/{network}/members/{found.office}")
    may = visit.office or (visit.operator and found.office is None)
    return visit.page(
        "desk/office.html", status=status, found=found, members=members, holder=holder, may=may, form=form or Form()
    )


@action(_DESK)
async def hand_over(visit: Visit, network: str) -> Response[bytes]:
    form = visit.form
    chosen = form.get("member")
    if not chosen:
        form.errors["member"] = _("Choose the member that is to hold the office.")
        return await _form(visit, network, form, status=422)
    if form.get("sure") != "yes":
        member = await visit.api.get(MemberView, f"/networks/{network}/members/{chosen}")
        return visit.page("desk/office_check.html", member=member, form=form)
    try:
        body = OfficeHolder(member=chosen)  # type: ignore[arg-type]
        await visit.api.post(NetworkView, f"/networks/{network}/office", body, key=form.key)
    except (Invalid, Missing) as refused:
        return await _form(visit, network, form.with_errors(refused), status=422)
    except Rejected as refused:
        if refused.status != 409:
            raise
        return await _form(visit, network, form.with_errors(refused), status=409)
    handed_over = visit.office
    await visit.look_again()
    await visit.say(_("The office has been handed over.") if handed_over else _("The office has been appointed."))
    return visit.go(f"/n/{network}/desk" if visit.office or visit.operator else f"/n/{network}")


PAGES = (choose, hand_over)
