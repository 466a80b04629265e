"""Exclusion as state, commands, `decide` and `evolve` (L2, §6). Pure: moments and ids are passed in."""

from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from contracts.event import Fact
from contracts.ids import BallotId, ExclusionId, MemberId, NetworkId
from contracts.membership.leaving import (
    ExclusionAnnounced,
    ExclusionFailed,
    ExclusionMoot,
    ExclusionPassed,
    ExclusionTakenEffect,
    ExclusionWithdrawn,
)
from contracts.membership.leaving import ExclusionState as State
from contracts.membership.words import Outcome
from contracts.request import Refused


class Exclusion(Struct, frozen=True, kw_only=True):
    id: ExclusionId
    network: NetworkId
    concerned: MemberId
    requested_by: MemberId
    state: State = State.REQUESTED
    ballot: BallotId | None = None
    decided_at: datetime | None = None
    """The law's moment of the ballot's end."""
    effective_at: datetime | None = None
    """When the message reached the member concerned and its membership ended."""


class Announce(Struct, frozen=True):
    """The office puts the question to all members."""

    ballot: BallotId


class Withdraw(Struct, frozen=True):
    """The member that asked takes it back."""


class Conclude(Struct, frozen=True):
    """The ballot has ended."""

    outcome: Outcome
    effective_at: datetime


class TakeEffect(Struct, frozen=True):
    """The message reached the member concerned."""

    received_at: datetime


class BecomeMoot(Struct, frozen=True):
    """The member concerned left by itself."""


Command = Announce | Withdraw | Conclude | TakeEffect | BecomeMoot

RUNNING = (State.REQUESTED, State.ANNOUNCED, State.PASSED)
"""While it is in one of these, no second exclusion of the same member begins."""
_WORDS = {
    State.REQUESTED: "The exclusion is asked for, but not put to the members yet.",
    State.ANNOUNCED: "The exclusion is put to the members; their ballot is open.",
    State.PASSED: "The exclusion is decided; it takes effect when the member concerned receives the message.",
    State.IN_EFFECT: "The exclusion is in effect already.",
    State.FAILED: "The members have not agreed to the exclusion.",
    State.MOOT: "The member concerned has left by itself.",
    State.WITHDRAWN: "The request was withdrawn.",
}


def decide(exclusion: Exclusion, command: Command, now: datetime) -> list[Fact]:
    """What the command makes true at `now` (the network's moment).

    Raises Refused `exclusion-<state>` where the state does not allow it; for the message's moment `receipt-in-future`
    and `receipt-before-decision`.
    """
    network, this = exclusion.network, exclusion.id
    match command:
        case Announce():
            _require(exclusion, State.REQUESTED)
            return [ExclusionAnnounced(network=network, exclusion=this, ballot=command.ballot)]
        case Withdraw():
            _require(exclusion, State.REQUESTED, State.ANNOUNCED)
            return [ExclusionWithdrawn(network=network, exclusion=this)]
        case Conclude():
            return _conclude(exclusion, command)
        case TakeEffect():
            return _take_effect(exclusion, command, now)
        case BecomeMoot():
            return [ExclusionMoot(network=network, exclusion=this)] if exclusion.state in RUNNING else []
        case _:
            assert_never(command)


def _require(exclusion: Exclusion, *states: State) -> None:
    if exclusion.state not in states:
        raise Refused(f"exclusion-{exclusion.state.value}", _WORDS[exclusion.state])


def _conclude(exclusion: Exclusion, command: Conclude) -> list[Fact]:
    if exclusion.state is not State.ANNOUNCED:
        return []
    fact = ExclusionPassed if command.outcome is Outcome.PASSED else ExclusionFailed
    return [
        fact(
            network=exclusion.network,
            exclusion=exclusion.id,
            concerned=exclusion.concerned,
            effective_at=command.effective_at,
        )
    ]


def _take_effect(exclusion: Exclusion, command: TakeEffect, now: datetime) -> list[Fact]:
    _require(exclusion, State.PASSED)
    if command.received_at > now:
        raise Refused("receipt-in-future", "This moment has not come yet.", status=422, field="/received_at")
    if exclusion.decided_at is None or command.received_at < exclusion.decided_at:
        detail = "The message cannot have come before the exclusion was decided."
        raise Refused("receipt-before-decision", detail, status=422, field="/received_at")
    return [
        ExclusionTakenEffect(
            network=exclusion.network,
            exclusion=exclusion.id,
            concerned=exclusion.concerned,
            effective_at=command.received_at,
        )
    ]


def evolve(exclusion: Exclusion, fact: Fact) -> Exclusion:
    """The exclusion after a fact."""
    match fact:
        case ExclusionAnnounced():
            return replace(exclusion, state=State.ANNOUNCED, ballot=fact.ballot)
        case ExclusionWithdrawn():
            return replace(exclusion, state=State.WITHDRAWN)
        case ExclusionPassed():
            return replace(exclusion, state=State.PASSED, decided_at=fact.effective_at)
        case ExclusionFailed():
            return replace(exclusion, state=State.FAILED, decided_at=fact.effective_at)
        case ExclusionTakenEffect():
            return replace(exclusion, state=State.IN_EFFECT, effective_at=fact.effective_at)
        case ExclusionMoot():
            return replace(exclusion, state=State.MOOT)
        case _:
            raise ValueError(f"{type(fact).__name__} is no fact of an exclusion")
