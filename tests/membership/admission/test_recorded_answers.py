"""A2: an answer that came by telephone, letter, mail or in person is recorded by the office with its evidence."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.membership.admission import (
    GET_APPLICATION,
    RECORD_ANSWER,
    SUPPLEMENT_APPLICATION,
    ApplicationReceipt,
    ApplicationState,
    ApplicationView,
    GetApplication,
    RecordAnswer,
    Supplement,
    SupplementApplication,
)
from contracts.membership.words import AnswerWay
from contracts.request import Actor
from tests.membership.admission.steps import announce, apply, asked, told
from tests.membership.door import OPERATOR, Bielefeld, refused


async def record(
    network: Bielefeld, receipt: ApplicationReceipt, by: Actor | None = None, **changes: Any
) -> ApplicationView:
    request = RecordAnswer(network=network.id, application=receipt.application.id, body=told(network, **changes))
    return await network.door.ask(RECORD_ANSWER, request, by or network.office)


async def test_it_is_kept_with_who_gave_it_when_and_how_and_the_check_goes_on(bielefeld: Bielefeld) -> None:
    """T1: no window begins with it; that of each member begins with its receipt of the announcement."""
    receipt = await asked(bielefeld)
    await bielefeld.pass_time(bielefeld.now + timedelta(days=3))
    told_at = bielefeld.now - timedelta(days=1)
    found = await record(bielefeld, receipt, told_at=told_at, way=AnswerWay.LETTER)
    assert (found.state, found.answer) == (ApplicationState.RECEIVED, "Since 2019, with twelve places.")
    assert (found.answered_at, found.answer_way) == (told_at, AnswerWay.LETTER)
    assert found.answer_from == "Mia Beispiel, chair"
    fact = (await bielefeld.door.journal(receipt.application.id))[-1]
    assert "Mia" not in fact.body, "facts carry no names"
    assert '"way":"letter"' in fact.body
    ballot = await announce(bielefeld, receipt)
    assert ballot.opened_at == bielefeld.now
    assert {elector.window for elector in ballot.electors} == {None}


async def test_only_the_office_and_the_applicant_read_who_gave_it(bielefeld: Bielefeld) -> None:
    receipt = await asked(bielefeld)
    await record(bielefeld, receipt)
    await announce(bielefeld, receipt)
    request = GetApplication(network=bielefeld.id, application=receipt.application.id)
    member = await bielefeld.door.ask(GET_APPLICATION, request, bielefeld.speaker(1))
    assert (member.answer_from, member.answer_way) == (None, AnswerWay.TELEPHONE)
    own = GetApplication(network=bielefeld.id, application=receipt.application.id, applicant_key=receipt.applicant_key)
    assert (await bielefeld.door.ask(GET_APPLICATION, own)).answer_from == "Mia Beispiel, chair"


async def test_only_the_office_records_it_and_only_while_a_question_is_open(bielefeld: Bielefeld) -> None:
    receipt = await asked(bielefeld)
    for by in (bielefeld.speaker(1), OPERATOR):
        with refused("not-authorised", 403):
            await record(bielefeld, receipt, by)
    await record(bielefeld, receipt)
    with refused("application-received"):
        await record(bielefeld, receipt)
    answer = SupplementApplication(
        network=bielefeld.id, application=receipt.application.id, applicant_key=receipt.applicant_key,
        body=Supplement(answer="Another one"),
    )  # fmt: skip
    with refused("application-received"):
        await bielefeld.door.ask(SUPPLEMENT_APPLICATION, answer)
    unasked = await apply(bielefeld, "Never asked e.V.")
    with refused("application-received"):
        await record(bielefeld, unasked)


@pytest.mark.parametrize(
    ("changes", "slug", "status"),
    [({"hours": 1}, "receipt-in-future", 422), ({"hours": -2}, "receipt-before-question", 422),
     ({"told_by": " "}, "text-empty", 422), ({"told_by": "a\nb"}, "text-not-allowed", 422),
     ({"answer": ""}, "text-empty", 422)],
)  # fmt: skip
async def test_evidence_that_cannot_be_right_is_refused_and_leaves_nothing(
    bielefeld: Bielefeld, changes: dict[str, Any], slug: str, status: int
) -> None:
    receipt = await asked(bielefeld)
    given = dict(changes)
    if "hours" in given:
        given["told_at"] = bielefeld.now + timedelta(hours=given.pop("hours"))
    with refused(slug, status):
        await record(bielefeld, receipt, **given)
    request = GetApplication(network=bielefeld.id, application=receipt.application.id)
    found = await bielefeld.door.ask(GET_APPLICATION, request, bielefeld.office)
    assert (found.state, found.answer) == (ApplicationState.QUESTIONED, None)


async def test_what_was_answered_in_the_minute_of_the_question_counts(bielefeld: Bielefeld) -> None:
    """People note moments to the minute."""
    await bielefeld.pass_time(bielefeld.now + timedelta(seconds=40))
    receipt = await asked(bielefeld)
    found = await record(bielefeld, receipt, told_at=bielefeld.now.replace(second=0, microsecond=0))
    assert found.state is ApplicationState.RECEIVED
