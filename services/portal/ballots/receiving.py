"""Confirming receipt in the portal: the notice is opened, and the window follows from that fact (T1, T3)."""

import asyncio

from contracts.membership.ballots import BallotView
from contracts.notifications.notices import Notice
from contracts.notifications.words import Purpose
from contracts.request import Page
from services.portal.api import Api

BALLOT = frozenset({Purpose.ADMISSION_BALLOT, Purpose.EXCLUSION_BALLOT})
_WAITS = (0.05, 0.1, 0.15, 0.25, 0.4, 0.6)
"""Seconds between looks for the window: membership hears of the opening over the bus."""


async def notice_for(
    api: Api, network: str, about: str, member: str, purposes: frozenset[Purpose] = BALLOT
) -> Notice | None:
    """The member's own notice about this, the newest; None: nothing was sent to it yet."""
    cursor = None
    while True:
        found = await api.get(Page[Notice], f"/networks/{network}/notices", about=about, limit=200, cursor=cursor)
        for notice in found.items:
            if notice.member == member and notice.purpose in purposes:
                return notice
        if found.next is None:
            return None
        cursor = found.next


async def open_notice(api: Api, network: str, ballot: str, notice: Notice, member: str, key: str | None) -> bool:
    """Whether the member's window is there already."""
    await api.post(Notice, f"/networks/{network}/notices/{notice.id}/opening", key=key)
    for wait in _WAITS:
        await asyncio.sleep(wait)
        found = await api.get(BallotView, f"/networks/{network}/ballots/{ballot}")
        if any(elector.member == member and elector.window for elector in found.electors):
            return True
    return False
