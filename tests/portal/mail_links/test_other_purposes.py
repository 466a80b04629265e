"""What else links of mails open: the applicant's own application, an invitation, the message of an exclusion."""

from collections.abc import Callable

from services.cli.demo import admission, ballots, exclusion, law
from services.cli.demo.stage import Stage
from services.cli.installation.seeding import details
from tests.portal.visitor import Visitor
from tests.world import GFS, SENNE

SignIn = Callable[..., Visitor]
EMAIL = SENNE.representative.email


def test_the_applicant_answers_the_offices_question_by_its_link(stage: Stage, stranger: Visitor) -> None:
    """A2."""
    application = admission.apply(stage)[0]
    path = f"{stage.path}/applications/{application}"
    stage.office.post(f"{path}/question", {"question": "Since when have you worked in Senne?"})
    stranger.get(f"/l/{stage.token(stage.mail_of(application, 'application-question', EMAIL))}")
    assert "Since when have you worked in Senne?" in stranger.page.text
    here = stranger.page.url.path
    page = stranger.post(f"{here}/supplement", answer=" ")
    assert page.status_code == 422
    assert 'href="#answer"' in page.text
    stranger.post(f"{here}/supplement", answer="Since 2019.")
    assert stranger.page.status_code == 200
    assert stage.office.get(path)["answer"] == "Since 2019."


def test_the_applicant_withdraws_by_its_link_after_being_asked(stage: Stage, stranger: Visitor) -> None:
    """A6."""
    application = admission.apply(stage)[0]
    stranger.get(f"/l/{stage.token(stage.mail_of(application, 'application-received', EMAIL))}")
    here = stranger.page.url.path
    stranger.get(f"{here}/withdrawal")
    assert stage.office.get(f"{stage.path}/applications/{application}")["state"] == "received"
    stranger.post(f"{here}/withdrawal")
    assert stage.office.get(f"{stage.path}/applications/{application}")["state"] == "withdrawn"
    assert "/withdrawal" not in stranger.page.text


def test_an_invitation_ties_the_sign_in_of_whoever_accepts_it(stage: Stage, signed_in: SignIn) -> None:
    """O3: first signed in, then accepted; before that the person is nobody here."""
    person = {**details(SENNE.representative, None), "email": f"new-{stage.network}@gfs.example"}
    path = f"{stage.path}/members/{stage.member(GFS.representative.user)}/representations"
    stage.office.post(path, {"role": "deputy", "person": person})
    mail = stage.eventually("the invitation", lambda: next(iter(stage.mails(str(person["email"]))), None))
    visitor = signed_in(SENNE.representative.user)
    assert visitor.get(f"/n/{stage.network}").status_code == 404
    visitor.get(f"/l/{stage.token(mail)}")
    assert visitor.page.status_code == 200
    visitor.post(f"{visitor.page.url.path}/acceptance")
    assert visitor.page.url.path == f"/n/{stage.network}"
    assert visitor.page.status_code == 200


def test_an_invitation_is_kept_while_its_reader_signs_in(stage: Stage, stranger: Visitor) -> None:
    person = {**details(SENNE.deputy, None), "email": f"later-{stage.network}@gfs.example"}
    path = f"{stage.path}/members/{stage.member(GFS.representative.user)}/representations"
    stage.office.post(path, {"role": "deputy", "person": person})
    mail = stage.eventually("the invitation", lambda: next(iter(stage.mails(str(person["email"]))), None))
    stranger.get(f"/l/{stage.token(mail)}")
    here = stranger.page.url.path
    assert f'href="/sign-in?next={here}"' in stranger.page.text
    stranger.sign_in(SENNE.deputy.user, here)
    assert stranger.page.url.path == here
    assert f'action="{here}/acceptance"' in stranger.page.text


def test_the_message_of_an_exclusion_ends_the_membership_when_it_is_confirmed(stage: Stage, stranger: Visitor) -> None:
    """L2: not by opening the page."""
    found, played = passed_exclusion(stage)
    mail = stage.mail_of_notice(found, "exclusion-message", "trockendock")
    stranger.get(f"/l/{stage.token(mail)}")
    assert exclusion.REASON in stranger.page.text
    here = stranger.page.url.path
    assert stage.organisation("trockendock").name in stage.directory()
    stranger.post(f"{here}/confirmation")
    assert stranger.page.status_code == 200
    stage.eventually(
        "the end of the membership", lambda: stage.organisation("trockendock").name not in stage.directory()
    )
    assert played.id


def passed_exclusion(stage: Stage) -> tuple[str, ballots.Played]:
    """Of Trockendock, at the request of GFS, decided by the five others."""
    body = {"member": stage.member("trockendock"), "reason": exclusion.REASON}
    found = str(stage.api.of("gfs").post(f"{stage.path}/exclusions", body)["id"])
    ballot = stage.office.post(f"{stage.path}/exclusions/{found}/announcement")
    electors = ["bethel", "wohnbau", "diakonie", "gfs", "stadt"]
    played = ballots.opened(stage, ballot, "exclusion-ballot", electors, law.MORE_THAN_THREE_QUARTERS)
    exclusion.answer(stage, played, dict.fromkeys(electors, "approve"), law.local(2026, 12, 8, 9))
    stage.go_to(law.local(2027, 1, 4, 9))
    stage.eventually(
        "the decision", lambda: stage.office.get(f"{stage.path}/exclusions/{found}")["state"] == "passed" or None
    )
    return found, played
