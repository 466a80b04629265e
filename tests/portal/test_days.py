"""Days and times of day as people of each language write them. No installation is asked."""

from datetime import date, time

import pytest

from services.portal import days

DAY = date(2026, 12, 4)


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-04", "2026-12-4", "2026/12/04", "2026.12.04", "04.12.2026", "4.12.2026", "4. 12. 2026", "04.12.2026.",
        "04-12-2026", "4-12-2026", "4 - 12 - 2026", "04/12/2026", "4/12/2026", " 04.12.2026 ",
    ],
)  # fmt: skip
def test_the_day_comes_first_in_every_language_unless_the_year_does(written: str) -> None:
    assert days.day(written) == DAY


@pytest.mark.parametrize("written", ["04.12.26", "4-12-26", "04/12/26", "1/2/03"])
def test_two_digits_are_no_year(written: str) -> None:
    with pytest.raises(days.Unread) as refused:
        days.day(written)
    assert "four digits" in refused.value.sentence


@pytest.mark.parametrize(
    "written",
    [
        "", "today", "4.12.", "31.02.2026", "2026-02-30", "12/24/2026", "00.12.2026", "04.12.20260", "04.12.026",
        "20261204", "2026-W49-5", "٠٤.١٢.٢٠٢٦", "04.12.2026 10:00", "4,12,2026",
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(days.Unread) as refused:
        days.day(written)
    assert "for example" in refused.value.sentence
    assert "four digits" not in refused.value.sentence


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("14:30", time(14, 30)), ("14.30", time(14, 30)), ("14:30 Uhr", time(14, 30)), ("14.30 Uhr", time(14, 30)),
        ("14:30 uur", time(14, 30)), ("kl. 14.30", time(14, 30)), ("kl 14.30", time(14, 30)), ("9:05", time(9, 5)),
        ("09:05:00", time(9, 5)), ("14 Uhr", time(14)), ("14 uur", time(14)), ("kl. 9", time(9)), ("00:00", time(0)),
    ],
)  # fmt: skip
def test_a_time_of_day_is_read_with_colon_or_point_and_with_the_word_for_it(written: str, meant: time) -> None:
    assert days.clock(written) == meant


@pytest.mark.parametrize(
    "written", ["", "14", "24:00", "14:60", "14:3", "1430", "09:30+01:00", "noon", "2:30 pm", "14,30"]
)
def test_what_is_no_time_of_day_is_refused(written: str) -> None:
    with pytest.raises(days.Unread):
        days.clock(written)


@pytest.mark.parametrize(
    ("locale", "day", "clock"),
    [("de", "04.12.2026", "09:05"), ("en", "04/12/2026", "09:05"), ("nl", "04-12-2026", "09:05"),
     ("da", "04.12.2026", "09.05")],
)  # fmt: skip
def test_what_a_field_shows_is_read_again_as_what_it_was(locale: str, day: str, clock: str) -> None:
    shown = days.as_day(locale, "2026-12-04"), days.as_clock(locale, "09:05")
    assert shown == (day, clock)
    assert (days.day(shown[0]), days.clock(shown[1])) == (DAY, time(9, 5))
    assert (days.as_day(locale, "soon"), days.as_clock(locale, "late")) == ("soon", "late")
