"""Admission as state, commands, `decide` and `evolve` (A1 to A6, §6). Pure: moments and ids are passed in."""

from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from contracts.event import Fact
from contracts.ids import ApplicationId, BallotId, MemberId, NetworkId
from contracts.membership.admission import (
    ApplicantWelcomed,
    ApplicationAnnounced,
    ApplicationDeclined,
    ApplicationExpired,
    ApplicationLapsed,
    ApplicationPassed,
    ApplicationQuestioned,
    ApplicationReceived,
    ApplicationRejected,
    ApplicationSupplemented,
    ApplicationWithdrawn,
)
from contracts.membership.admission import ApplicationState as State
from contracts.membership.members import MemberJoined
from contracts.membership.words import AnswerWay, Outcome
from contracts.request import Refused


class Application(Struct, frozen=True, kw_only=True):
    id: ApplicationId
    network: NetworkId
    state: State = State.RECEIVED
    ballot: BallotId | None = None
    decided_at: datetime | None = None
    """The law's moment of the ballot's end."""
    welcomed_at: datetime | None = None
    expires_at: datetime | None = None
    """Exclusive: the signed copy must have reached the office before."""
    member: MemberId | None = None
    lapses_at: datetime | None = None
    """Exclusive, while it is not confirmed: from then on it is as if it had never come."""


class Confirm(Struct, frozen=True):
    """A1: the contact of an application from outside has confirmed its address at that moment."""

    at: datetime


class Ask(Struct, frozen=True):
    """A2: the office asks back."""


class Told(Struct, frozen=True, kw_only=True):
    """How an answer came that the office records."""

    way: AnswerWay
    at: datetime
    asked_at: datetime
    """When the office asked, as it is on record."""


class Supplement(Struct, frozen=True):
    """The applicant answers."""

    told: Told | None = None
    """None: it has written the answer itself."""


class Decline(Struct, frozen=True):
    """A2: the check failed."""


class Announce(Struct, frozen=True):
    """A2: put to all members."""

    ballot: BallotId


class Conclude(Struct, frozen=True):
    """The ballot has ended."""

    outcome: Outcome
    effective_at: datetime


class Welcome(Struct, frozen=True):
    """A3: the office has signed."""

    expires_at: datetime
    reminders: list[datetime]


class Countersign(Struct, frozen=True):
    """A4: the applicant's signed copy reached the office."""

    received_at: datetime
    member: MemberId
    """The id under which the applicant becomes a member."""


class Withdraw(Struct, frozen=True):
    """A6."""


class Expire(Struct, frozen=True):
    """A1, A4: the time for the confirmation or for the copy is over. Sent by the deadline loop, harmless when sent
    early or twice."""


Command = Confirm | Ask | Supplement | Decline | Announce | Conclude | Welcome | Countersign | Withdraw | Expire

_UNCHECKED = (State.RECEIVED, State.QUESTIONED)
_WITHDRAWABLE = (*_UNCHECKED, State.ANNOUNCED, State.PASSED, State.WELCOMED)
_WORDS = {
    State.UNCONFIRMED: "The e-mail address is not confirmed yet; open the link in the e-mail that was sent to it.",
    State.RECEIVED: "The application still waits for the office's check.",
    State.QUESTIONED: "The office has asked the applicant back; the answer is missing.",
    State.ANNOUNCED: "The application is put to the members; their ballot is open.",
    State.PASSED: "The members have agreed; the office has not welcomed the applicant yet.",
    State.WELCOMED: "The applicant is welcomed already; its signed copy is awaited.",
    State.MEMBER: "The applicant is a member already.",
    State.REJECTED: "The members have rejected the application.",
    State.DECLINED: "The office has declined the application.",
    State.WITHDRAWN: "The applicant has withdrawn.",
    State.EXPIRED: "The signed copy did not come in time; the application has expired.",
}


def decide(application: Application, command: Command, now: datetime) -> list[Fact]:  # noqa: C901 - one case for each command
    """What the command makes true at `now` (the network's moment).

    Raises Refused `application-<state>` where the state does not allow it; for the copy's moment `receipt-in-future`,
    `receipt-before-welcome`, `receipt-after-expiry`, for that of an answer `receipt-before-question`.
    """
    network, this = application.network, application.id
    match command:
        case Confirm():
            return _confirm(application, command)
        case Ask():
            _require(application, now, *_UNCHECKED)
            return [ApplicationQuestioned(network=network, application=this)]
        case Supplement():
            return _supplement(application, command.told, now)
        case Decline():
            _require(application, now, *_UNCHECKED)
            return [ApplicationDeclined(network=network, application=this)]
        case Announce():
            _require(application, now, *_UNCHECKED)
            return [ApplicationAnnounced(network=network, application=this, ballot=command.ballot)]
        case Conclude():
            return _conclude(application, command)
        case Welcome():
            _require(application, now, State.PASSED)
            return [
                ApplicantWelcomed(
                    network=network, application=this, expires_at=command.expires_at, reminders=command.reminders
                )
            ]
        case Countersign():
            return _countersign(application, command, now)
        case Withdraw():
            _require(application, now, *_WITHDRAWABLE)
            return [ApplicationWithdrawn(network=network, application=this)]
        case Expire():
            return _expire(application, now)
        case _:
            assert_never(command)


def lawful_state(application: Application, now: datetime) -> State:
    """The state by the stored facts, whether or not a timer has run (T4)."""
    expires = application.expires_at
    if application.state is State.WELCOMED and expires is not None and expires <= now:
        return State.EXPIRED
    return application.state


def has_lapsed(application: Application, now: datetime) -> bool:
    """Whether the time for the confirmation is over, whether or not a timer has run (T4)."""
    return application.lapses_at is not None and application.lapses_at <= now


def _confirm(application: Application, command: Confirm) -> list[Fact]:
    """Taken as it comes: twice or too late it changes nothing."""
    if application.state is not State.UNCONFIRMED or has_lapsed(application, command.at):
        return []
    return [ApplicationReceived(network=application.network, application=application.id)]


def _require(application: Application, now: datetime, *states: State) -> None:
    state = lawful_state(application, now)
    if state not in states:
        raise Refused(f"application-{state.value}", _WORDS[state])


def _supplement(application: Application, told: Told | None, now: datetime) -> list[Fact]:
    """A2. It starts no window: the application goes back to the office's check, and members' windows begin with their
    own receipt of the announcement (T1). People note moments to the minute: so they are compared."""
    _require(application, now, State.QUESTIONED)
    if told is None:
        return [ApplicationSupplemented(network=application.network, application=application.id)]
    if told.at > now:
        raise Refused("receipt-in-future", "This moment has not come yet.", status=422, field="/told_at")
    if told.at < told.asked_at.replace(second=0, microsecond=0):
        detail = "The answer cannot have come before the office asked."
        raise Refused("receipt-before-question", detail, status=422, field="/told_at")
    return [
        ApplicationSupplemented(network=application.network, application=application.id, way=told.way, told_at=told.at)
    ]


def _conclude(application: Application, command: Conclude) -> list[Fact]:
    if application.state is not State.ANNOUNCED:
        return []
    fact = ApplicationPassed if command.outcome is Outcome.PASSED else ApplicationRejected
    return [fact(network=application.network, application=application.id, effective_at=command.effective_at)]


def _countersign(application: Application, command: Countersign, now: datetime) -> list[Fact]:
    """A copy that came in time makes a member, also when the office notes it after the expiry: A4 asks when the copy
    reached the office, not when somebody recorded it. A withdrawal that was noted first stands (A6)."""
    _require(application, now, State.WELCOMED, State.EXPIRED)
    received, welcomed, expires = command.received_at, application.welcomed_at, application.expires_at
    if received > now:
        raise Refused("receipt-in-future", "This moment has not come yet.", status=422, field="/received_at")
    if welcomed is None or received < welcomed:
        detail = "The copy cannot have come before the applicant was welcomed."
        raise Refused("receipt-before-welcome", detail, status=422, field="/received_at")
    if expires is not None and received >= expires:
        detail = "The copy came after the time for it was over; the applicant may apply again."
        raise Refused("receipt-after-expiry", detail, field="/received_at")
    return [
        MemberJoined(
            network=application.network, member=command.member, effective_at=received, application=application.id
        )
    ]


def _expire(application: Application, now: datetime) -> list[Fact]:
    expires = application.expires_at
    if application.state is State.UNCONFIRMED and has_lapsed(application, now):
        return [ApplicationLapsed(network=application.network, application=application.id)]
    if application.state is not State.WELCOMED or expires is None or now < expires:
        return []
    return [ApplicationExpired(network=application.network, application=application.id, effective_at=expires)]


def evolve(application: Application, fact: Fact, now: datetime) -> Application:  # noqa: C901 - one case for each fact
    """The application after a fact that was recorded at `now`."""
    match fact:
        case ApplicationReceived():
            return replace(application, state=State.RECEIVED, lapses_at=None)
        case ApplicationLapsed():
            return application  # nothing to change: it is erased
        case ApplicationQuestioned():
            return replace(application, state=State.QUESTIONED)
        case ApplicationSupplemented():
            return replace(application, state=State.RECEIVED)
        case ApplicationDeclined():
            return replace(application, state=State.DECLINED, decided_at=now)
        case ApplicationAnnounced():
            return replace(application, state=State.ANNOUNCED, ballot=fact.ballot)
        case ApplicationPassed():
            return replace(application, state=State.PASSED, decided_at=fact.effective_at)
        case ApplicationRejected():
            return replace(application, state=State.REJECTED, decided_at=fact.effective_at)
        case ApplicantWelcomed():
            return replace(application, state=State.WELCOMED, welcomed_at=now, expires_at=fact.expires_at)
        case MemberJoined():
            return replace(application, state=State.MEMBER, member=fact.member)
        case ApplicationWithdrawn():
            return replace(application, state=State.WITHDRAWN)
        case ApplicationExpired():
            return replace(application, state=State.EXPIRED)
        case _:
            raise ValueError(f"{type(fact).__name__} is no fact of an application")
