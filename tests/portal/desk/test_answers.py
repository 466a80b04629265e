"""The office records an answer that came otherwise (A2); longer forms are kept for later (P9)."""

import re
from collections.abc import Callable

import pytest

from services.cli.demo import admission
from services.cli.demo.stage import Stage
from tests.portal.visitor import Visitor
from tests.world import SENNE

SignIn = Callable[..., Visitor]
EMAIL = SENNE.representative.email


def asked(stage: Stage) -> str:
    """An application whose applicant was asked back."""
    application = admission.apply(stage)[0]
    stage.office.post(f"{stage.path}/applications/{application}/question", {"question": "Since when?"})
    return application


def desk(stage: Stage, application: str) -> str:
    return f"/n/{stage.network}/desk/admissions/{application}"


def test_an_answer_by_telephone_is_checked_and_recorded_with_its_evidence(stage: Stage, signed_in: SignIn) -> None:
    """A2, T1: the page says that no time begins to run by it."""
    application = asked(stage)
    here, office = f"{desk(stage, application)}/recorded-answer", signed_in("stadt")
    assert f'href="{here}"' in office.get(desk(stage, application)).text
    office.get(here)
    page = office.post(here)
    assert page.status_code == 422
    assert {"#way", "#told_by", "#answer", "#told_day", "#told_time"} <= set(re.findall(r'href="(#\w+)"', page.text))
    entries = {
        "way": "telephone", "told_by": "Mia Beispiel, chair", "told_day": "2026-12-07", "told_time": "09:00",
        "answer": "Since 2019.",
    }  # fmt: skip
    late = office.post(here, {**entries, "told_day": "2027-12-07", "sure": "yes"})
    assert late.status_code == 422
    assert 'href="#told_time"' in late.text
    office.post(here, entries)
    assert "No time begins to run" in office.page.text
    assert stage.office.get(f"{stage.path}/applications/{application}")["state"] == "questioned", "only checked"
    office.post(here, {**entries, "sure": "yes"})
    assert office.page.url.path == desk(stage, application)
    for shown in ("Since 2019.", "Mia Beispiel, chair", "By telephone", "7 December 2026, 09:00 (CET)"):
        assert shown in office.page.text
    assert stage.office.get(f"{stage.path}/applications/{application}")["state"] == "received"
    assert office.get(here).url.path == desk(stage, application), "answered: the step is over"
    assert "kern-alert--warning" in office.page.text
    assert "This step is not possible in the present state" in office.page.text


@pytest.mark.parametrize("step", ["question", "decline", "recorded-answer"])
def test_what_the_office_keeps_for_later_waits_for_its_writer_alone(step: str, stage: Stage, signed_in: SignIn) -> None:
    """P9: nothing is sent by it; it may be discarded."""
    application = asked(stage) if step == "recorded-answer" else admission.apply(stage)[0]
    before = stage.office.get(f"{stage.path}/applications/{application}")
    here, office = f"{desk(stage, application)}/{step}", signed_in("stadt")
    field = {"question": "question", "decline": "reason", "recorded-answer": "answer"}[step]
    office.get(here)
    kept = office.post(here, {field: "Not finished", "_later": "keep", "_place": here})
    assert kept.url.path == here
    assert "Not finished</textarea>" in kept.text
    assert "Nothing was sent yet" in kept.text
    assert stage.office.get(f"{stage.path}/applications/{application}") == before
    assert "Not finished" not in signed_in("stadt-2").get(here).text
    assert "Not finished" in signed_in("stadt").get(here).text, "in another browser of the same person, too"
    office.post(here, {"_later": "discard", "_place": here})
    assert "Not finished" not in office.page.text


def test_a_draft_is_gone_once_it_was_sent(stage: Stage, signed_in: SignIn) -> None:
    application = admission.apply(stage)[0]
    here, office = f"{desk(stage, application)}/question", signed_in("stadt")
    office.get(here)
    office.post(here, {"question": "Since when?", "_later": "keep", "_place": here})
    office.post(here, question="Since when?")
    stage.office.post(f"{stage.path}/applications/{application}/recorded-answer", {
        "answer": "2019", "told_by": "Mia", "way": "letter", "told_at": stage.now.isoformat(),
    })  # fmt: skip
    assert "Since when?" not in office.get(here).text


def test_the_applicant_keeps_an_answer_for_later_without_losing_its_link(stage: Stage, stranger: Visitor) -> None:
    """A2, N5."""
    application = asked(stage)
    stranger.get(f"/l/{stage.token(stage.mail_of(application, 'application-question', EMAIL))}")
    here = stranger.page.url.path
    stranger.post(f"{here}/supplement", {"answer": "Let me look", "_later": "keep", "_place": here})
    assert "Let me look</textarea>" in stranger.page.text
    assert stage.office.get(f"{stage.path}/applications/{application}")["answer"] is None
    stranger.post(f"{here}/supplement", answer="Since 2019.")
    assert stage.office.get(f"{stage.path}/applications/{application}")["answer"] == "Since 2019."


def test_an_application_on_paper_and_one_from_outside_are_kept_half_done(
    stage: Stage, signed_in: SignIn, stranger: Visitor
) -> None:
    here, office = f"/n/{stage.network}/desk/admissions/new", signed_in("stadt")
    office.get(here)
    office.post(here, {"name": "Half a name", "_later": "keep", "_place": here})
    assert 'value="Half a name"' in office.page.text
    assert stage.office.items(f"{stage.path}/applications") == []
    first = f"/apply/{stage.network}/organisation"
    stranger.get(first)
    kept = stranger.post(first, {"name": "Half a name", "_later": "keep"})
    assert kept.status_code == 200
    assert kept.url.path == f"/apply/{stage.network}"
    assert 'value="Half a name"' in stranger.get(first).text
