"""What the rules demand, worked out by the demo itself: nothing of the services' engine is used here.

Terms of the Bielefeld agreement: § 6 (objection by more than 50 %, exclusion by more than 75 %, fourteen days from each
receipt); BGB §§ 187 (1), 188 (1), 193 in North Rhine-Westphalia.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from services.cli.recount import calendar

ZONE = ZoneInfo("Europe/Berlin")
REGION = "DE-NW"
WINDOW_DAYS = 14
MORE_THAN_HALF = Fraction(1, 2)
MORE_THAN_THREE_QUARTERS = Fraction(3, 4)
REMINDER_DAYS = (3, 7, 12)
MORNING = time(8)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment as the network's people say it."""
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


def needed(electorate: int, share: Fraction) -> int:
    """B2: the smallest count that exceeds the share."""
    return electorate * share.numerator // share.denominator + 1


def window(received_at: datetime) -> tuple[date, datetime]:
    """T1: (last day, first instant after the window, UTC)."""
    return calendar.window(REGION, ZONE, received_at, WINDOW_DAYS)


def decided_at(receipts: Iterable[datetime]) -> datetime:
    """T2: the end of the last elector's window."""
    return max(window(received_at)[1] for received_at in receipts)


def reminders(received_at: datetime) -> list[datetime]:
    """N6: mornings of days 3, 7 and 12 after receipt, and of the last day."""
    received, last = received_at.astimezone(ZONE).date(), window(received_at)[0]
    days = {received + timedelta(count) for count in REMINDER_DAYS} | {last}
    return [datetime.combine(day, MORNING, ZONE).astimezone(UTC) for day in sorted(days) if day <= last]


def objection_passes(objections: int, electorate: int) -> bool:
    """B1: silence is consent."""
    return objections < needed(electorate, MORE_THAN_HALF)


def approval_passes(approvals: int, electorate: int) -> bool:
    """B1: silence is no."""
    return approvals >= needed(electorate, MORE_THAN_THREE_QUARTERS)
