"""The names behind ids that lists of tasks and notices give."""

import asyncio
from collections.abc import Iterable

from contracts.membership.desk import Procedure
from contracts.membership.members import MemberView
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
