"""The office works admissions and exclusions at its desk: preview, confirm, record (P7)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from services.cli.demo import admission, exclusion, law
from services.cli.demo.stage import Stage, moment
from tests.portal.mail_links.test_other_purposes import passed_exclusion
from tests.portal.visitor import Visitor
from tests.world import SENNE

SignIn = Callable[..., Visitor]


def state(stage: Stage, application: str) -> str:
    return str(stage.office.get(f"{stage.path}/applications/{application}")["state"])


def desk(stage: Stage, application: str) -> str:
    return f"/n/{stage.network}/desk/admissions/{application}"


def test_the_desk_shows_what_waits_for_the_office_and_leads_there(stage: Stage, signed_in: SignIn) -> None:
    application = admission.apply(stage)[0]
    office = signed_in("stadt")
    page = office.get(f"/n/{stage.network}/desk").text
    assert SENNE.name in page
    assert f'href="{desk(stage, application)}"' in page
    assert "Check the application" in page


def test_only_the_office_sees_the_desk(stage: Stage, signed_in: SignIn) -> None:
    """G3: at every address below it."""
    application = admission.apply(stage)[0]
    member = signed_in("bethel")
    home = f"/n/{stage.network}"
    assert "/desk" not in member.get(home).text
    for path in ("", "/procedures", "/receipts", "/notices", "/register", "/office", "/charter", "/clock", "/people",
                 f"/admissions/{application}", f"/admissions/{application}/announcement",
                 "/admissions/new"):  # fmt: skip
        page = member.get(f"{home}/desk{path}")
        assert page.status_code in (403, 404), path
        assert SENNE.name not in page.text


def test_the_office_asks_and_declines_with_a_reason_after_a_check(stage: Stage, signed_in: SignIn) -> None:
    """A2."""
    application = admission.apply(stage)[0]
    here, office = desk(stage, application), signed_in("stadt")
    office.get(f"{here}/question")
    assert office.post(f"{here}/question").status_code == 422
    office.post(f"{here}/question", question="Where is your register?")
    assert state(stage, application) == "questioned"
    office.get(f"{here}/decline")
    office.post(f"{here}/decline", reason="Outside the field.")
    assert state(stage, application) == "questioned", "the check decides nothing"
    assert "Outside the field." in office.page.text
    office.post(f"{here}/decline", reason="Outside the field.", sure="yes")
    assert state(stage, application) == "declined"


def test_an_announcement_shows_what_is_sent_to_whom_before_it_is(stage: Stage, signed_in: SignIn) -> None:
    """P7: looking sends nothing."""
    application = admission.apply(stage)[0]
    here, office = desk(stage, application), signed_in("stadt")
    page = office.get(f"{here}/announcement").text
    assert "6 people are told" in page
    for name in ("Annegret Krüger", "Grace Osei"):
        assert name in page
    assert state(stage, application) == "received"
    office.post(f"{here}/announcement")
    assert state(stage, application) == "announced"
    page = office.get(f"/n/{stage.network}/desk/receipts").text
    assert page.count("/desk/receipts/bal_") == 6


def test_a_step_that_was_taken_meanwhile_is_refused_on_the_procedures_page(stage: Stage, signed_in: SignIn) -> None:
    application = admission.apply(stage)[0]
    here, office = desk(stage, application), signed_in("stadt")
    office.get(f"{here}/announcement")
    stage.office.post(f"{stage.path}/applications/{application}/announcement")
    page = office.post(f"{here}/announcement")
    assert page.status_code == 409
    assert 'id="errors"' in page.text


def test_a_step_that_is_not_possible_now_is_not_offered_by_an_old_address(stage: Stage, signed_in: SignIn) -> None:
    """A legal act is not one click away from a bookmark: the office lands where the procedure stands."""
    application = admission.apply(stage)[0]
    admission.announce(stage, application)
    here, office = desk(stage, application), signed_in("stadt")
    for step in ("question", "decline", "announcement", "welcome", "countersignature"):
        page = office.get(f"{here}/{step}")
        assert page.url.path == here
        assert "not possible in the present state" in page.text


def test_other_evidence_of_receipt_is_checked_before_it_starts_a_window(stage: Stage, signed_in: SignIn) -> None:
    """T2: kind, moment with the network's zone, reason."""
    played = admission.announce(stage, admission.apply(stage)[0])
    stage.go_to(law.local(2026, 12, 11, 10))
    here = f"/n/{stage.network}/desk/receipts/{played.id}/{stage.member('diakonie')}"
    office = signed_in("stadt")
    office.get(here)
    page = office.post(here)
    assert page.status_code == 422
    assert {"#kind", "#received_day", "#received_time", "#reason"} <= set(re.findall(r'href="(#\w+)"', page.text))
    entries = {"kind": "letter", "received_day": "11.12.2026", "received_time": "09:30", "reason": "Registered letter"}
    office.post(here, entries)
    assert stage.elector(played.id, "diakonie")["window"] is None
    assert "11 December 2026, 09:30 (CET)" in office.page.text
    office.post(here, {**entries, "sure": "yes"})
    window = stage.elector(played.id, "diakonie")["window"]
    assert moment(window["received_at"]) == datetime(2026, 12, 11, 8, 30, tzinfo=UTC)
    assert window["last_day"] == "2026-12-28"


def test_an_evidence_in_the_future_is_refused_at_its_field(stage: Stage, signed_in: SignIn) -> None:
    played = admission.announce(stage, admission.apply(stage)[0])
    here = f"/n/{stage.network}/desk/receipts/{played.id}/{stage.member('diakonie')}"
    office = signed_in("stadt")
    office.get(here)
    entries = {"kind": "letter", "received_day": "2027-12-11", "received_time": "09:30", "reason": "Letter"}
    page = office.post(here, {**entries, "sure": "yes"})
    assert page.status_code in (409, 422)
    assert 'href="#received_time"' in page.text
    assert 'value="11/12/2027"' in page.text, "as people write it"


def test_an_exclusion_is_announced_and_its_message_recorded(stage: Stage, signed_in: SignIn) -> None:
    """L2: the membership ends at the moment that the office enters, after a check."""
    found, _played = passed_exclusion(stage)
    office = signed_in("stadt")
    here = f"/n/{stage.network}/desk/exclusions/{found}"
    assert exclusion.REASON in office.get(here).text
    office.get(f"{here}/receipt")
    entries = {"kind": "letter", "received_day": "2027-01-04", "received_time": "08:15", "reason": "Registered letter"}
    office.post(f"{here}/receipt", entries)
    assert stage.organisation("trockendock").name in stage.directory()
    office.post(f"{here}/receipt", {**entries, "sure": "yes"})
    assert stage.organisation("trockendock").name not in stage.directory()
