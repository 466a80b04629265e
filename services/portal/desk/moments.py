"""A moment that somebody enters: a day and a time of day in the network's zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.texts import marked as _
from services.portal import days
from services.portal.forms import Form, FormRefused

_NEVER = _("This time does not exist on that day: the clocks were put forward.")


def read(form: Form, name: str, zone: str) -> datetime:
    """The moment in the fields `‹name›_day` and `‹name›_time`, in UTC. Of a time that occurs twice, when clocks are put
    back, the first. Raises FormRefused."""
    errors: dict[str, str] = {}
    day, at = date.min, time()
    try:
        day = days.day(form.get(f"{name}_day"))
    except days.Unread as unread:
        errors[f"{name}_day"] = unread.sentence
    try:
        at = days.clock(form.get(f"{name}_time"))
    except days.Unread as unread:
        errors[f"{name}_time"] = unread.sentence
    if errors:
        raise FormRefused(errors)
    local = datetime.combine(day, at, ZoneInfo(zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise FormRefused({f"{name}_time": _NEVER})
    return instant


def entries(name: str, local: datetime) -> dict[str, str]:
    """To fill the fields."""
    return {f"{name}_day": local.date().isoformat(), f"{name}_time": local.strftime("%H:%M")}


def next_morning(local: datetime) -> datetime:
    """Nine o'clock of the next day."""
    return (local + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
