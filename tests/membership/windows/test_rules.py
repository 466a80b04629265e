"""T1, T6: when a window ends and why. Dates are counted by hand from the calendars of the years."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.request import Refused
from services.membership.charter.rules import Charter, load
from services.membership.windows.calendars import FIRST_YEAR, LAST_YEAR, calendar
from services.membership.windows.counting import COUNTINGS, REGIONS
from services.membership.windows.rules import Calendar, nudges, reminders, span, start_of_day, window
from services.membership.windows.words import speaker

CHARTERS = Path(__file__).parents[3] / "deploy" / "charters"
BERLIN = ZoneInfo("Europe/Berlin")


def charter(name: str = "bielefeld") -> Charter:
    return load((CHARTERS / f"{name}.toml").read_text())


def last_day(received: str, region: str = "DE-NW", days: int = 14) -> date:
    rule = COUNTINGS[REGIONS[region]]
    zone = {"NL": "Europe/Amsterdam", "DK": "Europe/Copenhagen"}.get(region, "Europe/Berlin")
    return span(datetime.fromisoformat(received), days, zone, rule, calendar(region)).last_day


def test_t1_the_day_of_receipt_is_not_counted_and_the_fourteenth_day_is_the_last() -> None:
    found = window(datetime.fromisoformat("2026-09-01T00:00:00+02:00"), charter(), calendar("DE-NW"), speaker("de"))
    assert found.last_day == date(2026, 9, 15)
    assert found.ends_at == datetime.fromisoformat("2026-09-16T00:00:00+02:00")


def test_t1_the_last_second_of_a_day_belongs_to_that_day_in_the_networks_zone() -> None:
    assert last_day("2026-09-01T23:59:59.999999+02:00") == date(2026, 9, 15)
    assert last_day("2026-09-01T22:00:00+00:00") == date(2026, 9, 16)  # midnight in Berlin


@pytest.mark.parametrize(
    ("received", "region", "expected"),
    [
        ("2026-12-11T10:00:00+01:00", "DE-NW", date(2026, 12, 28)),  # 25 and 26 December, Sunday
        ("2026-09-05T10:00:00+02:00", "DE-NW", date(2026, 9, 21)),  # a Saturday
        ("2026-09-06T10:00:00+02:00", "DE-NW", date(2026, 9, 21)),  # a Sunday
        ("2026-05-21T10:00:00+02:00", "DE-NW", date(2026, 6, 5)),  # Corpus Christi, a Thursday
        ("2026-05-21T10:00:00+02:00", "DE-BE", date(2026, 6, 4)),  # which Berlin does not know
        ("2026-11-04T10:00:00+01:00", "DE-SN", date(2026, 11, 19)),  # Buß- und Bettag, only in Saxony
        ("2026-11-04T10:00:00+01:00", "DE-NW", date(2026, 11, 18)),
        ("2026-04-21T10:00:00+02:00", "NL", date(2026, 5, 6)),  # 5 May, which the library leaves out
        ("2026-05-01T10:00:00+02:00", "NL", date(2026, 5, 18)),  # 15 May by royal decree, then a weekend
        ("2026-05-22T10:00:00+02:00", "DK", date(2026, 6, 8)),  # Constitution Day, a Friday
        ("2026-12-10T10:00:00+01:00", "DK", date(2026, 12, 28)),  # 24 December to the Sunday
        ("2026-12-17T10:00:00+01:00", "DK", date(2027, 1, 4)),  # New Year's Eve, New Year, a weekend
        ("2023-04-21T10:00:00+02:00", "DK", date(2023, 5, 8)),  # Store bededag, abolished …
        ("2024-04-12T10:00:00+02:00", "DK", date(2024, 4, 26)),  # … from 2024 on
    ],
)
def test_t1_an_end_on_a_closed_day_moves_to_the_next_working_day_of_the_region(
    received: str, region: str, expected: date
) -> None:
    assert last_day(received, region) == expected


def test_t1_a_dutch_window_of_three_days_has_two_working_days_and_one_beyond_ninety_is_not_moved() -> None:
    assert last_day("2026-12-24T10:00:00+01:00", "NL", days=3) == date(2026, 12, 29)  # Mon and Tue
    assert last_day("2026-12-23T10:00:00+01:00", "NL", days=2) == date(2026, 12, 28)
    assert last_day("2026-01-02T10:00:00+01:00", "NL", days=91) == date(2026, 4, 3)  # Good Friday


@pytest.mark.parametrize(
    ("received", "ends"),
    [
        ("2026-03-15T10:00:00+01:00", "2026-03-31T00:00:00+02:00"),  # clocks go forward on the 29th
        ("2026-10-12T10:00:00+02:00", "2026-10-27T00:00:00+01:00"),  # and back on the 25th
        ("2026-10-25T02:30:00+02:00", "2026-11-10T00:00:00+01:00"),  # received in the repeated hour, either time
        ("2026-10-25T02:30:00+01:00", "2026-11-10T00:00:00+01:00"),
    ],
)
def test_t5_a_change_of_clocks_moves_no_end(received: str, ends: str) -> None:
    found = window(datetime.fromisoformat(received), charter(), calendar("DE-NW"), speaker("de"))
    assert found.ends_at == datetime.fromisoformat(ends)
    assert found.ends_at.isoformat() == ends


def test_t1_a_day_begins_at_its_first_instant_where_clocks_skip_or_repeat_midnight() -> None:
    santiago, havana = ZoneInfo("America/Santiago"), ZoneInfo("America/Havana")
    assert start_of_day(date(2026, 9, 6), santiago) == datetime(2026, 9, 6, 4, tzinfo=UTC)  # 00:00 does not exist
    assert start_of_day(date(2026, 9, 6), santiago).isoformat() == "2026-09-06T01:00:00-03:00"
    assert start_of_day(date(2026, 11, 1), havana) == datetime(2026, 11, 1, 4, tzinfo=UTC)  # 00:00 comes twice


def test_t6_the_steps_tell_the_way_to_the_end_with_the_source_of_each() -> None:
    found = window(datetime.fromisoformat("2026-12-11T10:00:00+01:00"), charter(), calendar("DE-NW"), speaker("en"))
    assert [(step.kind, step.text, step.source) for step in found.steps] == [
        ("received", "received Fri 11 Dec 2026, 10:00 CET", "BGB § 130 (1)"),
        ("not-counted", "the day of receipt (Fri 11 Dec 2026) is not counted", "BGB § 187 (1)"),
        ("counted", "day 14 is Fri 25 Dec 2026", "BGB § 188 (1)"),
        ("holiday", "Fri 25 Dec 2026 is a public holiday (Erster Weihnachtstag)", "BGB § 193"),
        ("holiday", "Sat 26 Dec 2026 is a Saturday and a public holiday (Zweiter Weihnachtstag)", "BGB § 193"),
        ("weekend", "Sun 27 Dec 2026 is a Sunday", "BGB § 193"),
        ("ends", "the window ends Mon 28 Dec 2026, 23:59 CET (with the end of that day)", "BGB § 188 (1)"),
    ]


def test_t6_the_reader_is_spoken_to_in_their_language_and_never_told_of_midnight() -> None:
    received = datetime.fromisoformat("2026-07-01T10:00:00+02:00")
    german = window(received, charter(), calendar("DE-NW"), speaker("de-DE")).steps
    assert german[0].text == "Zugang am Mi, 1. Juli 2026, 10:00 Uhr MESZ"
    assert german[-1].text == "die Frist endet am Mi, 15. Juli 2026, 23:59 Uhr MESZ (mit Ablauf des Tages)"
    danish = window(received, charter(), calendar("DE-NW"), speaker("da")).steps
    assert danish[-1].text == "fristen udløber ons. 15. juli 2026 kl. 23.59 CEST (ved dagens udløb)"
    dutch = window(received, charter(), calendar("DE-NW"), speaker("nl")).steps
    assert dutch[-1].text == "de termijn eindigt op wo 15 juli 2026, 23:59 uur CEST (aan het einde van die dag)"


def test_t6_a_prolonged_dutch_window_says_why() -> None:
    rule = COUNTINGS["atw"]
    received = datetime.fromisoformat("2026-12-24T10:00:00+01:00")
    steps = span(received, 3, "Europe/Amsterdam", rule, calendar("NL"), speaker("en")).steps
    assert [(step.kind, step.day) for step in steps] == [
        ("received", date(2026, 12, 24)),
        ("not-counted", date(2026, 12, 24)),
        ("counted", date(2026, 12, 27)),
        ("counted", date(2026, 12, 29)),
        ("ends", date(2026, 12, 29)),
    ]
    assert steps[3].source == "Algemene termijnenwet art. 2"


@pytest.mark.parametrize("received", ["1999-01-01T10:00:00+01:00", "2046-01-01T10:00:00+01:00", "0001-01-01T00:00Z",
                                      "9999-12-31T23:59:59Z", "2045-12-24T10:00:00+01:00"])  # fmt: skip
def test_t1_years_beyond_the_calendar_are_refused_and_named(received: str) -> None:
    with pytest.raises(Refused) as refused:
        last_day(received)
    assert refused.value.slug == "calendar-ends"
    assert "2019 to 2045" in refused.value.problem.detail


def test_t1_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(Refused, match="moment-without-zone"):
        last_day("2026-12-11T10:00:00")


def test_n6_reminders_come_on_the_charters_days_and_on_the_last_morning_and_never_after_the_end() -> None:
    found = window(datetime.fromisoformat("2026-12-11T10:00:00+01:00"), charter(), calendar("DE-NW"), speaker("de"))
    moments = reminders(found, (3, 7, 12, 40), time(8), "Europe/Berlin")
    assert [moment.astimezone(BERLIN).isoformat() for moment in moments] == [
        "2026-12-14T08:00:00+01:00",
        "2026-12-18T08:00:00+01:00",
        "2026-12-23T08:00:00+01:00",
        "2026-12-28T08:00:00+01:00",
    ]
    assert reminders(found, (3, 7, 12, 17), time(8), "Europe/Berlin") == moments  # day 17 is the last morning


def test_n6_reminders_keep_their_hour_across_a_change_of_clocks() -> None:
    found = window(datetime.fromisoformat("2026-10-23T10:00:00+02:00"), charter(), calendar("DE-NW"), speaker("de"))
    hours = {moment.astimezone(BERLIN).hour for moment in reminders(found, (1, 3), time(8), "Europe/Berlin")}
    assert hours == {8}


def test_n6_members_without_receipt_are_asked_on_days_after_the_announcement() -> None:
    opened = datetime.fromisoformat("2026-12-01T07:00:00+01:00")
    assert nudges(opened, (2, 5), time(8), "Europe/Berlin") == [
        datetime(2026, 12, 3, 7, tzinfo=UTC),
        datetime(2026, 12, 6, 7, tzinfo=UTC),
    ]


EARLIEST, LATEST = datetime(FIRST_YEAR, 1, 2, tzinfo=UTC), datetime(LAST_YEAR, 11, 1, tzinfo=UTC)
moments = st.integers(0, int((LATEST - EARLIEST).total_seconds())).map(lambda n: EARLIEST + timedelta(seconds=n))


@given(moments, st.integers(1, 40), st.sampled_from(sorted(REGIONS)))
def test_t1_every_window_ends_on_a_working_day_and_no_earlier_one_would_do(
    received: datetime, days: int, region: str
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    days_off = calendar(region)
    found = span(received, days, "Europe/Berlin", COUNTINGS[REGIONS[region]], days_off)
    counted = received.astimezone(zone).date() + timedelta(days)
    assert days_off.works(found.last_day)
    between = [counted + timedelta(n) for n in range((found.last_day - counted).days)]
    if REGIONS[region] != "atw":
        assert not any(days_off.works(day) for day in between)
    assert found.ends_at.astimezone(zone).time() == time(0)
    assert found.ends_at.astimezone(zone).date() == found.last_day + timedelta(1)


@given(moments, st.integers(0, 10_000_000))
def test_t1_a_later_receipt_never_ends_earlier(received: datetime, seconds: int) -> None:
    rule, days_off = COUNTINGS["bgb"], calendar("DE-NW")
    later = min(received + timedelta(seconds=seconds), LATEST)
    first = span(received, 14, "Europe/Berlin", rule, days_off)
    assert first.ends_at <= span(max(received, later), 14, "Europe/Berlin", rule, days_off).ends_at


def test_b8_a_calendar_names_its_library_and_table_and_covers_all_sixteen_laender() -> None:
    assert len([region for region in REGIONS if region.startswith("DE-")]) == 16
    for region in REGIONS:
        found = calendar(region)
        assert found.version.startswith(f"{region} holidays ")
        assert found.version.endswith("table 2026.1")
        assert {day.year for day in found.closed} == set(range(FIRST_YEAR, LAST_YEAR + 1))


def test_b8_an_older_calendar_that_is_passed_in_is_the_one_that_counts() -> None:
    old = Calendar(
        region="DE-NW", version="old", first_year=2019, last_year=2045, closed={date(2026, 9, 15): "Stadtfest"}
    )
    found = window(datetime.fromisoformat("2026-09-01T10:00:00+02:00"), charter(), old, speaker("de"))
    assert found.last_day == date(2026, 9, 16)
