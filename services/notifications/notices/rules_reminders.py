"""When a reminder is due, whom it reaches, and what stops it (N6). Pure; the moments come with membership's facts."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from contracts.event import Fact
from contracts.ids import MemberId
from contracts.membership.admission import ApplicantWelcomed, ApplicationExpired, ApplicationWithdrawn
from contracts.membership.ballots import (
    BallotCancelled,
    BallotClosed,
    BallotOpened,
    ElectorDropped,
    ReceiptEstablished,
    VoteCast,
)
from contracts.membership.members import MemberJoined
from contracts.notifications.words import Purpose
from services.notifications.notices.rules import Addressee, Content


class Reminder(Struct, frozen=True, kw_only=True):
    """One reminder of a plan."""

    purpose: Purpose
    about: str
    member: MemberId | None
    due_at: datetime
    number: int
    """Its place in the plan, from 1."""
    of: int
    """How many the plan has."""
    until: datetime | None = None
    """From this instant it makes no sense any more (exclusive)."""
    content: Content = Content()


class Stop(Struct, frozen=True, kw_only=True):
    """Reminders that are done with."""

    about: str
    member: MemberId | None = None
    """None: of everybody."""
    purposes: tuple[Purpose, ...]


_BALLOT = (Purpose.BALLOT_REMINDER, Purpose.RECEIPT_REMINDER)


def plan(fact: Fact, content: Content) -> list[Reminder]:
    """The reminders that a fact sets going. `content`: what is known of the ballot."""
    match fact:
        case BallotOpened():
            return [
                reminder
                for member in fact.electors
                for reminder in _series(Purpose.RECEIPT_REMINDER, fact.ballot, member, fact.nudges, None, content)
            ]
        case ReceiptEstablished():
            return _series(
                Purpose.BALLOT_REMINDER, fact.ballot, fact.member, fact.reminders, fact.window_ends_at, content
            )
        case ApplicantWelcomed():
            welcomed = Content(application=fact.application, expires_at=fact.expires_at)
            return _series(
                Purpose.APPLICATION_REMINDER, fact.application, None, fact.reminders, fact.expires_at, welcomed
            )
        case _:
            return []


def stops(fact: Fact) -> Stop | None:
    """What a fact puts an end to."""
    match fact:
        case VoteCast() | ElectorDropped():
            return Stop(about=fact.ballot, member=fact.member, purposes=_BALLOT)
        case ReceiptEstablished():
            return Stop(about=fact.ballot, member=fact.member, purposes=(Purpose.RECEIPT_REMINDER,))
        case BallotClosed() | BallotCancelled():
            return Stop(about=fact.ballot, purposes=_BALLOT)
        case ApplicationWithdrawn() | ApplicationExpired():
            return Stop(about=fact.application, purposes=(Purpose.APPLICATION_REMINDER,))
        case MemberJoined(application=str(application)):
            return Stop(about=application, purposes=(Purpose.APPLICATION_REMINDER,))
        case _:
            return None


def addressees(reminder: Reminder) -> list[Addressee]:
    """Escalation: the first to the representative, from the second also to the deputy, the last also to the office."""
    if reminder.purpose is Purpose.APPLICATION_REMINDER:
        told = [Addressee.APPLICANT]
    elif reminder.number == 1:
        told = [Addressee.MEMBER]
    else:
        told = [Addressee.MEMBER, Addressee.DEPUTY]
    return [*told, Addressee.OFFICE] if reminder.number == reminder.of else told


def task(purpose: Purpose) -> str:
    """What the office is told with the last reminder: a key of the texts."""
    return {
        Purpose.BALLOT_REMINDER: "answer-missing",
        Purpose.RECEIPT_REMINDER: "receipt-missing",
        Purpose.APPLICATION_REMINDER: "countersignature-missing",
    }[purpose]


def overtaken(reminder: Reminder, now: datetime, later_due: bool) -> bool:
    """Only the newest of several overdue reminders is sent, and none after its end (a machine that slept)."""
    return later_due or (reminder.until is not None and now >= reminder.until)


def _series(
    purpose: Purpose,
    about: str,
    member: MemberId | None,
    moments: Sequence[datetime],
    until: datetime | None,
    content: Content,
) -> list[Reminder]:
    return [
        Reminder(
            purpose=purpose, about=about, member=member, due_at=due_at, number=number, of=len(moments),
            until=until, content=content,
        )
        for number, due_at in enumerate(sorted(moments), start=1)
    ]  # fmt: skip
