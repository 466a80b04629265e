"""What an application must hold, what its key opens, and how the applicant answers the office (A1, A2)."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.membership.admission import (
    APPLY,
    ASK_APPLICANT,
    GET_APPLICATION,
    LIST_APPLICATIONS,
    SUPPLEMENT_APPLICATION,
    WITHDRAW_APPLICATION,
    ApplicationState,
    Apply,
    AskApplicant,
    GetApplication,
    ListApplications,
    Question,
    Supplement,
    SupplementApplication,
    WithdrawApplication,
)
from contracts.request import Refused
from tests.membership.admission.steps import apply, countersign, passed, welcome
from tests.membership.door import Bielefeld, application, person, refused


async def test_incomplete_applications_are_refused_and_leave_nothing(bielefeld: Bielefeld) -> None:
    """A1."""
    bad: dict[str, dict[str, Any]] = {
        "no-will-to-cooperate": {"will_to_cooperate": False},
        "field-not-open": {"field_of_work": "arms trade"},
        "text-empty": {"address": " \n "},
        "text-not-allowed": {"name": "Wohn\x00werk"},
        "text-too-long": {"name": "\ufdfa" * 200},
        "email-malformed": {"contact": person("c", email="a@example.org\r\nBcc: b@example.org")},
        "sign-in-incomplete": {"deputy": person("d", issuer=None)},
        "sign-in-reserved": {"representative": person("notifications", issuer="service")},
    }
    for slug, change in bad.items():
        with refused(slug, 422):
            await bielefeld.door.ask(APPLY, Apply(network=bielefeld.id, body=application(**change)))
    listing = ListApplications(network=bielefeld.id)
    assert (await bielefeld.door.ask(LIST_APPLICATIONS, listing, bielefeld.office)).items == []


async def test_the_applicants_key_is_shown_once_and_a_repetition_changes_nothing(bielefeld: Bielefeld) -> None:
    request = Apply(network=bielefeld.id, body=application())
    await bielefeld.door.ask(APPLY, request, bielefeld.office, key="once")
    with refused("answer-shown-once", 409):
        await bielefeld.door.ask(APPLY, request, bielefeld.office, key="once")
    with refused("idempotency-key-reused", 422):
        other = Apply(network=bielefeld.id, body=application("Other"))
        await bielefeld.door.ask(APPLY, other, bielefeld.office, key="once")
    listing = ListApplications(network=bielefeld.id)
    assert len((await bielefeld.door.ask(LIST_APPLICATIONS, listing, bielefeld.office)).items) == 1


async def test_a_wrong_key_opens_nothing(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    other = await apply(bielefeld, "Andere e.V.")
    about = receipt.application.id
    for key in ("", "x", "ü", other.applicant_key):
        with refused("not-authorised", 403):
            await bielefeld.door.ask(GET_APPLICATION, GetApplication(
                network=bielefeld.id, application=about, applicant_key=key,
            ))  # fmt: skip
        with refused("not-authorised", 403):
            await bielefeld.door.ask(WITHDRAW_APPLICATION, WithdrawApplication(
                network=bielefeld.id, application=about, applicant_key=key,
            ))  # fmt: skip
    showing = bielefeld.door.ask(GET_APPLICATION, GetApplication(network=bielefeld.id, application=about))
    leaving = WithdrawApplication(network=bielefeld.id, application=about)
    for asking in (showing, bielefeld.door.ask(WITHDRAW_APPLICATION, leaving)):
        with pytest.raises(Refused) as caught:
            await asking
        assert (caught.value.slug, caught.value.problem.status) == ("not-signed-in", 401)
        assert "Fallnetz-Applicant-Key" in caught.value.problem.detail


async def test_the_office_asks_back_and_the_applicant_answers_with_its_key(bielefeld: Bielefeld) -> None:
    """A2."""
    receipt = await apply(bielefeld)
    about = receipt.application.id
    question = AskApplicant(network=bielefeld.id, application=about, body=Question(question="Which area?"))
    with refused("not-authorised", 403):
        await bielefeld.door.ask(ASK_APPLICANT, question, bielefeld.speaker(1))
    asked = await bielefeld.door.ask(ASK_APPLICANT, question, bielefeld.office)
    assert (asked.state, asked.question) == (ApplicationState.QUESTIONED, "Which area?")
    answer = SupplementApplication(
        network=bielefeld.id, application=about, applicant_key=receipt.applicant_key, body=Supplement(answer="Senne")
    )
    answered = await bielefeld.door.ask(SUPPLEMENT_APPLICATION, answer)
    assert (answered.state, answered.answer) == (ApplicationState.RECEIVED, "Senne")
    with refused("application-received"):
        await bielefeld.door.ask(SUPPLEMENT_APPLICATION, answer)


async def test_the_key_and_the_applicants_texts_stay_out_of_the_journal(bielefeld: Bielefeld) -> None:
    receipt = await passed(bielefeld)
    await welcome(bielefeld, receipt)
    await countersign(bielefeld, receipt)
    text = "".join(entry.body + str(entry.actor) for entry in await bielefeld.door.journal())
    for secret in (receipt.applicant_key, "Wohnwerk", "Marktstraße", "contact@example.org", "new-rep"):
        assert secret not in text


async def test_what_came_on_paper_is_received_at_the_moment_that_the_office_enters(bielefeld: Bielefeld) -> None:
    """A1."""
    stamped = bielefeld.now - timedelta(days=3)
    request = Apply(network=bielefeld.id, body=application(received_at=stamped))
    receipt = await bielefeld.door.ask(APPLY, request, bielefeld.office)
    assert (receipt.application.state, receipt.application.received_at) == (ApplicationState.RECEIVED, stamped)
    later = Apply(network=bielefeld.id, body=application(received_at=bielefeld.now + timedelta(seconds=1)))
    with refused("receipt-in-future", 422):
        await bielefeld.door.ask(APPLY, later, bielefeld.office)
    for outsider in (None, bielefeld.speaker(1)):
        with refused("not-authorised", 403):
            await bielefeld.door.ask(APPLY, request, outsider)
