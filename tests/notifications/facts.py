"""Membership's facts as these tests need them, and a way to let one arrive."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from contracts.event import Event, Fact
from contracts.ids import ApplicationId, BallotId, ExclusionId, MemberId, NetworkId, PersonId, RecordId
from contracts.membership.ballots import BallotClosed, BallotOpened, ReceiptEstablished, VoteCast
from contracts.membership.leaving import ExclusionRequested
from contracts.membership.members import MemberJoined
from contracts.membership.networks import NetworkFounded, OfficeAppointed
from contracts.membership.words import Choice, EvidenceKind, Motion, Outcome, Role, Subject, Tally, Threshold
from services.chassis.database import Database
from services.chassis.listeners import apply_once
from services.notifications.notices.listeners import listeners

NETWORK = NetworkId("bielefeld")
BALLOT = BallotId("bal_1")
APPLICATION = ApplicationId("app_1")
EXCLUSION = ExclusionId("exc_1")
A, B, C, D, E, F = (MemberId(f"mem_{letter}") for letter in "abcdef")
SIX = [A, B, C, D, E, F]
MONDAY = datetime(2026, 12, 7, 9, tzinfo=UTC)


def day(number: int) -> datetime:
    return MONDAY + timedelta(days=number)


def opened(subject: Subject = Subject.ADMISSION, **changes: Any) -> BallotOpened:
    values: dict[str, Any] = {
        "network": NETWORK, "ballot": BALLOT, "motion": Motion.OBJECTION, "subject": subject,
        "subject_id": APPLICATION, "electors": SIX, "threshold": Threshold(numerator=1, denominator=2),
        "window_days": 14, "charter_version": 1, "calendar_version": "1", "time_zone": "Europe/Berlin",
        "change_allowed": True, "full_window": True, "secret": False, "opened_at": MONDAY, "nudges": [],
        "counts_as_receipt": [EvidenceKind.CONFIRMED_BY_LINK],
    }  # fmt: skip
    if subject is Subject.EXCLUSION:
        values |= {"subject_id": EXCLUSION, "motion": Motion.APPROVAL, "electors": SIX[1:]}
        values |= {"threshold": Threshold(numerator=3, denominator=4)}
    return BallotOpened(**(values | changes))


def received(member: MemberId, reminders: list[datetime], at: datetime = MONDAY) -> ReceiptEstablished:
    return ReceiptEstablished(
        network=NETWORK, ballot=BALLOT, member=member, kind=EvidenceKind.CONFIRMED_BY_LINK, received_at=at,
        last_day=date(2026, 12, 21), window_ends_at=datetime(2026, 12, 21, 23, tzinfo=UTC), reminders=reminders,
    )  # fmt: skip


def voted(member: MemberId, at: datetime = MONDAY) -> VoteCast:
    return VoteCast(
        network=NETWORK, ballot=BALLOT, member=member, person=PersonId("per_1"), role=Role.REPRESENTATIVE,
        choice=Choice.OBJECT, at=at,
    )  # fmt: skip


def closed(subject: Subject = Subject.ADMISSION, outcome: Outcome = Outcome.PASSED) -> BallotClosed:
    return BallotClosed(
        network=NETWORK, ballot=BALLOT, subject=subject, outcome=outcome, needed=4, early=False,
        subject_id=APPLICATION if subject is Subject.ADMISSION else EXCLUSION,
        tally=Tally(electorate=6, object=3, silent=3), effective_at=day(15),
    )  # fmt: skip


def requested() -> ExclusionRequested:
    return ExclusionRequested(network=NETWORK, exclusion=EXCLUSION, concerned=A, requested_by=B)


def founding(*, sandbox: bool = False, members: list[MemberId] | None = None) -> list[Fact]:
    """A network with six members; the last one holds the office."""
    joined = [MemberJoined(network=NETWORK, member=member, effective_at=MONDAY) for member in members or SIX]
    founded = NetworkFounded(network=NETWORK, charter_version=1, time_zone="Europe/Berlin", sandbox=sandbox)
    return [founded, *joined, OfficeAppointed(network=NETWORK, member=F)]


async def hear(database: Database, *facts: Fact, at: datetime = MONDAY, first: int = 1) -> None:
    """Facts arrive, numbered from `first`; a repeated number is a repeated delivery."""
    for number, fact in enumerate(facts, start=first):
        entry = next(found for found in listeners.entries.values() if found.fact is type(fact))
        message = f"{type(fact).__name__}-{number}"
        record = RecordId(getattr(fact, "ballot", NETWORK))
        event = Event(
            id=message, source="/local/membership", type="-", time=at, network=NETWORK, record=record, sequence=1,
            digest="",
        )  # fmt: skip
        await database.write(apply_once, listeners.name, entry, event, fact)
