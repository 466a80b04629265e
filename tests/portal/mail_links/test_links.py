"""Links of mails (N5): opening shows, only a form confirms or votes, and the token stays out of addresses."""

import re
from collections.abc import Callable

import pytest

from services.cli.demo import law
from services.cli.demo.ballots import Played
from services.cli.demo.stage import Stage
from services.cli.installation.seeding import details
from tests.journeys.test_procedures import announced
from tests.portal.visitor import Visitor
from tests.world import SENNE

SignIn = Callable[..., Visitor]


@pytest.fixture
def played(stage: Stage) -> Played:
    """An admission that was put to the members; it is Friday, 11 December 2026, 10:00."""
    found = announced(stage)[2]
    stage.go_to(law.local(2026, 12, 11, 10))
    return found


def token_of(stage: Stage, played: Played, user: str) -> str:
    return stage.token(stage.mail_of_notice(played.id, played.purpose, user))


def opened(visitor: Visitor, token: str) -> str:
    """Gives the address under which the link goes on."""
    visitor.get(f"/l/{token}")
    assert visitor.page.status_code == 200
    return visitor.page.url.path


def test_opening_changes_nothing(stage: Stage, played: Played, stranger: Visitor) -> None:
    """A mail scanner opens links, too."""
    token = token_of(stage, played, "diakonie")
    for _ in range(2):
        opened(stranger, token)
    assert stage.elector(played.id, "diakonie")["window"] is None
    assert len(re.findall(r"<form[^>]*/confirmation", stranger.page.text)) == 1


def test_the_token_is_in_no_address_and_no_page_after_opening(stage: Stage, played: Played, stranger: Visitor) -> None:
    token = token_of(stage, played, "diakonie")
    here = opened(stranger, token)
    assert token not in stranger.page.text
    assert token not in str(stranger.page.url)
    assert stranger.page.headers["referrer-policy"] == "no-referrer"
    with Visitor(stranger.installation) as other:
        assert other.get(here).status_code == 404


def test_a_member_answers_by_link_without_signing_in(stage: Stage, played: Played, stranger: Visitor) -> None:
    """N5, P4, T1: receipt, answer, check, receipt of the answer."""
    here = opened(stranger, token_of(stage, played, "diakonie"))
    stranger.post(f"{here}/confirmation")
    assert stage.elector(played.id, "diakonie")["window"]["last_day"] == "2026-12-28"
    page = stranger.page.text
    assert 'name="choice"' in page
    assert " checked" not in page, "nothing is preselected (B8)"
    stranger.post(f"{here}/answer", choice="object", reason="We know of no need.")
    assert stage.elector(played.id, "diakonie")["choice"] is None
    assert "We know of no need." in stranger.page.text
    stranger.post(f"{here}/vote", choice="object", reason="We know of no need.")
    assert stranger.page.url.path == f"{here}/answered"
    assert stage.elector(played.id, "diakonie")["choice"] == "object"


def test_no_choice_is_said_at_the_form_and_the_reason_stays(stage: Stage, played: Played, stranger: Visitor) -> None:
    here = opened(stranger, token_of(stage, played, "diakonie"))
    stranger.post(f"{here}/confirmation")
    page = stranger.post(f"{here}/answer", reason="Only a reason")
    assert page.status_code == 422
    assert 'href="#choice"' in page.text
    assert "Only a reason" in page.text


def test_the_answer_can_be_corrected_and_changed(stage: Stage, played: Played, stranger: Visitor) -> None:
    here = opened(stranger, token_of(stage, played, "gfs"))
    stranger.post(f"{here}/confirmation")
    stranger.post(f"{here}/correction", choice="object", reason="No")
    assert stranger.page.text.count(" checked") == 1
    for choice in ("object", "no-objection"):
        stranger.get(here)
        stranger.post(f"{here}/vote", choice=choice)
    assert stage.elector(played.id, "gfs")["choice"] == "no-objection"


def test_a_late_answer_is_told_that_it_does_not_count(stage: Stage, played: Played, stranger: Visitor) -> None:
    """T5."""
    here = opened(stranger, token_of(stage, played, "diakonie"))
    stranger.post(f"{here}/confirmation")
    stage.go_to(law.local(2026, 12, 29, 0, 1))
    page = stranger.post(f"{here}/vote", choice="object")
    assert page.status_code == 409
    assert stage.elector(played.id, "diakonie")["choice"] is None


@pytest.mark.parametrize("token", ["a.b", "x" * 700, "no-dot", "%2e%2e", "ü.ü"])
def test_a_link_that_is_not_ours_gets_a_page_that_says_so(stage: Stage, stranger: Visitor, token: str) -> None:
    page = stranger.get(f"/l/{token}")
    assert page.status_code == 404
    assert "<h1" in page.text


def test_an_expired_link_says_what_to_do(stage: Stage, played: Played, stranger: Visitor) -> None:
    token = token_of(stage, played, "diakonie")
    stage.go_to(law.local(2028, 1, 10, 10))
    page = stranger.get(f"/l/{token}")
    assert page.status_code == 410
    assert 'href="/sign-in"' in page.text
    assert "ask your organisation or the coordinating office for an invitation" in page.text
    assert "send it again" not in page.text


def test_the_link_of_a_member_that_left_opens_nothing(stage: Stage, played: Played, stranger: Visitor) -> None:
    """L3: at that second, also where it was opened before."""
    here = opened(stranger, token_of(stage, played, "wohnbau"))
    stage.api.of("wohnbau").post(f"{stage.path}/resignations", {"member": stage.member("wohnbau")})
    assert stage.eventually("the closed link", lambda: stranger.get(here).status_code == 410)


def test_the_page_speaks_the_recipients_language_unless_another_was_chosen(
    stage: Stage, played: Played, stranger: Visitor
) -> None:
    here = opened(stranger, token_of(stage, played, "trockendock"))
    assert '<html lang="en"' in stranger.page.text
    here = opened(stranger, token_of(stage, played, "diakonie"))
    assert '<html lang="de"' in stranger.page.text
    stranger.post("/language", language="nl", next=here)
    assert '<html lang="nl"' in stranger.get(here).text


def test_a_link_acts_for_its_own_member_whoever_is_signed_in(stage: Stage, played: Played, signed_in: SignIn) -> None:
    bethel = signed_in("bethel")
    here = opened(bethel, token_of(stage, played, "diakonie"))
    bethel.post(f"{here}/confirmation")
    bethel.post(f"{here}/vote", choice="object")
    assert stage.elector(played.id, "diakonie")["choice"] == "object"
    assert stage.elector(played.id, "bethel")["choice"] is None


def test_a_link_whose_recipient_has_no_function_any_more_says_so(
    stage: Stage, played: Played, stranger: Visitor
) -> None:
    """L3 for persons: who was replaced answers no more, also where the link was open before."""
    here = opened(stranger, token_of(stage, played, "diakonie"))
    stranger.post(f"{here}/confirmation")
    person = details(SENNE.deputy, stage.issuer)
    path = f"{stage.path}/members/{stage.member('diakonie')}/representations"
    stage.office.post(path, {"role": "representative", "person": person})
    page = stranger.post(f"{here}/vote", choice="object")
    assert page.status_code == 410
    assert page.text.count("<h1") == 1
    assert stage.elector(played.id, "diakonie")["choice"] is None
