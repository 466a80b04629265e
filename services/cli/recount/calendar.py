"""The recount's own calendar (B6): nothing of `services.membership.windows`, no calendar library.

Holidays of the sixteen Länder, the Netherlands and Denmark from 2020 on. Sources: `docs/decisions/0005-calendars.md`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

TABLE_VERSION = "2026.1"
"""The state of the law below, as calendar versions of records name it."""

_LAENDER = ("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH")
REGIONS = frozenset(["NL", "DK", *(f"DE-{land}" for land in _LAENDER)])

_EPIPHANY = {"BW", "BY", "ST"}
_CORPUS_CHRISTI = {"BW", "BY", "HE", "NW", "RP", "SL"}
_REFORMATION = {"BB", "HB", "HH", "MV", "NI", "SH", "SN", "ST", "TH"}
_ALL_SAINTS = {"BW", "BY", "NW", "RP", "SL"}
_SINGLE_DAYS = {
    "BE": (date(2020, 5, 8), date(2025, 5, 8), date(2028, 6, 17)),
    "NL": (
        date(2020, 5, 22), date(2021, 5, 14), date(2022, 5, 27), date(2023, 4, 28), date(2023, 5, 19),
        date(2024, 5, 10), date(2024, 12, 27), date(2025, 5, 30), date(2026, 1, 2), date(2026, 5, 15),
        date(2027, 5, 7), date(2028, 4, 28), date(2028, 5, 26),
    ),
}  # fmt: skip


def easter(year: int) -> date:
    """Easter Sunday (Gregorian, after Meeus)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    line = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * line) // 451
    month, day = divmod(h + line - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _germany(land: str, year: int) -> Iterator[date]:
    sunday = easter(year)
    yield from (date(year, *day) for day in ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26)))
    yield from (sunday + timedelta(days) for days in (-2, 1, 39, 50))
    if land in _EPIPHANY:
        yield date(year, 1, 6)
    if land in _CORPUS_CHRISTI:
        yield sunday + timedelta(60)
    if land in _REFORMATION:
        yield date(year, 10, 31)
    if land in _ALL_SAINTS:
        yield date(year, 11, 1)
    if land == "BE" or (land == "MV" and year >= 2023):
        yield date(year, 3, 8)
    if land == "SL":
        yield date(year, 8, 15)
    if land == "TH":
        yield date(year, 9, 20)
    if land == "SN":
        fourth_advent = date(year, 12, 25) - timedelta(date(year, 12, 25).isoweekday())
        yield fourth_advent - timedelta(32)


def _netherlands(year: int) -> Iterator[date]:
    sunday = easter(year)
    yield from (date(year, *day) for day in ((1, 1), (5, 5), (12, 25), (12, 26)))
    yield from (sunday + timedelta(days) for days in (-2, 1, 39, 50))
    kings_day = date(year, 4, 27)
    yield kings_day - timedelta(kings_day.isoweekday() == 7)


def _denmark(year: int) -> Iterator[date]:
    sunday = easter(year)
    yield from (date(year, *day) for day in ((1, 1), (6, 5), (12, 24), (12, 25), (12, 26), (12, 31)))
    yield from (sunday + timedelta(days) for days in (-3, -2, 1, 39, 50))
    if year < 2024:
        yield sunday + timedelta(26)


@cache
def holidays(region: str, year: int) -> frozenset[date]:
    """Holidays that move the end of a window, beside Saturdays and Sundays. Raises ValueError for other regions."""
    if region not in REGIONS:
        raise ValueError(f"the recount knows no calendar of {region!r}")
    place = region.removeprefix("DE-")
    found = {"NL": _netherlands, "DK": _denmark}[place](year) if place == region else _germany(place, year)
    return frozenset(found) | {day for day in _SINGLE_DAYS.get(place, ()) if day.year == year}


def works(region: str, day: date) -> bool:
    return day.isoweekday() < 6 and day not in holidays(region, day.year)


def last_day(region: str, received: date, length: int) -> date:
    """Last day of a window of `length` days: BGB §§ 187 to 193, Atw art. 1, 2 and 4, forældelsesloven § 27 (2)."""
    last = received + timedelta(length)
    if region == "NL" and length > 90:
        return last
    if region == "NL" and length >= 3:
        working = [day for day in (received + timedelta(n) for n in range(1, length + 15)) if works(region, day)]
        last = max(last, working[1])
    while not works(region, last):
        last += timedelta(1)
    return last


def window(region: str, zone: ZoneInfo, received_at: datetime, length: int) -> tuple[date, datetime]:
    """(last day, first instant after it in UTC) of a window that starts with a receipt at `received_at`."""
    last = last_day(region, received_at.astimezone(zone).date(), length)
    following = last + timedelta(1)
    return last, datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)
