"""One member's vote (B4, T5). Pure."""

from datetime import datetime

from contracts.event import Fact
from contracts.membership.ballots import LateVoteRecorded, VoteCast
from contracts.membership.words import Role
from contracts.request import Refused
from services.membership.ballots.settle import is_settled
from services.membership.ballots.state import CHOICES, Ballot, CastVote, StandingVote


def cast_vote(ballot: Ballot, command: CastVote, now: datetime) -> list[Fact]:
    """A `VoteCast`, or a `LateVoteRecorded`: kept, not counted, and the voter is told so (T5). Raises `Refused`."""
    elector = ballot.electors.get(command.member)
    if elector is None or (elector.dropped_at is not None and elector.dropped_at <= now):
        raise Refused("not-an-elector", "Your organisation is not among those that decide this ballot.", status=403)
    if ballot.cancelled is not None:
        raise Refused("ballot-cancelled", "The ballot was cancelled because its subject fell away.")
    if command.choice not in CHOICES[ballot.opened.motion]:
        offered = ", ".join(CHOICES[ballot.opened.motion])
        detail = "This ballot offers: {choices}."
        raise Refused("choice-not-offered", detail, status=422, field="/choice", words={"choices": offered})
    if elector.receipt is not None and now >= elector.receipt.window_ends_at:
        return [_fact(LateVoteRecorded, ballot, command, now)]
    if ballot.closed is not None or is_settled(ballot, now):
        raise Refused("ballot-closed", "The ballot is decided; no vote can alter it any more.")
    if elector.receipt is None or now < elector.receipt.received_at:
        raise Refused("window-not-open", "Confirm first that your organisation received the notice; then vote.")
    if elector.vote is not None:
        _refuse_change(ballot, elector.vote, command, now)
    return [_fact(VoteCast, ballot, command, now)]


def _refuse_change(ballot: Ballot, standing: StandingVote, command: CastVote, now: datetime) -> None:
    if now < standing.at:
        raise Refused("vote-overtaken", "A later vote of your organisation was counted already.")
    if standing.person == command.person and standing.choice is command.choice:
        raise Refused("vote-unchanged", "This is your vote already; it is counted.")
    if not ballot.opened.change_allowed:
        raise Refused("vote-already-cast", "Your organisation has voted, and votes in this network are final.")
    overrides = standing.role is Role.REPRESENTATIVE and command.role is Role.DEPUTY
    if overrides and standing.person != command.person and not ballot.opened.deputy_may_override:
        raise Refused(
            "representative-has-voted", "The representative of your organisation has voted; only they can change it."
        )


def _fact(kind: type[VoteCast] | type[LateVoteRecorded], ballot: Ballot, command: CastVote, now: datetime) -> Fact:
    return kind(
        network=ballot.opened.network,
        ballot=ballot.opened.ballot,
        member=command.member,
        person=command.person,
        role=command.role,
        choice=command.choice,
        at=now,
    )
