"""What each fact makes of a ballot. Applies no entry rules: what is stored is trusted."""

from typing import Any

from msgspec.structs import replace

from contracts.event import Fact
from contracts.ids import MemberId
from contracts.membership.ballots import (
    BallotCancelled,
    BallotClosed,
    BallotOpened,
    ElectorDropped,
    ElectorNotified,
    ElectorUndeliverable,
    EvidenceRecorded,
    LateVoteRecorded,
    OutageNoted,
    ReceiptEstablished,
    ReceiptRefuted,
    VoteCast,
)
from services.membership.ballots.state import Ballot, Elector, Receipt, StandingVote


def evolve(ballot: Ballot | None, fact: Fact) -> Ballot:
    """The ballot after the fact. `ballot` is None before `BallotOpened` only."""
    if isinstance(fact, BallotOpened):
        return Ballot(opened=fact, electors={member: Elector(member=member) for member in fact.electors})
    if ballot is None:
        raise ValueError("a ballot begins with BallotOpened")
    return _evolve(ballot, fact)


def _evolve(ballot: Ballot, fact: Fact) -> Ballot:  # noqa: C901 - one case for each fact, nothing else
    match fact:
        case ElectorNotified():
            bounced = ballot.electors[fact.member].undeliverable_at
            still = bounced if bounced is not None and bounced >= fact.at else None
            return _elector(ballot, fact.member, notified_at=fact.at, undeliverable_at=still)
        case ReceiptEstablished():
            return _elector(ballot, fact.member, receipt=_receipt(fact), undeliverable_at=None)
        case ReceiptRefuted():
            return _elector(ballot, fact.member, receipt=None, undeliverable_at=fact.at)
        case ElectorUndeliverable():
            return _elector(ballot, fact.member, undeliverable_at=fact.at)
        case VoteCast():
            vote = StandingVote(person=fact.person, role=fact.role, choice=fact.choice, at=fact.at)
            return _elector(ballot, fact.member, votes=(*ballot.electors[fact.member].votes, vote))
        case ElectorDropped():
            return _elector(ballot, fact.member, dropped_at=fact.at)
        case OutageNoted():
            return replace(ballot, outages=(*ballot.outages, (fact.away_from, fact.away_until)))
        case BallotClosed():
            return replace(ballot, closed=fact)
        case BallotCancelled():
            return replace(ballot, cancelled=fact)
        case EvidenceRecorded() | LateVoteRecorded():
            return ballot  # on record only
        case _:
            raise ValueError(f"{type(fact).__name__} is no fact of a ballot")


def _receipt(fact: ReceiptEstablished) -> Receipt:
    return Receipt(
        kind=fact.kind,
        received_at=fact.received_at,
        last_day=fact.last_day,
        window_ends_at=fact.window_ends_at,
        notice=fact.notice,
    )


def _elector(ballot: Ballot, member: MemberId, **changes: Any) -> Ballot:
    changed: Elector = replace(ballot.electors[member], **changes)
    return replace(ballot, electors={**ballot.electors, member: changed})
