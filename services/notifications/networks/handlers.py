"""Keeps the projection and answers what a fact's surroundings are."""

from datetime import UTC, datetime

from msgspec import structs

from contracts.event import Fact
from contracts.ids import ApplicationId, MemberId, NetworkId
from contracts.membership.ballots import BallotCancelled, BallotClosed, BallotOpened, ReceiptEstablished
from contracts.membership.leaving import ExclusionRequested, ResignationDeclared
from contracts.membership.members import MemberJoined, MemberLeft
from contracts.membership.networks import NetworkFounded, OfficeAppointed, OfficeVacated, TestClockAdvanced
from contracts.membership.words import Subject
from services.chassis import clock
from services.chassis.database import Transaction
from services.chassis.problems import NotYet
from services.notifications.networks import tables
from services.notifications.notices.rules import Content, Known

_BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)


def note(tx: Transaction, fact: Fact, recorded_at: datetime) -> None:
    """Takes into the projection what a fact says. Repeatable."""
    match fact:
        case NetworkFounded():
            tables.note_network(tx, fact.network, fact.time_zone, sandbox=fact.sandbox)
        case TestClockAdvanced():
            show_clock(tx, fact.network, fact.moment)
        case OfficeAppointed():
            tables.note_office(tx, fact.network, fact.member, recorded_at)
        case OfficeVacated():
            tables.note_office(tx, fact.network, None, recorded_at)
        case MemberJoined():
            tables.note_joined(tx, fact.network, fact.member, fact.effective_at)
        case MemberLeft():
            tables.note_left(tx, fact.network, fact.member, fact.effective_at)
        case ExclusionRequested():
            tables.note_exclusion(tx, fact.exclusion, fact.concerned)
        case BallotOpened():
            tables.note_ballot(tx, fact)
        case _:
            pass


def show_clock(tx: Transaction, network: NetworkId, moment: datetime) -> datetime:
    """A sandbox's clock only goes forward, in whatever order the news arrive. Gives its present moment."""
    present = clock.moment(tx, network, _BEFORE_ALL)
    if moment > present:
        clock.set_test_clock(tx, network, moment)
    return max(moment, present)


def follow_clock(tx: Transaction, network: NetworkId, recorded_at: datetime, now: datetime) -> datetime:
    """The network's moment when a fact arrives. A sandbox's fact may overtake the news that its clock was advanced;
    the moment at which it was recorded tells as much."""
    return show_clock(tx, network, recorded_at) if is_sandbox(tx, network) else now


def surroundings(tx: Transaction, fact: Fact) -> Known:
    """What the rules need to know beside the fact. Raises NotYet while an earlier fact is still on its way."""
    match fact:
        case BallotOpened():
            return Known(ballot=about(tx, fact))
        case BallotClosed() | BallotCancelled() | ReceiptEstablished():
            opening = tables.ballot(tx, fact.ballot)
            if opening is None:
                raise NotYet
            return Known(ballot=about(tx, opening), electors=tables.remaining(tx, opening.electors))
        case ResignationDeclared():
            return Known(present=tables.present(tx, fact.network, fact.effective_at))
        case _:
            return Known()


def about(tx: Transaction, opening: BallotOpened) -> Content:
    """What a ballot's notices say of it. Raises NotYet while it is not known whom an exclusion concerns."""
    if opening.subject is Subject.ADMISSION:
        return ballot_content(opening, None)
    concerned = tables.concerned(tx, opening.subject_id)
    if concerned is None:
        raise NotYet
    return ballot_content(opening, concerned)


def ballot_content(opening: BallotOpened, concerned: MemberId | None) -> Content:
    """`concerned`: the member that is to be excluded."""
    content = Content(
        subject=opening.subject,
        motion=opening.motion,
        threshold=opening.threshold,
        electorate=len(opening.electors),
        window_days=opening.window_days,
        concerned=concerned,
    )
    admission = opening.subject is Subject.ADMISSION
    return structs.replace(content, application=ApplicationId(opening.subject_id)) if admission else content


def office(tx: Transaction, network: NetworkId) -> MemberId | None:
    """The member that holds the office; None while it is vacant."""
    return tables.office(tx, network)


def has_left(tx: Transaction, member: MemberId) -> bool:
    """L3: what was sent to a member that has left gives it no access any more."""
    return not tables.remaining(tx, [member])


def is_known(tx: Transaction, network: NetworkId) -> bool:
    """Whether the news of its founding has come here."""
    return tables.network(tx, network) is not None


def is_sandbox(tx: Transaction, network: NetworkId) -> bool:
    """A network that is not known here yet is none."""
    found = tables.network(tx, network)
    return found is not None and found[0]


def time_zone(tx: Transaction, network: NetworkId) -> str:
    """IANA name."""
    found = tables.network(tx, network)
    return found[1] if found is not None else "Europe/Berlin"


def read_moment(tx: Transaction, network: NetworkId, real: datetime, sandbox_moment: datetime | None) -> datetime:
    """The network's moment; `sandbox_moment`: what membership just said, where it is a sandbox."""
    present = clock.moment(tx, network, real)
    return max(present, sandbox_moment) if sandbox_moment is not None else present


def moment(tx: Transaction, network: NetworkId, real: datetime, sandbox_moment: datetime | None) -> datetime:
    """As `read_moment`, and remembers it, so that a sandbox's clock never goes back."""
    present = read_moment(tx, network, real, sandbox_moment)
    return show_clock(tx, network, present) if sandbox_moment is not None else present
