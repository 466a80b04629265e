"""Kinds of messages, what a person's wishes make of one, and when the quiet hours end (N2). Pure.

A legally relevant notice cannot be switched off and is not held back: it sets periods going. It can go to another
address, once that address was confirmed.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from contracts.notifications.settings import Kind, Preferences
from contracts.notifications.words import Purpose

KINDS: dict[Purpose, Kind] = {
    Purpose.ADMISSION_BALLOT: Kind.LEGAL,
    Purpose.EXCLUSION_BALLOT: Kind.LEGAL,
    Purpose.RECEIPT_REMINDER: Kind.LEGAL,
    Purpose.EXCLUSION_MESSAGE: Kind.LEGAL,
    Purpose.BALLOT_REMINDER: Kind.REMINDERS,
    Purpose.BALLOT_RESULT: Kind.RESULTS,
    Purpose.RESIGNATION: Kind.RESULTS,
    Purpose.DIRECTORY: Kind.DIRECTORY,
    Purpose.OFFICE_TASK: Kind.OFFICE,
}
"""Of all messages that a person of a member can get. Those to applicants, invitations and the confirmation of another
address have no kind: they are asked for and always sent."""


class Wishes(Struct, frozen=True, kw_only=True):
    """What one person wishes in one network; version 0: nothing was ever set."""

    version: int = 0
    preferences: Preferences = Preferences()
    redirect_asked: int = 0
    """The version that brought the other address: only the link of that one confirms it."""
    redirect_confirmed: bool = False
    redirect_sent_at: datetime | None = None
    """When a link to confirm another address was last asked for, by real time."""


def by_email(purpose: Purpose, wishes: Preferences) -> bool:
    """False: the message only stands in the portal."""
    kind = KINDS.get(purpose)
    if kind is None or kind is Kind.LEGAL:
        return True
    return all(wish.email for wish in wishes.kinds if wish.kind is kind)


def redirected(purpose: Purpose, wishes: Preferences, *, confirmed: bool) -> str | None:
    """The other address, where this message goes there."""
    return wishes.redirect_to if confirmed and KINDS.get(purpose) is Kind.LEGAL else None


def quiet_until(purpose: Purpose, wishes: Preferences, now: datetime, zone: str) -> datetime | None:
    """The end of the quiet hours that hold the message back at `now`; None: it can go. `zone`: the network's, IANA."""
    if KINDS.get(purpose) in (None, Kind.LEGAL) or wishes.quiet_from is None or wishes.quiet_until is None:
        return None
    local = now.astimezone(ZoneInfo(zone))
    if not _within(local.time(), wishes.quiet_from, wishes.quiet_until):
        return None
    day = local.date() if local.time() < wishes.quiet_until else local.date() + timedelta(days=1)
    return datetime.combine(day, wishes.quiet_until, ZoneInfo(zone))


def _within(at: time, begin: time, end: time) -> bool:
    """Half-open, over midnight where the end comes before the beginning."""
    return begin <= at < end if begin <= end else at >= begin or at < end
