"""Who is told, of what (N1), and how a notice's life goes on (N3). Pure."""

from datetime import timedelta

import pytest

from contracts.ids import PersonId
from contracts.membership.access import PersonInvited
from contracts.membership.admission import ApplicantWelcomed, ApplicationExpired, ApplicationReceived
from contracts.membership.ballots import BallotCancelled, ElectorDropped
from contracts.membership.leaving import ExclusionPassed, ResignationDeclared
from contracts.membership.members import MemberJoined
from contracts.membership.networks import DirectoryIssued
from contracts.membership.words import Outcome, Role, Subject
from contracts.notifications.notices import NoticeState
from contracts.notifications.words import Purpose
from services.notifications.notices.rules import Addressee, Content, Known, on_failure, planned
from services.notifications.notices.rules_life import Standing, Step, advance
from services.notifications.notices.rules_reminders import Reminder, addressees, overtaken, plan, stops
from tests.notifications.facts import (
    APPLICATION,
    BALLOT,
    EXCLUSION,
    MONDAY,
    NETWORK,
    SIX,
    A,
    B,
    closed,
    day,
    opened,
    received,
    voted,
)


def test_an_opened_ballot_gives_each_elector_one_notice() -> None:
    notices = planned(opened(), Known(ballot=Content(subject=Subject.ADMISSION)))
    assert [notice.member for notice in notices] == SIX
    assert {notice.purpose for notice in notices} == {Purpose.ADMISSION_BALLOT}


def test_the_result_of_an_admission_goes_to_all_electors_with_the_numbers() -> None:
    notices = planned(closed(), Known(electors=SIX, ballot=Content(subject=Subject.ADMISSION)))
    assert [notice.member for notice in notices] == SIX
    assert notices[0].content.needed == 4
    assert notices[0].content.outcome is Outcome.PASSED


@pytest.mark.parametrize(("outcome", "told"), [(Outcome.FAILED, [*SIX[1:], A]), (Outcome.PASSED, SIX[1:])])
def test_the_member_concerned_learns_a_passed_exclusion_from_the_message_alone(
    outcome: Outcome, told: list[str]
) -> None:
    """L2: receipt of that message ends the membership, so nothing else may say it before."""
    known = Known(electors=SIX[1:], ballot=Content(subject=Subject.EXCLUSION, concerned=A))
    assert [notice.member for notice in planned(closed(Subject.EXCLUSION, outcome), known)] == told


def test_an_invitation_is_about_the_person_invited() -> None:
    """O3: by this id whoever accepts it is known for the one who was named."""
    fact = PersonInvited(network=NETWORK, member=A, role=Role.DEPUTY, person=PersonId("per_1"), expires_at=day(14))
    [notice] = planned(fact, Known())
    assert (notice.purpose, notice.member, notice.about) == (Purpose.INVITATION, A, "per_1")


def test_a_passed_exclusion_is_told_to_the_member_concerned() -> None:
    fact = ExclusionPassed(network=NETWORK, exclusion=EXCLUSION, concerned=A, effective_at=day(15))
    [notice] = planned(fact, Known())
    assert (notice.purpose, notice.member, notice.about) == (Purpose.EXCLUSION_MESSAGE, A, EXCLUSION)


def test_a_resignation_is_told_to_all_others() -> None:
    """L1."""
    fact = ResignationDeclared(network=NETWORK, member=A, effective_at=MONDAY)
    assert [notice.member for notice in planned(fact, Known(present=SIX))] == SIX[1:]


def test_the_directory_goes_to_every_recipient_that_the_fact_names() -> None:
    """A5."""
    fact = DirectoryIssued(network=NETWORK, edition=2, as_of=MONDAY, recipients=SIX)
    notices = planned(fact, Known(present=[A]))
    assert [notice.member for notice in notices] == SIX
    assert notices[0].content.edition == 2


def test_an_application_is_acknowledged_and_brings_the_office_a_task() -> None:
    notices = planned(ApplicationReceived(network=NETWORK, application=APPLICATION), Known())
    assert [(notice.purpose, notice.addressee) for notice in notices] == [
        (Purpose.APPLICATION_RECEIVED, Addressee.APPLICANT),
        (Purpose.OFFICE_TASK, Addressee.OFFICE),
    ]


def test_a_cancelled_ballot_is_told_to_those_who_were_asked() -> None:
    fact = BallotCancelled(network=NETWORK, ballot=BALLOT, because="withdrawn", effective_at=day(3))
    notices = planned(fact, Known(electors=[A, B]))
    assert [(notice.member, notice.content.cancelled) for notice in notices] == [(A, "withdrawn"), (B, "withdrawn")]


def test_only_legally_relevant_notices_bring_the_office_a_task_when_they_bounce() -> None:
    """T3; and the office's own broken address sets off no chain."""
    [task] = on_failure(Purpose.ADMISSION_BALLOT, BALLOT, A, NoticeState.BOUNCED, Content())
    assert (task.addressee, task.content.concerned, task.content.task) == (Addressee.OFFICE, A, "notice-bounced")
    assert on_failure(Purpose.OFFICE_TASK, BALLOT, A, NoticeState.BOUNCED, Content()) == []
    assert on_failure(Purpose.DIRECTORY, NETWORK, A, NoticeState.FAILED, Content()) == []


def standing(state: NoticeState, sending: int = 0, seen_in: int = 0) -> Standing:
    return Standing(state=state, sending=sending, seen_in=seen_in)


def step(state: NoticeState, sending: int = 0) -> Step:
    return Step(state=state, sending=sending, at=MONDAY, evidence="")


S = NoticeState


@pytest.mark.parametrize(
    ("before", "then", "after"),
    [
        (S.CREATED, S.HANDED_OVER, S.HANDED_OVER),
        (S.ACCEPTED, S.BOUNCED, S.BOUNCED),  # 250, then a bounce
        (S.DELIVERED, S.ACCEPTED, S.DELIVERED),
        (S.BOUNCED, S.ACCEPTED, S.BOUNCED),  # a late 250 does not make it better
        (S.BOUNCED, S.DELIVERED, S.BOUNCED),
        (S.BOUNCED, S.CONFIRMED, S.CONFIRMED),  # a person's act outweighs what servers say
        (S.CONFIRMED, S.BOUNCED, S.CONFIRMED),
        (S.OPENED, S.CONFIRMED, S.CONFIRMED),
        (S.CONFIRMED, S.OPENED, S.CONFIRMED),
    ],
)
def test_a_step_leads_on_but_never_back(before: NoticeState, then: NoticeState, after: NoticeState) -> None:
    """N3."""
    assert advance(standing(before), step(then)).state is after


def test_a_new_sending_starts_over_and_a_late_bounce_of_the_old_one_changes_nothing() -> None:
    again = advance(standing(S.BOUNCED, sending=1), step(S.HANDED_OVER, sending=1))
    assert (again.state, again.seen_in) == (S.HANDED_OVER, 1)
    accepted = advance(again, step(S.ACCEPTED, sending=1))
    assert advance(accepted, step(S.BOUNCED, sending=0)) == accepted


def test_a_new_sending_does_not_undo_a_confirmation() -> None:
    assert advance(standing(S.CONFIRMED, sending=1), step(S.BOUNCED, sending=1)).state is S.CONFIRMED


def test_reminders_escalate_from_the_representative_to_the_deputy_to_the_office() -> None:
    """N6."""
    series = plan(received(A, [day(3), day(7), day(12), day(14)]), Content())
    assert [addressees(reminder) for reminder in series] == [
        [Addressee.MEMBER],
        [Addressee.MEMBER, Addressee.DEPUTY],
        [Addressee.MEMBER, Addressee.DEPUTY],
        [Addressee.MEMBER, Addressee.DEPUTY, Addressee.OFFICE],
    ]


def test_nudges_ask_every_elector_for_receipt() -> None:
    series = plan(opened(nudges=[day(3)]), Content())
    assert [(reminder.purpose, reminder.member) for reminder in series] == [(Purpose.RECEIPT_REMINDER, m) for m in SIX]


def test_an_applicant_is_reminded_until_the_application_expires() -> None:
    """A4."""
    fact = ApplicantWelcomed(network=NETWORK, application=APPLICATION, expires_at=day(30), reminders=[day(10), day(20)])
    first, last = plan(fact, Content())
    assert (addressees(first), addressees(last)) == ([Addressee.APPLICANT], [Addressee.APPLICANT, Addressee.OFFICE])
    assert last.until == day(30)


def test_what_is_done_stops_its_reminders() -> None:
    assert (stop := stops(voted(A))) is not None
    assert (stop.about, stop.member) == (BALLOT, A)
    assert (stop := stops(received(A, []))) is not None
    assert stop.purposes == (Purpose.RECEIPT_REMINDER,)
    assert (stop := stops(closed())) is not None
    assert stop.member is None
    dropped = ElectorDropped(network=NETWORK, ballot=BALLOT, member=A, at=MONDAY)
    assert (stop := stops(dropped)) is not None
    assert stop.member == A
    joined = MemberJoined(network=NETWORK, member=A, effective_at=MONDAY, application=APPLICATION)
    assert (stop := stops(joined)) is not None
    assert stop.about == APPLICATION
    expired = ApplicationExpired(network=NETWORK, application=APPLICATION, effective_at=MONDAY)
    assert stops(expired) is not None
    assert stops(MemberJoined(network=NETWORK, member=A, effective_at=MONDAY)) is None


def test_a_reminder_is_not_sent_from_its_end_on() -> None:
    reminder = Reminder(
        purpose=Purpose.BALLOT_REMINDER, about=BALLOT, member=A, due_at=day(1), number=1, of=1, until=day(2)
    )
    assert not overtaken(reminder, day(2) - timedelta(microseconds=1), later_due=False)
    assert overtaken(reminder, day(2), later_due=False)
    assert overtaken(reminder, day(1), later_due=True)
