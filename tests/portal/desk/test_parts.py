"""Moments as people enter them, the comparison of two charters, the stages of an admission."""

from datetime import UTC, datetime

import pytest

from contracts.membership.admission import ApplicationState
from services.portal.desk import moments
from services.portal.desk.admissions import stages
from services.portal.desk.charters import compared
from services.portal.forms import Form, FormRefused

ZONE = "Europe/Berlin"


def read(day: str, time: str) -> datetime:
    return moments.read(Form.of(at_day=day, at_time=time), "at", ZONE)


@pytest.mark.parametrize(
    ("day", "time"),
    [("2026-12-11", "09:30"), ("11.12.2026", "09:30"), ("11. 12. 2026", "9.30".zfill(5)), ("2026-12-11", "09:30:00")],
)
def test_a_moment_is_read_in_the_networks_zone_as_browsers_and_people_write_it(day: str, time: str) -> None:
    assert read(day, time) == datetime(2026, 12, 11, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "time", "field"),
    [("", "09:30", "at_day"), ("2026-02-30", "09:30", "at_day"), ("31.02.2026", "09:30", "at_day"),
     ("2026-12-11", "", "at_time"), ("2026-12-11", "25:00", "at_time"), ("2026-12-11", "09:30+01:00", "at_time"),
     ("2027-03-28", "02:30", "at_time")],
)  # fmt: skip
def test_what_is_no_moment_is_said_at_its_field(day: str, time: str, field: str) -> None:
    """The last one: clocks are put forward over it."""
    with pytest.raises(FormRefused) as refused:
        read(day, time)
    assert list(refused.value.errors) == [field]


def test_of_a_time_that_occurs_twice_the_first_is_meant() -> None:
    assert read("2026-10-25", "02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_sentences_that_fall_away_stand_before_those_that_take_their_place() -> None:
    found = compared(["a", "14 days", "c"], ["a", "21 days", "c", "d"])
    assert [(one.text, one.change) for one in found] == [
        ("a", "kept"), ("14 days", "gone"), ("21 days", "new"), ("c", "kept"), ("d", "new"),
    ]  # fmt: skip


def test_an_admission_goes_through_its_stages_and_one_that_ended_has_none() -> None:
    assert [stage.state for stage in stages(ApplicationState.PASSED)] == ["done", "done", "here", "ahead", "ahead"]
    assert {stage.state for stage in stages(ApplicationState.MEMBER)} == {"done"}
    assert stages(ApplicationState.REJECTED) == []
