"""When a member's window ends, and why (T1, T6), and when it is reminded (N6). Pure: the calendar is passed in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from msgspec import Struct

from contracts.membership.windows import Step, StepKind, Window
from contracts.request import Refused
from contracts.texts import Phrase, ShortDay, Zone, phrase
from services.membership.charter.rules import Charter
from services.membership.windows.counting import COUNTINGS, Counting


class Calendar(Struct, frozen=True, kw_only=True):
    """The closed days of one region, as they were known in one version (B8)."""

    region: str
    version: str
    """Names the library's and the table's version."""
    first_year: int
    last_year: int
    closed: Mapping[date, str]
    """Day → its name in the region's language. Saturdays and Sundays are closed without being listed."""

    def covers(self, day: date) -> bool:
        return self.first_year <= day.year <= self.last_year

    def works(self, day: date) -> bool:
        """Whether the day is neither Saturday, Sunday nor closed. Refuses days beyond the table."""
        if not self.covers(day):
            raise self.ends()
        return day.weekday() < 5 and day not in self.closed

    def ends(self) -> Refused:
        """The refusal for a day that the table does not know."""
        detail = (
            "The holiday calendar {version} covers the years {first} to {last}; no window outside them can be computed."
        )
        words = {"version": self.version, "first": self.first_year, "last": self.last_year}
        return Refused("calendar-ends", detail, status=422, words=words)


Say = Callable[[Phrase], str]
"""Says a step in the reader's language."""


def unsaid(_: Phrase) -> str:
    """For those who want the window without its explanation."""
    return ""


def window(
    received_at: datetime, charter: Charter, calendar: Calendar, say: Say = unsaid, *, days: int | None = None
) -> Window:
    """The window that starts with a receipt. `days` None: the length of the charter's admission ballot.

    `ends_at` carries the zone's offset at that instant; `received_at` too. Refuses naive moments
    (`moment-without-zone`) and years beyond the calendar (`calendar-ends`).
    """
    length = charter.admission.window_days if days is None else days
    return span(received_at, length, charter.time.zone, COUNTINGS[charter.time.counting], calendar, say)


def span(
    received_at: datetime, length: int, zone_name: str, counting: Counting, calendar: Calendar, say: Say = unsaid
) -> Window:
    """As `window`, from the single terms that a ballot keeps (B8). `length` in days, at least 1."""
    zone = ZoneInfo(zone_name)
    received = _local(received_at, zone, calendar)
    first_end = received.date() + timedelta(length)
    counted = _prolonged(received.date(), length, counting, calendar)
    last = _moved(counted, length, counting, calendar)
    ends = start_of_day(last + timedelta(1), zone)
    steps = [
        _received(received, counting),
        _Why("not-counted", received.date(), counting.not_counted, _not_counted(received.date())),
        _Why("counted", first_end, counting.counted, _counted(length, first_end)),
        *_prolonging(first_end, counted, counting),
        *_moving(counted, last, counting, calendar),
        _end(last, (ends - timedelta(seconds=1)).astimezone(zone), counting),
    ]
    return Window(received_at=_fixed(received), last_day=last, ends_at=ends, steps=[_step(why, say) for why in steps])


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, also where clocks skip or repeat midnight; with a fixed offset."""
    # By way of UTC: a midnight that the clocks skip becomes the instant of the change.
    instant = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    return _fixed(instant.astimezone(zone))


def reminders(window: Window, days: Sequence[int], at: time, zone_name: str) -> list[datetime]:
    """When a member with a running window is reminded (N6), UTC, ascending.

    On the charter's days after the receipt and on the last morning; only inside the window.
    """
    zone = ZoneInfo(zone_name)
    received = window.received_at.astimezone(zone).date()
    mornings = {received + timedelta(count) for count in days} | {window.last_day}
    return _inside([_at(day, at, zone) for day in mornings], window.received_at, window.ends_at)


def nudges(opened_at: datetime, days: Sequence[int], at: time, zone_name: str) -> list[datetime]:
    """When members without receipt are asked again to confirm it: days after the announcement, UTC, ascending."""
    zone = ZoneInfo(zone_name)
    opened = opened_at.astimezone(zone).date()
    return _inside([_at(opened + timedelta(count), at, zone) for count in days], opened_at, None)


def _inside(moments: Sequence[datetime], after: datetime, before: datetime | None) -> list[datetime]:
    return sorted({moment for moment in moments if after < moment and (before is None or moment < before)})


def _at(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _fixed(moment: datetime) -> datetime:
    # Two moments with the same ZoneInfo compare by wall clock, which is wrong in the repeated hour of October.
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta(), moment.tzname() or ""))


def _local(received_at: datetime, zone: ZoneInfo, calendar: Calendar) -> datetime:
    if received_at.tzinfo is None:
        raise Refused(
            "moment-without-zone", "A moment of receipt needs a time zone, as in 2026-12-11T10:00:00+01:00.", status=422
        )
    if not calendar.first_year - 1 <= received_at.year <= calendar.last_year + 1:
        raise calendar.ends()  # before any arithmetic: year 1 and year 9999 would overflow
    received = received_at.astimezone(zone)
    if not calendar.covers(received.date()):
        raise calendar.ends()
    return received


def _prolonged(received: date, length: int, counting: Counting, calendar: Calendar) -> date:
    """The end before it is moved: later than counted only where the law wants working days in the window."""
    counted = received + timedelta(length)
    if not _is_moved(length, counting) or length < counting.working_days_from or not counting.working_days:
        return counted
    day, working = received, 0
    while working < counting.working_days:
        day += timedelta(1)
        working += calendar.works(day)
    return max(counted, day)


def _moved(counted: date, length: int, counting: Counting, calendar: Calendar) -> date:
    if not calendar.covers(counted):
        raise calendar.ends()
    last = counted
    while _is_moved(length, counting) and not calendar.works(last):
        last += timedelta(1)
    return last


def _is_moved(length: int, counting: Counting) -> bool:
    return counting.longest_moved is None or length <= counting.longest_moved


class _Why(Struct, frozen=True):
    """One step of the way to the end."""

    kind: StepKind
    day: date
    source: str
    says: Phrase


def _received(received: datetime, counting: Counting) -> _Why:
    clock, zone = received.time().replace(second=0, microsecond=0), Zone(received.tzname() or "")
    says = phrase("received {day}, {clock} {zone}", day=ShortDay(received.date()), clock=clock, zone=zone)
    return _Why("received", received.date(), counting.received, says)


def _not_counted(day: date) -> Phrase:
    return phrase("the day of receipt ({day}) is not counted", day=ShortDay(day))


def _counted(count: int, day: date) -> Phrase:
    return phrase("day {count} is {day}", count=count, day=ShortDay(day))


def _end(last: date, last_second: datetime, counting: Counting) -> _Why:
    """Shown as 23:59 of the last day, never as midnight (T6)."""
    says = phrase(
        "the window ends {day}, {clock} {zone} (with the end of that day)",
        day=ShortDay(last), clock=time(23, 59), zone=Zone(last_second.tzname() or ""),
    )  # fmt: skip
    return _Why("ends", last, counting.counted, says)


def _prolonging(first_end: date, counted: date, counting: Counting) -> Iterator[_Why]:
    if counted > first_end:
        says = phrase(
            "prolonged to working day {count} of the window: {day}", count=counting.working_days, day=ShortDay(counted)
        )
        yield _Why("counted", counted, counting.enough_days, says)


def _moving(counted: date, last: date, counting: Counting, calendar: Calendar) -> Iterator[_Why]:
    day = counted
    while day < last:
        yield _closed_day(day, counting, calendar)
        day += timedelta(1)


def _closed_day(day: date, counting: Counting, calendar: Calendar) -> _Why:
    name, saturday, shown = calendar.closed.get(day), day.weekday() == 5, ShortDay(day)
    if name is None:
        says = phrase("{day} is a Saturday", day=shown) if saturday else phrase("{day} is a Sunday", day=shown)
        return _Why("weekend", day, counting.moved, says)
    if day.weekday() < 5:
        says = phrase("{day} is a public holiday ({name})", day=shown, name=name)
        return _Why("holiday", day, counting.moved, says)
    on_saturday = phrase("{day} is a Saturday and a public holiday ({name})", day=shown, name=name)
    on_sunday = phrase("{day} is a Sunday and a public holiday ({name})", day=shown, name=name)
    return _Why("holiday", day, counting.moved, on_saturday if saturday else on_sunday)


def _step(why: _Why, say: Say) -> Step:
    return Step(kind=why.kind, day=why.day, text=say(why.says), source=why.source)
