"""A moment that somebody enters: a day and a time of day in the network's zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.texts import marked as _
from services.portal.forms import Form, FormRefused

_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\Z")
_NO_DAY = _("Enter a day, for example 11.12.2026.")
_NO_TIME = _("Enter a time of day, for example 09:30.")
_NEVER = _("This time does not exist on that day: the clocks were put forward.")


def read(form: Form, name: str, zone: str) -> datetime:
    """The moment in the fields `‹name›_day` and `‹name›_time`, in UTC. Of a time that occurs twice, when clocks are put
    back, the first. Raises FormRefused."""
    day, clock_time = _day(form.get(f"{name}_day")), _time(form.get(f"{name}_time"))
    errors: dict[str, str] = {}
    if day is None:
        errors[f"{name}_day"] = _NO_DAY
    if clock_time is None:
        errors[f"{name}_time"] = _NO_TIME
    if day is None or clock_time is None:
        raise FormRefused(errors)
    local = datetime.combine(day, clock_time, ZoneInfo(zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise FormRefused({f"{name}_time": _NEVER})
    return instant


def _day(text: str) -> date | None:
    """As browsers send it (ISO 8601), or as people write it."""
    german = _DAY.match(text)
    try:
        if german:
            return date(int(german[3]), int(german[2]), int(german[1]))
        return date.fromisoformat(text)
    except ValueError:
        return None


def _time(text: str) -> time | None:
    try:
        found = time.fromisoformat(text.replace(".", ":"))
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def entries(name: str, local: datetime) -> dict[str, str]:
    """To fill the fields."""
    return {f"{name}_day": local.date().isoformat(), f"{name}_time": local.strftime("%H:%M")}


def next_morning(local: datetime) -> datetime:
    """Nine o'clock of the next day."""
    return (local + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
