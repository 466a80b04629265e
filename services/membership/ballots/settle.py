"""When a ballot is decided, and how (T2, B1, B2, B5). Pure; exact whole numbers, never floats.

Everything is asked *as of* an instant, so that a closing that runs late, a receipt that is recorded late or a member
that leaves afterwards moves neither the moment nor the outcome (T4).
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from contracts.membership.ballots import ElectorState
from contracts.membership.words import Choice, Motion, Outcome, Tally, Threshold
from services.membership.ballots.state import COUNTED, Ballot, Elector, StandingVote


def needed(electorate: int, threshold: Threshold) -> int:
    """The count at which an approval passes or an objection fails (B2); at least 1, also of nobody."""
    product = electorate * threshold.numerator
    if threshold.reach:
        return max(1, -(-product // threshold.denominator))
    return product // threshold.denominator + 1


def electorate(ballot: Ballot, at: datetime) -> list[Elector]:
    """Who is an elector at an instant: all of the announcement but those that left by then (B3)."""
    return [elector for elector in ballot.electors.values() if elector.dropped_at is None or elector.dropped_at > at]


def tally(ballot: Ballot, at: datetime) -> Tally:
    """Counts of the votes that stood at an instant."""
    present = electorate(ballot, at)
    found = Counter(vote.choice for elector in present if (vote := standing(elector, at)))
    return Tally(
        electorate=len(present),
        no_objection=found[Choice.NO_OBJECTION],
        object=found[Choice.OBJECT],
        approve=found[Choice.APPROVE],
        reject=found[Choice.REJECT],
        abstain=found[Choice.ABSTAIN],
        silent=len(present) - found.total(),
    )


def outcome(ballot: Ballot, at: datetime) -> Outcome:
    """What the votes that stood at an instant amount to. Of an empty electorate an approval fails, an objection passes:
    nobody approves and nobody objects."""
    counts = tally(ballot, at)
    met = counted(ballot, counts) >= needed(counts.electorate, ballot.opened.threshold)
    return Outcome.PASSED if met is (ballot.opened.motion is Motion.APPROVAL) else Outcome.FAILED


def counted(ballot: Ballot, counts: Tally) -> int:
    """The count that is held against the threshold."""
    return counts.approve if COUNTED[ballot.opened.motion] is Choice.APPROVE else counts.object


def standing(elector: Elector, at: datetime) -> StandingVote | None:
    """The elector's vote at an instant: the last that had arrived (B4)."""
    return next((vote for vote in reversed(elector.votes) if vote.at <= at), None)


def settled_at(ballot: Ballot) -> datetime | None:
    """The earliest instant at which the outcome is fixed, if nothing else happens; it may lie ahead.

    None: a member without receipt keeps the ballot open (T2). Normally the end of the last window; earlier where no
    remaining vote or change could alter the outcome and the charter does not demand the full window (B5).
    """
    if ballot.opened.full_window:
        return _end_of_the_last(ballot)
    return next((instant for instant in _instants(ballot) if _fixed(ballot, instant)), None)


def is_settled(ballot: Ballot, now: datetime) -> bool:
    moment = settled_at(ballot)
    return moment is not None and moment <= now


def ended_early(ballot: Ballot, at: datetime) -> bool:
    """Whether some elector's window had not ended by then."""
    return any(elector.receipt is None or elector.receipt.window_ends_at > at for elector in electorate(ballot, at))


def elector_state(ballot: Ballot, elector: Elector, now: datetime) -> ElectorState:
    """T7."""
    if elector.dropped_at is not None and elector.dropped_at <= now:
        return ElectorState.LEFT
    if elector.vote is not None:
        return ElectorState.ANSWERED
    if elector.receipt is not None:
        running = now < elector.receipt.window_ends_at and not ballot.over
        return ElectorState.RUNNING if running else ElectorState.SILENT
    if elector.undeliverable_at is not None:
        return ElectorState.UNDELIVERABLE
    return ElectorState.NOT_NOTIFIED if elector.notified_at is None else ElectorState.NOTIFIED


def _end_of_the_last(ballot: Ballot) -> datetime | None:
    ends = [_last_say(elector) for elector in ballot.electors.values()]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _last_say(elector: Elector) -> datetime | None:
    """From when on the elector has nothing more to say: its window is over, or it left."""
    ends = [elector.receipt.window_ends_at] if elector.receipt else []
    if elector.dropped_at is not None:
        ends.append(elector.dropped_at)
    return min(ends, default=None)


def _instants(ballot: Ballot) -> list[datetime]:
    """The only instants at which the outcome can become fixed, ascending."""
    return sorted({instant for elector in ballot.electors.values() for instant in _instants_of(ballot, elector)})


def _instants_of(ballot: Ballot, elector: Elector) -> Iterator[datetime]:
    if elector.receipt is not None:
        yield elector.receipt.window_ends_at
    if elector.dropped_at is not None:
        yield elector.dropped_at
    if not ballot.opened.change_allowed:
        yield from (vote.at for vote in elector.votes)


def _fixed(ballot: Ballot, at: datetime) -> bool:
    present = electorate(ballot, at)
    open_ = sum(_may_still_alter(ballot, elector, at) for elector in present)
    choice = COUNTED[ballot.opened.motion]
    certain = sum(
        vote.choice is choice
        for elector in present
        if not _may_still_alter(ballot, elector, at) and (vote := standing(elector, at))
    )
    wanted = needed(len(present), ballot.opened.threshold)
    return certain >= wanted or certain + open_ < wanted


def _may_still_alter(ballot: Ballot, elector: Elector, at: datetime) -> bool:
    if elector.receipt is not None and elector.receipt.window_ends_at <= at:
        return False
    return ballot.opened.change_allowed or standing(elector, at) is None
