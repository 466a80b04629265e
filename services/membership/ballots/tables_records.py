"""Rows of votes and evidence: every value that was ever given stays (B4, T3).

Reasons of voters and of the office stand only here; facts carry none, so that they can be erased.
"""

from datetime import datetime

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, bindparam, func, select

from contracts.ids import MemberId
from contracts.membership.ballots import EvidenceRecorded, LateVoteRecorded, VoteCast
from contracts.membership.words import Choice, Role
from services.chassis import ids
from services.chassis.columns import Moment
from services.chassis.database import Prepared, Transaction
from services.membership.ballots.state import StandingVote
from services.membership.schema import metadata

votes = Table(
    "votes",
    metadata,
    Column("ballot", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, comment="Order of arrival in the ballot, from 1."),
    Column("member", String(80), nullable=False),
    Column("person", String(80), nullable=False),
    Column("role", String(20), nullable=False),
    Column("choice", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("late", Boolean, nullable=False, comment="Arrived after the member's window: on record, not counted (T5)."),
    Column("reason", Text),
    Index("votes_of_member", "ballot", "member", "number"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("ballot", String(80), nullable=False),
    Column("member", String(80), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("notice", String(80)),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_by", String(80), comment="The person of the office; NULL: it came from a channel."),
    Column("reason", Text),
    Index("evidence_by_ballot", "ballot", "member"),
)

_TIMELY = Prepared(
    select(votes.c.member, votes.c.person, votes.c.role, votes.c.choice, votes.c.at)
    .where(votes.c.ballot == bindparam("of_ballot"), votes.c.late.is_(False))
    .order_by(votes.c.number)
)
_REASONS = Prepared(
    select(votes.c.member, votes.c.reason)
    .where(votes.c.ballot == bindparam("of_ballot"), votes.c.late.is_(False))
    .order_by(votes.c.number)
)
_LAST = Prepared(select(func.max(votes.c.number)).where(votes.c.ballot == bindparam("of_ballot")))
_ADD_VOTE = Prepared(votes.insert(), [column.name for column in votes.c])
_ADD_EVIDENCE = Prepared(evidence.insert(), [column.name for column in evidence.c])


def standing_votes(tx: Transaction, ballot: str) -> dict[MemberId, list[StandingVote]]:
    """Each member's timely votes, by arrival."""
    found: dict[MemberId, list[StandingVote]] = {}
    for member, person, role, choice, at in tx.rows(_TIMELY, of_ballot=ballot):
        vote = StandingVote(person=person, role=Role(role), choice=Choice(choice), at=at)
        found.setdefault(member, []).append(vote)
    return found


def reasons(tx: Transaction, ballot: str) -> dict[MemberId, str | None]:
    """What was written with each member's last timely vote."""
    return dict(tx.rows(_REASONS, of_ballot=ballot))


def add_vote(tx: Transaction, fact: VoteCast | LateVoteRecorded, reason: str | None) -> None:
    """Under the ballot's lock, which makes the numbers follow one another."""
    last = tx.rows(_LAST, of_ballot=fact.ballot)[0][0] or 0
    tx.run(
        _ADD_VOTE,
        ballot=fact.ballot,
        number=last + 1,
        member=fact.member,
        person=fact.person,
        role=fact.role.value,
        choice=fact.choice.value,
        at=fact.at,
        late=isinstance(fact, LateVoteRecorded),
        reason=reason,
    )


def add_evidence(
    tx: Transaction, fact: EvidenceRecorded, now: datetime, recorded_by: str | None, reason: str | None
) -> None:
    tx.run(
        _ADD_EVIDENCE,
        id=ids.new("evi"),
        ballot=fact.ballot,
        member=fact.member,
        kind=fact.kind.value,
        at=fact.at,
        notice=fact.notice,
        recorded_at=now,
        recorded_by=recorded_by,
        reason=reason,
    )
