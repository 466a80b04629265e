"""Calendars of the regions: the holidays library, put right by our own table of what the law counts (T1).

The library lists days off; the law on time limits counts others. Its Dutch list lacks 5 May in most years and every
day that a royal decree equates with a holiday; its Danish list lacks three days on which no time limit ends.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.metadata import version

import holidays

from services.membership.windows.counting import REGIONS
from services.membership.windows.rules import Calendar

TABLE_VERSION = "2026.1"
"""Goes up with every change below, so that a ballot's calendar version names what it was counted with (B8)."""

FIRST_YEAR, LAST_YEAR = 2019, 2045

_LANGUAGES = {"DE": "de", "NL": "nl", "DK": "da"}

_EQUATED_NL = (
    *(date(2020, 5, 22), date(2021, 5, 14), date(2022, 5, 27)),
    *(date(2023, 4, 28), date(2023, 5, 19), date(2024, 5, 10), date(2024, 12, 27), date(2025, 5, 30)),
    *(date(2026, 1, 2), date(2026, 5, 15), date(2027, 5, 7), date(2028, 4, 28), date(2028, 5, 26)),
)
"""Algemene termijnenwet art. 3 (3): decrees for 2020–2022, 2023–2025, 2026–2028. Later ones are not decided yet."""


@cache
def calendar(region: str) -> Calendar:
    """The present calendar of a region in `counting.REGIONS`. Raises KeyError for another."""
    if region not in REGIONS:
        raise KeyError(region)
    country, _, land = region.partition("-")
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    known = holidays.country_holidays(country, subdiv=land or None, years=years, language=_LANGUAGES[country])
    closed = {day: known[day] for day in sorted(known)} | dict(_own_days(country))
    return Calendar(
        region=region,
        version=f"{region} holidays {version('holidays')} table {TABLE_VERSION}",
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
        closed=dict(sorted(closed.items())),
    )


def _own_days(country: str) -> Iterator[tuple[date, str]]:
    if country == "NL":
        yield from ((day, "gelijkgestelde dag") for day in _EQUATED_NL)
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        if country == "NL":
            yield date(year, 5, 5), "Bevrijdingsdag"  # art. 3 (1): every year, not only every fifth
        if country == "DK":
            yield date(year, 6, 5), "Grundlovsdag"
            yield date(year, 12, 24), "Juleaftensdag"
            yield date(year, 12, 31), "Nytårsaftensdag"
