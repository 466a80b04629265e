"""Dates, times, numbers and durations as people write them in each language. Sources: CLDR through Babel; the Danish
and Dutch patterns follow Dansk Sprognævn and the Taalunie, the German ones DIN 5008."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

Locale = Literal["de", "en", "nl", "da"]
LOCALES: Final[tuple[Locale, ...]] = get_args(Locale)
_CLDR = {"de": "de", "en": "en_GB", "nl": "nl", "da": "da"}
_DAY = {"de": "EEEE, d. MMMM y", "en": "EEEE, d MMMM y", "nl": "EEEE d MMMM y", "da": "EEEE 'den' d. MMMM y"}
_DATE = {"de": "d. MMMM y", "en": "d MMMM y", "nl": "d MMMM y", "da": "d. MMMM y"}
_SHORT_MONTHS = {
    "de": ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "nl": ("jan.", "feb.", "mrt.", "apr.", "mei", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "dec."),
    "da": ("jan.", "feb.", "marts", "apr.", "maj", "juni", "juli", "aug.", "sept.", "okt.", "nov.", "dec."),
}
_SHORT_DAYS = {
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "nl": ("ma", "di", "wo", "do", "vr", "za", "zo"),
    "da": ("man.", "tirs.", "ons.", "tors.", "fre.", "lør.", "søn."),
}
_SHORT = {
    "de": "{weekday}, {day}. {month} {year}",
    "en": "{weekday} {day} {month} {year}",
    "nl": "{weekday} {day} {month} {year}",
    "da": "{weekday} {day}. {month} {year}",
}
_CLOCK = {"de": "%H:%M Uhr", "en": "%H:%M", "nl": "%H:%M uur", "da": "kl. %H.%M"}
_NUMERIC = {"de": "%d.%m.%Y", "en": "%d/%m/%Y", "nl": "%d-%m-%Y", "da": "%d.%m.%Y"}
_JOINED = {"de": "{day}, {clock}", "en": "{day}, {clock}", "nl": "{day}, {clock}", "da": "{day} {clock}"}
_ZONES = {"de": {"CET": "MEZ", "CEST": "MESZ"}}


def spoken(locale: str) -> str:
    """The language that is spoken to a reader of `locale` (also `de-DE`, `da_DK`); English to all others."""
    short = locale.lower().replace("_", "-").partition("-")[0]
    return short if short in LOCALES else "en"


def zone_name(locale: str, name: str) -> str:
    """What people of that language call a zone: `MEZ` for CET."""
    return _ZONES.get(spoken(locale), {}).get(name, name)


def clock(locale: str, moment: datetime | time) -> str:
    """`23:59 Uhr`, `23:59`, `23:59 uur`, `kl. 23.59`. The moment's own zone."""
    return moment.strftime(_CLOCK[spoken(locale)])


def day(locale: str, on: date, *, weekday: bool = True) -> str:
    """`Montag, 28. Dezember 2026`; without its weekday on request."""
    speech = spoken(locale)
    return format_date(on, (_DAY if weekday else _DATE)[speech], locale=_CLDR[speech])


def short_day(locale: str, on: date) -> str:
    """`Mo, 28. Dez. 2026`, for lists and tables."""
    speech = spoken(locale)
    weekday, month = _SHORT_DAYS[speech][on.weekday()], _SHORT_MONTHS[speech][on.month - 1]
    return _SHORT[speech].format(weekday=weekday, day=on.day, month=month, year=on.year)


def numeric_day(locale: str, on: date) -> str:
    """`28.12.2026`, `28/12/2026`, `28-12-2026`: as people enter it."""
    return on.strftime(_NUMERIC[spoken(locale)])


def numeric_clock(locale: str, at: time) -> str:
    """`08:30`, in Danish `08.30`: as people enter it."""
    return at.strftime("%H.%M" if spoken(locale) == "da" else "%H:%M")


def when(locale: str, moment: datetime, zone: str | tzinfo | None = None) -> str:
    """`Montag, 28. Dezember 2026, 23:59 Uhr (MEZ)`: weekday, date, time and zone. `zone` None, or a name that nobody
    knows: the moment's own."""
    local = moment if zone is None else _at(moment, zone)
    said = _JOINED[spoken(locale)].format(day=day(locale, local.date()), clock=clock(locale, local))
    name = zone_name(locale, local.tzname() or "")
    return f"{said} ({name})" if name else said


def number(locale: str, value: int | float | Decimal) -> str:
    """`12.345,5` or `12,345.5`."""
    return format_decimal(value, locale=_CLDR[spoken(locale)])


def left(locale: str, duration: timedelta) -> str:
    """`in 3 Tagen`, `in 2 hours`; negative: `vor 3 Tagen`, `3 days ago`. Rounded down, so that nobody is promised more
    time than there is."""
    seconds = int(duration.total_seconds())
    size = abs(seconds)
    unit = next((unit for unit in (86400, 3600) if size >= 2 * unit), 60)
    whole = timedelta(seconds=max(size // unit, 1) * unit)
    granularity = {86400: "day", 3600: "hour", 60: "minute"}[unit]
    return format_timedelta(
        whole if seconds >= 0 else -whole,
        granularity=granularity,  # type: ignore[arg-type]  # three of its literals
        threshold=1e9,  # the unit chosen above, never a coarser one
        add_direction=True,
        locale=_CLDR[spoken(locale)],
    )


def joined(locale: str, parts: Sequence[str]) -> str:
    """`a, b und c`."""
    return format_list(list(parts), locale=_CLDR[spoken(locale)])


def _at(moment: datetime, zone: str | tzinfo) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return moment
