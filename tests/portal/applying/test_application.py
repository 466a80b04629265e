"""An organisation applies from outside, without an account and without script (A1)."""

from typing import Any

from services.cli.demo.stage import Stage
from tests.portal.visitor import Visitor
from tests.world import SENNE

ORGANISATION: dict[str, Any] = {"name": SENNE.name, "field_of_work": SENNE.field_of_work, "address": SENNE.address}
CONTACT: dict[str, Any] = {
    "contact_name": SENNE.representative.name,
    "contact_email": SENNE.representative.email,
    "contact_language": "de",
}
PEOPLE: dict[str, Any] = {
    "representative_is_contact": "yes",
    "deputy_name": SENNE.deputy.name,
    "deputy_email": SENNE.deputy.email,
}


def filled(visitor: Visitor, stage: Stage) -> str:
    """Up to the page where all is checked. Gives the form's address."""
    start = f"/apply/{stage.network}"
    visitor.get(f"{start}/organisation")
    visitor.post(f"{start}/organisation", **ORGANISATION)
    visitor.post(f"{start}/contact", **CONTACT)
    visitor.post(f"{start}/people", **PEOPLE)
    return start


def test_the_first_page_says_what_it_takes_and_what_happens(stage: Stage, stranger: Visitor) -> None:
    page = stranger.get(f"/apply/{stage.network}").text
    assert "What you need" in page
    assert SENNE.field_of_work in page
    assert "Each has 14 days to answer" in page
    assert stranger.get("/apply/no-such-network").status_code == 404


def test_each_step_leads_to_the_next_and_the_entries_wait_to_be_checked(stage: Stage, stranger: Visitor) -> None:
    start = filled(stranger, stage)
    assert stranger.page.url.path == f"{start}/check"
    for entry in (*ORGANISATION.values(), SENNE.representative.name, SENNE.deputy.email):
        assert entry in stranger.page.text
    assert stage.office.items(f"{stage.path}/applications") == []


def test_wrong_entries_stay_and_each_sentence_leads_to_its_field(stage: Stage, stranger: Visitor) -> None:
    start = f"/apply/{stage.network}"
    stranger.get(f"{start}/contact")
    page = stranger.post(f"{start}/contact", contact_name="Helga Sander", contact_email="helga", contact_language="nl")
    assert page.status_code == 422
    assert 'href="#contact_email"' in page.text
    assert 'value="helga"' in page.text
    assert 'value="Helga Sander"' in page.text
    assert "checked" in page.text
    assert 'value="Helga Sander"' in stranger.get(f"{start}/contact").text


def test_nothing_can_be_skipped(stage: Stage, stranger: Visitor) -> None:
    start = f"/apply/{stage.network}"
    stranger.get(f"{start}/check")
    assert stranger.page.url.path == f"{start}/organisation"
    stranger.post(f"{start}/check", will_to_cooperate="yes")
    assert stranger.page.url.path == f"{start}/organisation"


def test_without_the_declared_will_nothing_is_sent(stage: Stage, stranger: Visitor) -> None:
    start = filled(stranger, stage)
    page = stranger.post(f"{start}/check")
    assert page.status_code == 422
    assert 'href="#will_to_cooperate"' in page.text
    assert newest(stage) is None


def test_the_application_counts_once_its_link_is_confirmed(stage: Stage, stranger: Visitor) -> None:
    """A1: by the mail's link, with the page's button; opening it is not enough."""
    start = filled(stranger, stage)
    stranger.post(f"{start}/check", will_to_cooperate="yes")
    assert stranger.page.url.path == f"{start}/sent"
    assert SENNE.representative.email in stranger.page.text
    mail = stage.eventually("the confirmation mail", lambda: newest(stage))
    assert stage.office.items(f"{stage.path}/applications") == []
    stranger.get(f"/l/{stage.token(mail)}")
    assert stage.office.items(f"{stage.path}/applications") == []
    stranger.post(f"{stranger.page.url.path}/confirmation")
    assert stranger.page.status_code == 200
    assert "Received" in stranger.page.text or "Eingegangen" in stranger.page.text
    found = stage.office.items(f"{stage.path}/applications")
    assert [one["name"] for one in found] == [SENNE.name]


def newest(stage: Stage) -> Any:
    found = stage.mails(SENNE.representative.email)
    return next((mail for mail in reversed(found) if stage_of(mail, stage)), None)


def stage_of(mail: Any, stage: Stage) -> bool:
    """Whether the mail's link is about this test's network."""
    view = stage.api.link(stage.token(mail)).get("/link")
    return bool(view["network"] == stage.network and view["purpose"] == "application-confirmation")


def test_sending_twice_is_one_application(stage: Stage, stranger: Visitor) -> None:
    start = filled(stranger, stage)
    hidden = stranger.hidden()
    for _ in range(2):
        given = {"_token": hidden["_token"], "_key": hidden["_key"], "will_to_cooperate": "yes"}
        stranger.send(f"{start}/check", given, **{"Sec-Fetch-Site": "same-origin"})
        assert stranger.page.headers["location"] == f"{start}/sent"


def test_what_the_api_refuses_stands_at_its_field_and_nothing_is_lost(stage: Stage, stranger: Visitor) -> None:
    start = f"/apply/{stage.network}"
    stranger.get(f"{start}/organisation")
    stranger.post(f"{start}/organisation", **{**ORGANISATION, "field_of_work": "astronomy"})
    stranger.post(f"{start}/contact", **CONTACT)
    stranger.post(f"{start}/people", **PEOPLE)
    page = stranger.post(f"{start}/check", will_to_cooperate="yes")
    assert page.status_code == 422
    assert 'href="#field_of_work"' in page.text
    assert SENNE.address in page.text


def test_entries_belong_to_the_browser_in_which_they_were_made(stage: Stage, stranger: Visitor) -> None:
    start = filled(stranger, stage)
    with Visitor(stranger.installation) as other:
        other.get(f"{start}/check")
        assert SENNE.name not in other.page.text
    stranger.get(start)
    stranger.post(f"{start}/discarded")
    assert SENNE.name not in stranger.get(f"{start}/organisation").text


def test_no_address_holds_an_entry_and_no_page_is_kept(stage: Stage, stranger: Visitor) -> None:
    filled(stranger, stage)
    for entry in (SENNE.name, SENNE.representative.email):
        assert entry not in str(stranger.page.url)
    assert stranger.page.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in stranger.page.headers["cache-control"]
