"""Time left, and the parts of a tally, as pages show them."""

from datetime import datetime, timedelta

from msgspec import Struct

from contracts.membership.words import Choice, Motion, Tally
from contracts.texts import Marked
from contracts.texts import marked as _
from services.portal.rendering import TEXTS
from services.portal.showing import WORDS

SOON = timedelta(days=3)
_DAY, _HOUR = 86_400, 3_600


def time_left(locale: str, ends_at: datetime, now: datetime) -> str:
    """`2 days left`, below two days in hours, below two hours in minutes; rounded down."""
    seconds = int((ends_at - now).total_seconds())
    if seconds <= 0:
        return TEXTS.translate(locale, _("The time is over"))
    if seconds >= 2 * _DAY:
        return TEXTS.plural(locale, "{n} day left", "{n} days left", seconds // _DAY)
    if seconds >= 2 * _HOUR:
        return TEXTS.plural(locale, "{n} hour left", "{n} hours left", seconds // _HOUR)
    return TEXTS.plural(locale, "{n} minute left", "{n} minutes left", max(seconds // 60, 1))


def soon(ends_at: datetime, now: datetime) -> bool:
    return timedelta() < ends_at - now < SOON


class Part(Struct, frozen=True, kw_only=True):
    """One answer's part of a bar of 1000 units."""

    label: Marked
    kind: str
    count: int
    percent: int
    start: int
    width: int


def parts(tally: Tally, motion: Motion, *, over: bool = False) -> list[Part]:
    """The answers that this motion knows, in the order yes, no, abstention, silence; together 1000 units. `over`:
    nobody can answer any more."""
    yes, no = (Choice.NO_OBJECTION, Choice.OBJECT) if motion is Motion.OBJECTION else (Choice.APPROVE, Choice.REJECT)
    counted = (
        (WORDS["choice"][yes], "yes", _count(tally, yes)),
        (WORDS["choice"][no], "no", _count(tally, no)),
        (WORDS["choice"][Choice.ABSTAIN], "abstain", tally.abstain),
        (_("No answer") if over else _("No answer yet"), "open", tally.silent),
    )
    whole = max(tally.electorate, 1)
    found, before = [], 0
    for label, kind, count in counted:
        start, end = 1000 * before // whole, 1000 * (before + count) // whole
        percent = round(100 * count / whole)
        found.append(Part(label=Marked(label), kind=kind, count=count, percent=percent, start=start, width=end - start))
        before += count
    return found


def _count(tally: Tally, choice: Choice) -> int:
    count: int = getattr(tally, choice.value.replace("-", "_"))
    return count
