"""What a command makes true, or why it is refused (T2, T3, T5, B1 to B5). Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import reduce

from contracts.event import Fact
from contracts.membership.ballots import BallotCancelled, BallotClosed, ElectorDropped, OutageNoted
from contracts.request import Refused
from services.membership.ballots.evolve import evolve
from services.membership.ballots.receipts import non_receipt, notified, record_evidence
from services.membership.ballots.settle import ended_early, is_settled, needed, outcome, settled_at, tally
from services.membership.ballots.state import (
    Ballot,
    Cancel,
    CastVote,
    Close,
    Command,
    DropElector,
    NoteNonReceipt,
    NoteOutage,
    Notify,
    Open,
    RecordEvidence,
)
from services.membership.ballots.voting import cast_vote

UNDER_WAY = timedelta(minutes=1)
"""For so long after the end of a window a timely vote may still be on its way to the decision (T5)."""


def decide(ballot: Ballot | None, command: Command, now: datetime) -> list[Fact]:
    """The facts that the command makes true, perhaps none. `now` is the network's moment of its arrival.

    A command after which nothing can alter the outcome closes the ballot at once. Otherwise the deadline loop does, by
    `Close`, after its settling margin. Raises `Refused`.
    """
    if ballot is None:
        if not isinstance(command, Open):
            raise Refused("ballot-not-found", "There is no such ballot.", status=404)
        return _open(command)
    facts = _decide(ballot, command, now)
    after = reduce(evolve, facts, ballot)
    if facts and not after.over and settled_at(after) == now and not _vote_under_way(after, now):
        facts.append(_closed(after, now))
    return facts


def _decide(ballot: Ballot, command: Command, now: datetime) -> list[Fact]:
    match command:
        case Open():
            raise Refused("ballot-already-open", "This ballot was opened before.")
        case Notify():
            return notified(ballot, command)
        case RecordEvidence():
            return record_evidence(ballot, command, now)
        case NoteNonReceipt():
            return non_receipt(ballot, command)
        case CastVote():
            return cast_vote(ballot, command, now)
        case DropElector():
            return _drop(ballot, command)
        case NoteOutage():
            return _note_outage(ballot, command)
        case Close():
            return _close(ballot, now)
        case Cancel():
            return _cancel(ballot, command)


def _open(command: Open) -> list[Fact]:
    terms = command.terms
    if not terms.electors:
        raise Refused("electorate-empty", "There is no member that could decide this.")
    if len(set(terms.electors)) < len(terms.electors):
        raise Refused("elector-twice", "A member has one vote only.", status=422)
    return [terms]


def _drop(ballot: Ballot, command: DropElector) -> list[Fact]:
    """B3. Of a ballot that was decided before the member left it stays an elector."""
    elector = ballot.electors.get(command.member)
    if elector is None or elector.dropped_at is not None or ballot.over or is_settled(ballot, command.at):
        return []
    return [
        ElectorDropped(network=ballot.opened.network, ballot=ballot.opened.ballot, member=command.member, at=command.at)
    ]


def _note_outage(ballot: Ballot, command: NoteOutage) -> list[Fact]:
    """T6: also after the end, for a service that was away at the end of a window."""
    inside = any(
        elector.receipt.received_at < command.away_until and command.away_from < elector.receipt.window_ends_at
        for elector in ballot.electors.values()
        if elector.receipt
    )
    if not inside or ballot.cancelled or (command.away_from, command.away_until) in ballot.outages:
        return []
    return [
        OutageNoted(
            network=ballot.opened.network,
            ballot=ballot.opened.ballot,
            away_from=command.away_from,
            away_until=command.away_until,
        )
    ]


def _close(ballot: Ballot, now: datetime) -> list[Fact]:
    """T4: woken early, late or twice, it makes no difference."""
    moment = settled_at(ballot)
    if ballot.over or moment is None or moment > now:
        return []
    return [_closed(ballot, moment)]


def _cancel(ballot: Ballot, command: Cancel) -> list[Fact]:
    """Of a ballot that was decided before, the decision stands."""
    if ballot.over:
        return []
    decided: Sequence[Fact] = _close(ballot, command.at)
    return list(decided) or [
        BallotCancelled(
            network=ballot.opened.network,
            ballot=ballot.opened.ballot,
            because=command.because,
            effective_at=command.at,
        )
    ]


def _closed(ballot: Ballot, at: datetime) -> BallotClosed:
    opened, counts = ballot.opened, tally(ballot, at)
    return BallotClosed(
        network=opened.network,
        ballot=opened.ballot,
        subject=opened.subject,
        subject_id=opened.subject_id,
        outcome=outcome(ballot, at),
        tally=counts,
        needed=needed(counts.electorate, opened.threshold),
        effective_at=at,
        early=ended_early(ballot, at),
    )


def _vote_under_way(ballot: Ballot, now: datetime) -> bool:
    return any(
        now - UNDER_WAY < elector.receipt.window_ends_at <= now
        for elector in ballot.electors.values()
        if elector.receipt
    )
