"""The directory, whole or by pages (W3)."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from contracts.membership.kinds import KINDS
from contracts.membership.members import MemberView, Representation
from contracts.membership.words import Role
from contracts.request import Page
from contracts.texts import marked as _
from services.portal import days
from services.portal.api import Api
from services.portal.forms import FormRefused
from services.portal.showing import WORDS

WORDS["memberkind"] = dict(KINDS)
WORDS["historykind"] = {
    "joined": _("Joined"),
    "left": _("Left"),
    "representation": _("People"),
    "profile": _("Profile"),
    "offer-added": _("Offer added"),
    "offer-edited": _("Offer changed"),
    "offer-ended": _("Offer ended"),
    "office": _("Coordinating office"),
}


async def everyone(api: Api, network: str, on: date | None) -> AsyncIterator[MemberView]:
    """The whole directory as of the end of a day; None: now."""
    cursor = None
    while True:
        found = await api.get(Page[MemberView], f"/networks/{network}/members", on=on, cursor=cursor, limit=200)
        for member in found.items:
            yield member
        if found.next is None:
            return
        cursor = found.next


def holder(member: MemberView, role: Role) -> Representation | None:
    """Who has this function today."""
    return next((one for one in member.representations if one.role == role), None)


def read_day(written: str | None, now: datetime, zone: str) -> date | None:
    """The day asked for; None: today. Raises FormRefused for what is no day, or one to come."""
    if not written:
        return None
    try:
        found = days.day(written)
    except days.Unread as unread:
        raise FormRefused({"on": unread.sentence}) from None
    today = now.astimezone(ZoneInfo(zone)).date()
    if found > today:
        raise FormRefused({"on": _("Choose today or a day in the past.")})
    if found.year < 2000:
        raise FormRefused({"on": _("Choose a day after 1999.")})
    return None if found == today else found
