"""The names behind ids that lists of tasks and notices give."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from contracts.membership.admission import ApplicationView
from contracts.membership.desk import Procedure
from contracts.membership.members import MemberView
from contracts.notifications.notices import Mailing, Notice
from contracts.request import Page
from services.portal.api import Forbidden, Missing
from services.portal.visit import Visit


async def of_members(visit: Visit, network: str, wanted: Iterable[str | None]) -> dict[str, str]:
    """By id; from the directory first, then one by one those who have left or stand further back."""
    ids = {one for one in wanted if one}
    if not ids:
        return {}
    page = await visit.api.get(Page[MemberView], f"/networks/{network}/members", limit=200)
    found: dict[str, str] = {member.id: member.name for member in page.items}
    rest = await asyncio.gather(*(_one(visit, network, member) for member in sorted(ids - found.keys())[:50]))
    return found | {member.id: member.name for member in rest if member is not None}


class Subject(Struct, frozen=True, kw_only=True):
    """What a notice or a mailing is about."""

    name: str
    address: str
    """Of its page behind the network's home; empty: there is none."""


Told = Notice | Mailing


async def of_subjects(visit: Visit, network: str, told: Sequence[Told]) -> dict[str, Subject]:
    """By the id that each is about: the applicant, the member concerned, or the network where it is about that."""
    applications = sorted({str(one.application) for one in told if one.application} | _of_kind(told, "app_"))
    found = await asyncio.gather(*(_application(visit, network, one) for one in applications))
    applicants: dict[str, str] = {one.id: one.name for one in found if one is not None}
    concerned = {one.concerned for one in told if one.concerned} | _of_kind(told, "mem_")
    members = await of_members(visit, network, concerned)
    return {one.about: subject for one in told if (subject := _subject(one, applicants, members)) is not None}


def _of_kind(told: Sequence[Told], prefix: str) -> set[str]:
    return {one.about for one in told if one.about.startswith(prefix)}


def _subject(one: Told, applicants: Mapping[str, str], members: Mapping[str, str]) -> Subject | None:
    application = one.application or (one.about if one.about.startswith("app_") else None)
    if application is not None:
        return Subject(name=applicants.get(application, ""), address=f"/desk/admissions/{application}")
    member = one.concerned or (one.about if one.about.startswith("mem_") else None)
    if member is None:
        return None
    address = f"/members/{member}"
    if one.about.startswith("exc_"):
        address = f"/desk/exclusions/{one.about}"
    elif one.about.startswith("bal_"):
        address = f"/ballots/{one.about}"
    return Subject(name=members.get(member, ""), address=address)


async def _application(visit: Visit, network: str, application: str) -> ApplicationView | None:
    try:
        return await visit.api.get(ApplicationView, f"/networks/{network}/applications/{application}")
    except (Missing, Forbidden):
        return None


async def _one(visit: Visit, network: str, member: str) -> MemberView | None:
    try:
        return await visit.api.get(MemberView, f"/networks/{network}/members/{member}")
    except (Missing, Forbidden):
        return None


def of_procedures(procedures: Iterable[Procedure]) -> dict[str, str]:
    """By the id of the procedure and of its ballot."""
    found: dict[str, str] = {}
    for procedure in procedures:
        found[procedure.id] = procedure.name
        if procedure.ballot is not None:
            found[procedure.ballot] = procedure.name
    return found
