"""P7: the office sees each procedure with its state, its next step, for whom it waits and until when."""

from datetime import timedelta
from typing import Any

from contracts.ids import NoticeId
from contracts.membership.admission import ASK_APPLICANT, AskApplicant, Question
from contracts.membership.desk import LIST_PROCEDURES, ListProcedures, Procedure
from contracts.membership.words import Choice
from contracts.notifications.notices import NoticeBounced
from contracts.notifications.words import Purpose
from contracts.request import Paging
from services.membership.ballots.listeners import listeners as receipts
from tests.membership.admission.steps import announce, apply, countersign, passed, welcome, withdraw
from tests.membership.door import OPERATOR, STRANGER, Bielefeld, Door, refused
from tests.membership.leaving import steps as leaving
from tests.membership.leaving.steps import ask_for, record, resign

HOUR = timedelta(hours=1)


async def procedures(network: Bielefeld, **asked: Any) -> list[Procedure]:
    request = ListProcedures(network=network.id, **asked)
    return (await network.door.ask(LIST_PROCEDURES, request, network.office)).items


async def step(network: Bielefeld) -> tuple[str, str, str]:
    """(state, next step, for whom it waits) of the newest procedure."""
    newest = (await procedures(network))[0]
    return newest.state, newest.next_step, newest.waits_for


async def test_an_admission_says_at_each_step_who_acts_next(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    assert await step(bielefeld) == ("received", "check", "office")
    question = AskApplicant(
        network=bielefeld.id, application=receipt.application.id, body=Question(question="Which area?")
    )
    await bielefeld.door.ask(ASK_APPLICANT, question, bielefeld.office)
    assert await step(bielefeld) == ("questioned", "answer-question", "applicant")
    ballot = await announce(bielefeld, receipt)
    assert await step(bielefeld) == ("announced", "await-answers", "members")
    await bielefeld.decide(ballot, Choice.OBJECT, 0)
    assert await step(bielefeld) == ("passed", "welcome", "office")
    welcomed = await welcome(bielefeld, receipt)
    assert await step(bielefeld) == ("welcomed", "await-copy", "applicant")
    assert (await procedures(bielefeld))[0].due == welcomed.expires_at
    await countersign(bielefeld, receipt)
    assert await step(bielefeld) == ("member", "none", "nobody")


async def test_an_exclusion_waits_for_the_member_concerned_in_the_end(bielefeld: Bielefeld) -> None:
    """L2."""
    exclusion = await ask_for(bielefeld, 3)
    assert await step(bielefeld) == ("requested", "announce", "office")
    ballot = await leaving.announce(bielefeld, exclusion)
    assert await step(bielefeld) == ("announced", "await-answers", "members")
    await bielefeld.decide(ballot, Choice.APPROVE, 5)
    assert await step(bielefeld) == ("passed", "await-receipt", "member-concerned")
    await record(bielefeld, exclusion)
    newest = (await procedures(bielefeld))[0]
    assert (newest.state, newest.next_step, newest.name) == ("in-effect", "none", bielefeld.members[3].name)


async def test_it_counts_who_has_answered_received_and_cannot_be_reached(bielefeld: Bielefeld) -> None:
    """T2, T7: the end is known only when everybody has received the notice."""
    ballot = await announce(bielefeld, await apply(bielefeld))
    for number in (1, 2, 3):
        await bielefeld.receive(ballot, bielefeld.members[number].id)
    await bielefeld.vote(ballot, 1, Choice.OBJECT)
    await bielefeld.vote(ballot, 1, Choice.NO_OBJECTION)
    await bielefeld.vote(ballot, 2, Choice.OBJECT)
    bounced = NoticeBounced(
        network=bielefeld.id, notice=NoticeId("not_1"), purpose=Purpose.ADMISSION_BALLOT, about=ballot.id,
        member=bielefeld.members[4].id, at=bielefeld.now,
    )  # fmt: skip
    await bielefeld.door.hear(receipts, "notifications", bounced, message="m-1")
    (one,) = await procedures(bielefeld)
    counts = (one.electors, one.answered, one.without_receipt, one.undeliverable)
    assert (one.ballot, one.due, counts) == (ballot.id, None, (6, 2, 3, 1))
    for number in (0, 4, 5):
        await bielefeld.receive(ballot, bielefeld.members[number].id)
    (one,) = await procedures(bielefeld)
    counts = (one.electors, one.answered, one.without_receipt, one.undeliverable)
    assert counts == (6, 2, 0, 0)
    assert one.due is not None
    assert one.due > bielefeld.now + timedelta(days=14)
    await resign(bielefeld, 2)
    one = (await procedures(bielefeld, kind="admission"))[0]
    assert (one.electors, one.answered) == (5, 1), "B3"


async def several(network: Bielefeld) -> list[str]:
    """Names of procedures in the order in which they began."""
    names = []
    receipt = await apply(network, "Verein A")
    await network.pass_time(network.now + HOUR)
    await ask_for(network, 3)
    await network.pass_time(network.now + HOUR)
    await withdraw(network, receipt)
    await apply(network, "Verein B")
    await resign(network, 5)
    await network.pass_time(network.now + HOUR)
    await resign(network, 4)
    await apply(network, "Verein C")
    names = ["Verein A", network.members[3].name, "Verein B", network.members[5].name, network.members[4].name]
    return [*names, "Verein C"]


async def test_the_newest_come_first_by_kind_and_by_whether_they_go_on(bielefeld: Bielefeld) -> None:
    names = await several(bielefeld)
    found = [one.name for one in await procedures(bielefeld)]
    assert sorted(found) == sorted(names)
    assert found[-2:] == ["Verein A", bielefeld.members[3].name][::-1]
    assert [one.name for one in await procedures(bielefeld, running=True)] == [
        "Verein C", "Verein B", bielefeld.members[3].name,
    ]  # fmt: skip
    over = await procedures(bielefeld, running=False)
    assert [(one.kind, one.name) for one in over] == [
        ("resignation", bielefeld.members[4].name), ("resignation", bielefeld.members[5].name),
        ("admission", "Verein A"),
    ]  # fmt: skip
    assert [one.name for one in await procedures(bielefeld, kind="resignation", running=True)] == []
    assert [one.name for one in await procedures(bielefeld, kind="exclusion")] == [bielefeld.members[3].name]


async def test_pages_of_it_hold_together_across_the_kinds(bielefeld: Bielefeld) -> None:
    await several(bielefeld)
    for asked in ({}, {"running": True}, {"running": False}, {"kind": "admission"}):
        whole = await procedures(bielefeld, **asked)
        found: list[Procedure] = []
        cursor: str | None = None
        while True:
            request = ListProcedures(network=bielefeld.id, paging=Paging(cursor=cursor, limit=1), **asked)
            page = await bielefeld.door.ask(LIST_PROCEDURES, request, bielefeld.office)
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        assert found == whole, asked


async def test_an_application_whose_copy_did_not_come_is_over_before_any_timer_runs(bielefeld: Bielefeld) -> None:
    """T4."""
    receipt = await passed(bielefeld)
    welcomed = await welcome(bielefeld, receipt)
    assert welcomed.expires_at is not None

    async def asleep(*_: object) -> None:
        """No deadline is carried out."""

    bielefeld.door.pass_deadlines = asleep  # type: ignore[method-assign,assignment]
    await bielefeld.pass_time(welcomed.expires_at)
    assert await step(bielefeld) == ("expired", "none", "nobody")


async def test_only_the_office_and_operators_see_the_procedures(door: Door) -> None:
    here, there = await Bielefeld.found(door), await Bielefeld.found(door, "elsewhere")
    await apply(here)
    assert len((await door.ask(LIST_PROCEDURES, ListProcedures(network=here.id), OPERATOR)).items) == 1
    for by in (here.speaker(1), STRANGER, there.office):
        with refused("not-authorised", 403):
            await door.ask(LIST_PROCEDURES, ListProcedures(network=here.id), by)
    assert await procedures(there) == []
