"""Promise 8: deadlines are exact. Three implementations agree on every window, to the second.

The engine's (`services.membership.windows`), the recount's (`services.cli.recount.calendar`) and the reference's
(`tests.faults.reference_calendar`) share no code. `make test` compares some tens of thousands of receipts,
`FAULTS=large` ten million (`FAULTS_DEADLINES` sets the number, `FAULTS_SEED` the seed).
"""

import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.cli.recount import calendar as recount_calendar
from services.membership.windows.calendars import calendar
from services.membership.windows.counting import COUNTINGS, REGIONS
from services.membership.windows.rules import span
from tests.faults import reference_calendar as reference

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = {"DE": "Europe/Berlin", "NL": "Europe/Amsterdam", "DK": "Europe/Copenhagen"}
FIRST, LAST = reference.number(2020, 1, 1), reference.number(2040, 12, 31)
LENGTHS = (1, 2, 3, 4, 5, 7, 10, 14, 14, 14, 21, 28, 30, 42, 90, 91)
LARGE = os.environ.get("FAULTS") == "large"

Receipt = tuple[str, int, int]
"""Region, instant (seconds, UTC), length of the window in days."""


def boundary_seconds(day: int) -> list[int]:
    """The seconds of a local day at which something could tip over: both ends, noon, and around a change of clocks."""
    begin, end = reference.midnight(day), reference.midnight(day + 1)
    changes = [instant for instant in reference.summer(reference.civil(day)[0]) if begin <= instant < end]
    around = [change + shift for change in changes for shift in (-3600, -1, 0, 1, 3599, 3600)]
    return [begin, begin + 1, begin + 43_200, end - 1, *around]


def receipts(count: int, seed: int) -> Iterator[Receipt]:
    """Every day and region in shuffled order, again and again, each time with another second and length."""
    chance = random.Random(seed)
    places = [(day, region) for day in range(FIRST, LAST + 1) for region in sorted(REGIONS)]
    while count > 0:
        chance.shuffle(places)
        for day, region in places[:count]:
            yield region, chance.choice(boundary_seconds(day)), chance.choice(LENGTHS)
        count -= len(places)


def by_engine(region: str, instant: int, length: int) -> tuple[int, int]:
    zone, counting = ZONES[region[:2]], COUNTINGS[REGIONS[region]]
    window = span(EPOCH + timedelta(seconds=instant), length, zone, counting, calendar(region))
    return (window.last_day - EPOCH.date()).days, int(window.ends_at.timestamp())


def by_recount(region: str, instant: int, length: int) -> tuple[int, int]:
    zone = ZoneInfo(ZONES[region[:2]])
    last, ends = recount_calendar.window(region, zone, EPOCH + timedelta(seconds=instant), length)
    return (last - EPOCH.date()).days, int(ends.timestamp())


def shown(receipt: Receipt, ends: tuple[int, int]) -> str:
    region, instant, length = receipt
    return f"{region} {EPOCH + timedelta(seconds=instant)} + {length}: {reference.civil(ends[0])} {ends[1]}"


@pytest.mark.faults
@pytest.mark.timeout(0 if LARGE else 120)
def test_three_implementations_agree_on_every_day_from_2020_to_2040() -> None:
    count = int(os.environ.get("FAULTS_DEADLINES", 10_000_000 if LARGE else 40_000))
    seed = int(os.environ.get("FAULTS_SEED", random.SystemRandom().randrange(2**32)))
    until = time.monotonic() + 60 * float(os.environ.get("FAULTS_MINUTES", "inf"))
    compared = 0
    for receipt in receipts(count, seed):
        expected = reference.window_ends(*receipt)
        assert by_engine(*receipt) == expected, f"engine, seed {seed}: expected {shown(receipt, expected)}"
        assert by_recount(*receipt) == expected, f"recount, seed {seed}: expected {shown(receipt, expected)}"
        compared += 1
        if compared % 10_000 == 0 and time.monotonic() > until:
            break
    print(f"promise 8: {compared} windows, 0 differences, FAULTS_SEED={seed}")  # noqa: T201 - the evidence


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_the_tables_of_closed_days_are_the_same_on_every_weekday(region: str) -> None:
    engine = calendar(region)
    for day in range(FIRST, LAST + 1):
        on = date.fromordinal(day + EPOCH.toordinal())
        assert engine.works(on) == recount_calendar.works(region, on) == (not reference.is_free(region, day)), on


@pytest.mark.parametrize(
    ("region", "received", "length", "last_day", "why"),
    [
        ("DE-NW", "2026-12-11T10:00+01:00", 14, "2026-12-28", "the agreement's own example: Christmas on a weekend"),
        ("DE-NW", "2026-12-11T23:59:59+01:00", 14, "2026-12-28", "the last second of the day is still that day"),
        ("DE-NW", "2026-12-12T00:00:00+01:00", 14, "2026-12-28", "the next day; its 14th day is the Saturday"),
        ("DE-BE", "2025-04-24T12:00+02:00", 14, "2025-05-09", "8 May 2025 was a holiday in Berlin only"),
        ("DE-BB", "2025-04-24T12:00+02:00", 14, "2025-05-08", "and none in Brandenburg"),
        ("DE-BE", "2020-04-24T12:00+02:00", 14, "2020-05-11", "8 May 2020 was one too, a Friday"),
        ("DE-MV", "2022-02-22T12:00+01:00", 14, "2022-03-08", "no Frauentag in Mecklenburg-Vorpommern before 2023"),
        ("DE-MV", "2023-02-22T12:00+01:00", 14, "2023-03-09", "since 2023 it is one"),
        ("DE-SN", "2026-11-04T12:00+01:00", 14, "2026-11-19", "Buß- und Bettag is a holiday in Saxony only"),
        ("DE-ST", "2026-11-04T12:00+01:00", 14, "2026-11-18", "and none in Sachsen-Anhalt"),
        ("DE-SL", "2025-08-01T12:00+02:00", 14, "2025-08-18", "Mariä Himmelfahrt in all of Saarland"),
        ("DE-BY", "2025-08-01T12:00+02:00", 14, "2025-08-15", "in Bavaria only in some communities: not counted"),
        ("DE-TH", "2027-09-06T12:00+02:00", 14, "2027-09-21", "Weltkindertag in Thuringia"),
        ("DE-NI", "2025-10-17T12:00+02:00", 14, "2025-11-03", "Reformation Day in the north since 2018"),
        ("DE-NW", "2026-03-28T23:30+01:00", 14, "2026-04-13", "across the change to summer time"),
        ("NL", "2026-05-01T12:00+02:00", 14, "2026-05-18", "15 May 2026, equated with a holiday by royal decree"),
        ("NL", "2025-04-21T12:00+02:00", 14, "2025-05-06", "5 May counts every year, not only every fifth"),
        ("NL", "2024-03-28T12:00+01:00", 3, "2024-04-03", "two working days at least (Atw art. 2), over Easter"),
        ("NL", "2026-12-26T12:00+01:00", 91, "2027-03-27", "more than 90 days are not moved (Atw art. 4), a Saturday"),
        ("DK", "2023-04-21T12:00+02:00", 14, "2023-05-08", "store bededag was a holiday for the last time in 2023"),
        ("DK", "2024-04-12T12:00+02:00", 14, "2024-04-26", "and is none since 2024"),
        ("DK", "2026-05-22T12:00+02:00", 14, "2026-06-08", "Grundlovsdag, a Friday"),
        ("DK", "2026-12-10T12:00+01:00", 14, "2026-12-28", "24 December and Christmas, then a weekend"),
        ("DK", "2026-12-17T12:00+01:00", 14, "2027-01-04", "31 December, New Year's Day, then a weekend"),
    ],
)  # fmt: skip
def test_examples_from_the_statutes(region: str, received: str, length: int, last_day: str, why: str) -> None:
    """T1, written down by hand."""
    instant = int(datetime.fromisoformat(received).timestamp())
    expected = date.fromisoformat(last_day).toordinal() - EPOCH.toordinal()
    assert reference.window_ends(region, instant, length)[0] == expected, why
    assert by_recount(region, instant, length)[0] == expected, why
    assert by_engine(region, instant, length)[0] == expected, why
