"""Facts become notices, once, and reminders keep their plan. On both databases."""

from datetime import timedelta

import pytest

from contracts.ids import MemberId
from contracts.membership.admission import ApplicantWelcomed
from contracts.membership.ballots import ElectorDropped
from contracts.membership.leaving import ResignationDeclared
from contracts.membership.members import MemberJoined, MemberLeft
from contracts.membership.networks import TestClockAdvanced
from contracts.membership.words import LeftBecause, Subject
from contracts.notifications.notices import NoticeState
from contracts.notifications.words import Purpose
from contracts.request import Refused
from services.chassis import clock, journal
from services.chassis.database import Database, Transaction
from services.chassis.deadlines import DueKey
from services.chassis.problems import NotYet
from services.notifications.notices import handlers, tables, tables_reminders
from services.notifications.notices.rules_life import Step, Stored
from tests.notifications.facts import (
    APPLICATION,
    BALLOT,
    EXCLUSION,
    MONDAY,
    NETWORK,
    SIX,
    A,
    B,
    F,
    closed,
    day,
    founding,
    hear,
    opened,
    received,
    requested,
    voted,
)


def _all(tx: Transaction) -> list[Stored]:
    return tables.listed(tx, NETWORK, members=None, undelivered=False, before=None, limit=1000)[::-1]


async def notices(database: Database, purpose: Purpose | None = None) -> list[Stored]:
    """Oldest first."""
    return [one for one in await database.read(_all) if purpose in (None, one.purpose)]


async def wake(database: Database, now: object) -> None:
    """What the deadline loop does: the network's clock decides."""
    for due in await database.read(tables_reminders.due, now, 100):  # type: ignore[arg-type]
        assert isinstance(due, DueKey)
        await database.write(_remind, due.key, now)


def _remind(tx: Transaction, key: str, real: object) -> None:
    handlers.remind(tx, key, clock.moment(tx, NETWORK, real))  # type: ignore[arg-type]


async def test_a_ballot_is_told_once_however_often_its_fact_arrives(database: Database) -> None:
    """N9: the inbox knows the message; a journal that is replayed under the same ids brings nothing new either."""
    await hear(database, *founding(), opened())
    await hear(database, opened(), first=9)
    assert [notice.member for notice in await notices(database)] == SIX
    facts = [entry.kind for entry in await database.read(journal.entries)]
    assert facts == ["NoticeCreated"] * 6


async def test_an_exclusion_ballot_waits_until_it_is_known_whom_it_concerns(database: Database) -> None:
    await hear(database, *founding())
    with pytest.raises(NotYet):
        await hear(database, opened(Subject.EXCLUSION), first=20)
    assert await notices(database) == []
    await hear(database, requested(), first=21)
    await hear(database, opened(Subject.EXCLUSION), first=20)
    assert [n.content.concerned for n in await notices(database, Purpose.EXCLUSION_BALLOT)] == [A] * 5


async def test_reminders_come_by_plan_and_stop_when_answered(database: Database) -> None:
    """N6: day 3 to the representative, day 7 to the deputy too; then the member votes."""
    await hear(database, *founding(), opened(), received(A, [day(3), day(7), day(12), day(14)]), received(B, [day(3)]))
    await wake(database, day(3) - timedelta(seconds=1))
    assert await notices(database, Purpose.BALLOT_REMINDER) == []
    await wake(database, day(3))
    await wake(database, day(3))
    first = await notices(database, Purpose.BALLOT_REMINDER)
    assert sorted((n.member or "", n.addressee.value) for n in first) == [(A, "member"), (B, "member")]
    assert {n.reminder_of for n in first} == {n.id for n in (await notices(database))[:2]}
    await wake(database, day(7))
    assert len(await notices(database, Purpose.BALLOT_REMINDER)) == 4
    await hear(database, voted(A), first=30)
    await wake(database, day(14))
    assert len(await notices(database, Purpose.BALLOT_REMINDER)) == 4


async def test_of_several_overdue_reminders_only_the_newest_is_sent(database: Database) -> None:
    await hear(database, *founding(), opened(), received(A, [day(3), day(7), day(12)]))
    await wake(database, day(13))
    sent = await notices(database, Purpose.BALLOT_REMINDER)
    assert [(n.content.number, n.addressee.value) for n in sent] == [(3, "member"), (3, "deputy")]
    [task] = await notices(database, Purpose.OFFICE_TASK)
    assert (task.member, task.content.task, task.content.concerned) == (F, "answer-missing", A)


async def test_no_reminder_is_sent_after_the_window(database: Database) -> None:
    await hear(database, *founding(), opened(), received(A, [day(3)]))
    await wake(database, day(15))
    assert await notices(database, Purpose.BALLOT_REMINDER) == []


async def test_a_vote_that_overtakes_the_receipt_stops_the_reminders_all_the_same(database: Database) -> None:
    await hear(database, *founding(), opened(), voted(A), received(A, [day(3)]))
    await wake(database, day(4))
    assert await notices(database, Purpose.BALLOT_REMINDER) == []


async def test_a_reminder_that_waits_for_sending_is_withdrawn_by_the_answer(database: Database) -> None:
    await hear(database, *founding(), opened(), received(A, [day(3)]))
    await wake(database, day(4))
    await hear(database, voted(A), first=40)
    [reminder] = await notices(database, Purpose.BALLOT_REMINDER)
    assert (reminder.standing.state, reminder.due_at) == (NoticeState.CANCELLED, None)


async def test_those_without_receipt_are_asked_again_until_they_have_it(database: Database) -> None:
    await hear(database, *founding(), opened(nudges=[day(3), day(7)]), received(A, []))
    await wake(database, day(3))
    asked = await notices(database, Purpose.RECEIPT_REMINDER)
    assert [n.member for n in asked] == SIX[1:]
    await hear(database, *(received(member, []) for member in SIX[1:5]), first=50)
    await wake(database, day(7))
    again = [n for n in await notices(database, Purpose.RECEIPT_REMINDER) if n.content.number == 2]
    assert {n.member for n in again} == {F}


async def test_a_closed_ballot_reminds_nobody_and_tells_the_result_to_those_who_are_still_there(
    database: Database,
) -> None:
    gone = MemberLeft(network=NETWORK, member=B, effective_at=day(2), because=LeftBecause.RESIGNED)
    dropped = ElectorDropped(network=NETWORK, ballot=BALLOT, member=B, at=day(2))
    await hear(database, *founding(), opened(), received(A, [day(3)]), gone, dropped, closed())
    await wake(database, day(4))
    assert await notices(database, Purpose.BALLOT_REMINDER) == []
    assert [n.member for n in await notices(database, Purpose.BALLOT_RESULT)] == [A, *SIX[2:]]


async def test_a_result_waits_for_the_opening(database: Database) -> None:
    with pytest.raises(NotYet):
        await hear(database, closed())
    assert await notices(database) == []


async def test_a_member_that_left_is_told_nothing_more(database: Database) -> None:
    """L3."""
    await hear(database, *founding(), opened())
    left = MemberLeft(network=NETWORK, member=A, effective_at=day(1), because=LeftBecause.RESIGNED)
    await hear(database, left, first=60)
    states = {n.member: n.standing.state for n in await notices(database)}
    assert states[A] is NoticeState.CANCELLED
    assert states[B] is NoticeState.CREATED


async def test_a_resignation_is_told_to_those_who_are_members_at_that_moment(database: Database) -> None:
    """L1: also where the news of a leaving comes late."""
    late = MemberLeft(network=NETWORK, member=B, effective_at=day(1), because=LeftBecause.RESIGNED)
    joined = MemberJoined(network=NETWORK, member=MemberId("mem_g"), effective_at=day(1))
    await hear(database, *founding(), late, joined, ResignationDeclared(network=NETWORK, member=A, effective_at=day(2)))
    told = [n.member for n in await notices(database, Purpose.RESIGNATION)]
    assert told == [*SIX[2:], "mem_g"]


async def test_an_applicant_that_became_a_member_is_not_reminded(database: Database) -> None:
    welcomed = ApplicantWelcomed(
        network=NETWORK, application=APPLICATION, expires_at=day(30), reminders=[day(10), day(20)]
    )
    await hear(database, *founding(), welcomed)
    await wake(database, day(10))
    assert len(await notices(database, Purpose.APPLICATION_REMINDER)) == 1
    joined = MemberJoined(network=NETWORK, member=MemberId("mem_g"), effective_at=day(12), application=APPLICATION)
    await hear(database, joined, first=70)
    await wake(database, day(20))
    assert len(await notices(database, Purpose.APPLICATION_REMINDER)) == 1


async def test_a_sandbox_goes_by_its_test_clock_which_never_goes_back(database: Database) -> None:
    await hear(database, *founding(sandbox=True), opened(), received(A, [day(3)]))
    await wake(database, day(100))
    assert await notices(database, Purpose.BALLOT_REMINDER) == []
    advanced = TestClockAdvanced(network=NETWORK, moment=day(3))
    await hear(database, advanced, at=day(3), first=80)
    await hear(database, TestClockAdvanced(network=NETWORK, moment=day(2)), at=day(2), first=81)
    await wake(database, MONDAY - timedelta(days=900))
    [reminder] = await notices(database, Purpose.BALLOT_REMINDER)
    assert reminder.created_at == day(3)


def _step(tx: Transaction, notice: str, state: NoticeState, sending: int, evidence: str) -> None:
    found = handlers.find(tx, notice, lock=True)
    assert found is not None
    handlers.take_step(tx, found, Step(state=state, sending=sending, at=MONDAY, evidence=evidence))


async def test_repeated_evidence_is_stored_and_published_once(database: Database) -> None:
    """Promise 12."""
    await hear(database, *founding(), opened(electors=[A]))
    [notice] = await notices(database)
    for _ in range(3):
        await database.write(_step, notice.id, NoticeState.BOUNCED, 0, "delivery report: failed 5.1.1")
    kinds = [entry.kind for entry in await database.read(journal.entries, notice.id)]
    assert kinds == ["NoticeCreated", "NoticeBounced"]
    [task] = await notices(database, Purpose.OFFICE_TASK)
    assert task.content.concerned == A


async def test_only_what_did_not_arrive_is_sent_again(database: Database) -> None:
    """N9."""
    await hear(database, *founding(), opened(electors=[A]))
    [notice] = await notices(database)
    with pytest.raises(Refused, match="notice-not-undelivered"):
        await database.write(lambda tx: handlers.resend(tx, notice, MONDAY))
    await database.write(_step, notice.id, NoticeState.BOUNCED, 0, "550 5.1.1")
    bounced = await database.read(handlers.find, notice.id)
    assert bounced is not None
    await database.write(lambda tx: tables.save(tx, notice.id, due_at=None))
    bounced = await database.read(handlers.find, notice.id)
    assert bounced is not None
    again = await database.write(lambda tx: handlers.resend(tx, bounced, MONDAY))
    assert (again.standing.sending, again.due_at is not None) == (1, True)


async def test_the_message_of_exclusion_reaches_a_member_that_resigned_meanwhile(database: Database) -> None:
    from contracts.membership.leaving import ExclusionPassed

    passed = ExclusionPassed(network=NETWORK, exclusion=EXCLUSION, concerned=A, effective_at=day(15))
    left = MemberLeft(network=NETWORK, member=A, effective_at=day(15), because=LeftBecause.RESIGNED)
    await hear(database, *founding(), passed, left)
    [message] = await notices(database, Purpose.EXCLUSION_MESSAGE)
    assert message.standing.state is NoticeState.CREATED
