"""The directory as of a day, its exports, and a member's page (P5, W3)."""

import asyncio
from datetime import date
from functools import partial

from litestar import Response
from msgspec import Struct

from contracts.membership.members import MemberView
from contracts.membership.profiles import MemberEvent, OfferView
from contracts.membership.words import Role
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Forbidden, Missing
from services.portal.forms import Form, FormRefused
from services.portal.members import exporting, listing
from services.portal.routing import page
from services.portal.visit import Visit

_MEMBERS = "/n/{network:str}/members"
_LONGEST_WORDS = 100


class Rights(Struct, frozen=True, kw_only=True):
    """What the page offers; the API decides all the same (G3)."""

    own: bool
    """The member's own page."""
    edit: bool
    people: bool


def rights(visit: Visit, member: MemberView) -> Rights:
    own = visit.standing is not None and visit.standing.member == member.id
    present = member.left_at is None
    return Rights(
        own=own, edit=present and (own or visit.office), people=present and (own or visit.office or visit.operator)
    )


@page(_MEMBERS)
async def list_members(
    visit: Visit, network: str, on: str | None = None, q: str | None = None, cursor: str | None = None
) -> Response[bytes]:
    words = (q or "").strip()[:_LONGEST_WORDS] or None
    form = Form.of(on=on, q=words)
    day: date | None = None
    status = 200
    try:
        day = listing.read_day(on, visit.now, visit.zone)
    except FormRefused as wrong:
        form, cursor, status = form.with_errors(wrong), None, 422
    found = await visit.api.get(
        Page[MemberView], f"/networks/{network}/members", on=day, q=words, cursor=cursor, limit=50
    )
    return visit.page(
        "members/list.html", status=status, found=found, as_of=day, form=form, today=visit.local(visit.now).date(),
        holder=listing.holder,
    )  # fmt: skip


@page(f"{_MEMBERS}.csv")
async def export_csv(visit: Visit, network: str, on: str | None = None) -> Response[bytes]:
    table, name = await _table(visit, network, on)
    return visit.file(exporting.as_csv(table), f"{name}.csv", "text/csv; charset=utf-8; header=present")


@page(f"{_MEMBERS}.xlsx")
async def export_xlsx(visit: Visit, network: str, on: str | None = None) -> Response[bytes]:
    table, name = await _table(visit, network, on)
    content = await asyncio.to_thread(exporting.as_xlsx, table, visit.house.say(visit.locale, _("Directory")))
    return visit.file(content, f"{name}.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@page(f"{_MEMBERS}.vcf")
async def export_vcards(visit: Visit, network: str, on: str | None = None) -> Response[bytes]:
    members, name = await _everyone(visit, network, on)
    return visit.file(exporting.as_vcards(members), f"{name}.vcf", "text/vcard; charset=utf-8")


async def _table(visit: Visit, network: str, on: str | None) -> tuple[list[list[str]], str]:
    members, name = await _everyone(visit, network, on)
    return exporting.rows(members, partial(visit.house.say, visit.locale), visit.local), name


async def _everyone(visit: Visit, network: str, on: str | None) -> tuple[list[MemberView], str]:
    """The members of the day and the file's name without its ending."""
    day = listing.read_day(on, visit.now, visit.zone)
    members = [member async for member in listing.everyone(visit.api, network, day)]
    return members, f"{network}-{day or visit.local(visit.now).date()}"


@page(f"{_MEMBERS}/{{member:str}}")
async def show(visit: Visit, network: str, member: str) -> Response[bytes]:
    path = f"/networks/{network}/members/{member}"
    found, offers, history = await asyncio.gather(
        visit.api.get(MemberView, path),
        visit.api.get(Page[OfferView], f"/networks/{network}/offers", member=member, limit=200),
        _history(visit, path, None, 5),
    )
    people = [(role, listing.holder(found, role)) for role in (Role.REPRESENTATIVE, Role.DEPUTY)]
    return visit.page(
        "members/member.html", member=found, offers=offers, history=history, people=people, may=rights(visit, found)
    )


@page(f"{_MEMBERS}/{{member:str}}/history")
async def show_history(visit: Visit, network: str, member: str, cursor: str | None = None) -> Response[bytes]:
    path = f"/networks/{network}/members/{member}"
    found, history = await asyncio.gather(visit.api.get(MemberView, path), _history(visit, path, cursor, 50))
    return visit.page("members/history.html", member=found, history=history)


async def _history(visit: Visit, path: str, cursor: str | None, most: int) -> Page[MemberEvent]:
    try:
        return await visit.api.get(Page[MemberEvent], f"{path}/history", cursor=cursor, limit=most)
    except (Missing, Forbidden):
        return Page(items=[])


PAGES = (list_members, export_csv, export_xlsx, export_vcards, show, show_history)
