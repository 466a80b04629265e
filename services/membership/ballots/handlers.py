"""One transaction for each command on a ballot: load under lock, decide, save, journal.

Lock order: network, ballot, procedure. What a ballot is about hears of its end in the same transaction: its feature
enters itself in `on_closed` when the service is put together, so that neither imports the other.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Literal

from contracts.event import Fact
from contracts.ids import BallotId, MemberId, NetworkId, NoticeId
from contracts.membership.ballots import BallotClosed, BallotOpened, EvidenceRecorded, LateVoteRecorded, VoteCast
from contracts.membership.windows import Window
from contracts.membership.words import EvidenceKind, Subject
from contracts.request import Refused
from services.chassis import ids, journal
from services.chassis.database import Transaction
from services.chassis.deadlines import Deadline
from services.membership.ballots import tables
from services.membership.ballots import tables_desk as desk
from services.membership.ballots import tables_queries as queries
from services.membership.ballots import tables_records as records
from services.membership.ballots.rules import (
    Ballot,
    Cancel,
    Close,
    Command,
    DropElector,
    NoteOutage,
    Open,
    RecordEvidence,
    decide,
    evolve,
)
from services.membership.ballots.tables_desk import START, Concerning, Lacking, Position, Progress
from services.membership.ballots.tables_queries import MissingReceipt
from services.membership.charter import handlers as charters
from services.membership.windows import handlers as windows
from services.membership.windows import rules as counting
from services.membership.windows.counting import COUNTINGS

__all__ = ["START", "Concerning", "Lacking", "MissingReceipt", "Position", "Progress"]

OnClosed = Callable[[Transaction, BallotClosed, datetime], None]
"""(tx, the closing, the network's moment). The decision is of `closed.effective_at`, which may lie before. Called once
for each ballot that is decided, in the transaction of its closing."""

on_closed: dict[Subject, OnClosed] = {}


def open_ballot(
    tx: Transaction,
    network: NetworkId,
    subject: Subject,
    subject_id: str,
    electors: Sequence[MemberId],
    now: datetime,
    actor: str | None = None,
) -> BallotId:
    """The announcement (A2, L2): puts a question to the electors under the charter in force (B3, B8).

    `electors`: read under the network's lock. Raises Refused `electorate-empty`, and `calendar-ends` where not even a
    receipt of this moment could be given a window: nobody is sent a notice that nobody can answer.
    """
    adopted = charters.in_force(tx, network)
    charter = adopted.charter
    rules = charter.admission if subject is Subject.ADMISSION else charter.exclusion
    calendar = windows.keep_present(tx, charter.time.region)
    plan, zone = charter.reminders, charter.time.zone
    counting.span(now, rules.window_days, zone, COUNTINGS[charter.time.counting], calendar)
    terms = BallotOpened(
        network=network,
        ballot=BallotId(ids.new("bal")),
        motion=rules.motion,
        subject=subject,
        subject_id=subject_id,
        electors=list(electors),
        threshold=rules.threshold,
        window_days=rules.window_days,
        charter_version=adopted.version,
        calendar_version=calendar.version,
        time_zone=zone,
        change_allowed=charter.ballots.change_allowed,
        full_window=charter.ballots.full_window,
        secret=charter.ballots.secret,
        deputy_may_override=charter.ballots.deputy_may_override,
        counts_as_receipt=list(charter.receipt.counts),
        opened_at=now,
        nudges=counting.nudges(now, plan.receipt_days, plan.last_morning, zone),
    )
    facts = decide(None, Open(terms=terms), now)
    tables.add(tx, evolve(None, terms))
    journal.record(tx, network=network, record=terms.ballot, facts=facts, now=now, actor=actor)
    return terms.ballot


def get(tx: Transaction, network: NetworkId, ballot: str) -> Ballot:
    """Raises Refused `ballot-not-found` (404)."""
    found = tables.find(tx, network, ballot)
    if found is None:
        raise unknown()
    return found


def unknown() -> Refused:
    return Refused("ballot-not-found", "There is no such ballot in this network.", status=404)


def carry_out(
    tx: Transaction,
    network: NetworkId,
    ballot: str,
    command: Command,
    now: datetime,
    *,
    actor: str | None = None,
    reason: str | None = None,
) -> tuple[Ballot, list[Fact]]:
    """The shell around `decide`. `reason`: of the voter or the office, kept beside the record. Raises `Refused`."""
    before = _locked(tx, network, ballot)
    facts = decide(before, command, now)
    return _save(tx, before, facts, now, actor, reason), facts


def record_evidence(
    tx: Transaction,
    network: NetworkId,
    ballot: str,
    *,
    member: MemberId,
    kind: EvidenceKind,
    at: datetime,
    now: datetime,
    notice: NoticeId | None = None,
    by_office: bool = False,
    actor: str | None = None,
    reason: str | None = None,
) -> Ballot:
    """T3: with the window that would run from then, counted by what the ballot keeps (B8). Raises `Refused`."""
    before = _locked(tx, network, ballot)
    window = windows_of(tx, before)(at)
    plan = charters.version(tx, network, before.opened.charter_version).charter.reminders
    command = RecordEvidence(
        member=member,
        kind=kind,
        at=at,
        last_day=window.last_day,
        window_ends_at=window.ends_at.astimezone(UTC),
        reminders=tuple(counting.reminders(window, plan.days, plan.last_morning, before.opened.time_zone)),
        notice=notice,
        by_office=by_office,
    )
    return _save(tx, before, decide(before, command, now), now, actor, reason)


def windows_of(tx: Transaction, ballot: Ballot, say: counting.Say = counting.unsaid) -> Callable[[datetime], Window]:
    """What gives the explained window of a receipt in this ballot (T1, T6), by the calendar that it keeps (B8)."""
    opened = ballot.opened
    charter = charters.version(tx, opened.network, opened.charter_version).charter
    calendar = windows.kept(tx, charter.time.region, opened.calendar_version)
    rule = COUNTINGS[charter.time.counting]
    return lambda received_at: counting.span(received_at, opened.window_days, opened.time_zone, rule, calendar, say)


def close_if_due(tx: Transaction, ballot: str, now: datetime) -> None:
    """For the deadline loop; harmless early, late or twice (T4)."""
    network = tables.network_of(tx, ballot)
    if network is not None:
        carry_out(tx, network, ballot, Close(), now)


def drop_elector_everywhere(
    tx: Transaction,
    network: NetworkId,
    member: MemberId,
    left_at: datetime,
    now: datetime,
    actor: str | None = None,
) -> None:
    """B3: a member that left drops out of every open ballot. Call it under the network's lock."""
    for ballot in queries.open_of_member(tx, network, member):
        carry_out(tx, network, ballot, DropElector(member=member, at=left_at), now, actor=actor)


def settle_or_cancel(
    tx: Transaction,
    ballot: BallotId,
    because: Literal["withdrawn", "moot"],
    now: datetime,
    actor: str | None = None,
) -> None:
    """The subject fell away: the ballot is cancelled. One that its facts have decided by then is closed instead,
    with `on_closed`; one that is over stays as it is. Raises Refused `ballot-not-found`."""
    network = tables.network_of(tx, ballot)
    if network is None:
        raise unknown()
    carry_out(tx, network, ballot, Cancel(because=because, at=now), now, actor=actor)


def note_outage(tx: Transaction, away_from: datetime, away_until: datetime, now: datetime) -> int:
    """T6: into the record of every ballot with a window that ran then. Gives the number of ballots."""
    found = queries.during(tx, away_from, away_until)
    for network, ballot in found:
        carry_out(tx, network, ballot, NoteOutage(away_from=away_from, away_until=away_until), now)
    return len(found)


def inbox(
    tx: Transaction,
    network: NetworkId,
    member: MemberId,
    *,
    waiting: bool,
    now: datetime,
    after: Position,
    most: int,
) -> list[Concerning]:
    """P3: open ballots of one elector by the end of its window; with `waiting` those that go on without it."""
    return desk.inbox(tx, network, member, waiting=waiting, now=now, after=after, most=most)


def progress(tx: Transaction, ballots: Sequence[BallotId]) -> dict[BallotId, Progress]:
    """How far the electors of each ballot are (T7), all in one question."""
    return desk.progress(tx, ballots)


def missing_receipts(tx: Transaction, network: NetworkId) -> list[MissingReceipt]:
    """T2: who keeps ballots open, for the office's tasks."""
    return queries.missing_receipts(tx, network)


def lacking(
    tx: Transaction, network: NetworkId, ballot: BallotId | None, after: tuple[datetime, str, int], most: int
) -> list[Lacking]:
    """T2: the same in pages, with those who were not told yet, for the office's list of missing receipts."""
    return desk.lacking(tx, network, ballot, after, most)


def sealed(tx: Transaction, network: NetworkId) -> frozenset[BallotId]:
    """B7: ballots whose records nobody may read yet; an export of the network's journal leaves them out as a whole."""
    return queries.sealed(tx, network)


def is_sealed(ballot: Ballot) -> bool:
    """B7: secret, and not yet closed. A cancelled one was never counted and stays sealed."""
    return ballot.opened.secret and ballot.closed is None


def _locked(tx: Transaction, network: NetworkId, ballot: str) -> Ballot:
    found = tables.find(tx, network, ballot, lock=True)
    if found is None:
        raise unknown()
    return found


def _save(
    tx: Transaction, before: Ballot, facts: Sequence[Fact], now: datetime, actor: str | None, reason: str | None
) -> Ballot:
    after = reduce(evolve, facts, before)
    tables.save(tx, before, after)
    for fact in facts:
        if isinstance(fact, VoteCast | LateVoteRecorded):
            records.add_vote(tx, fact, reason)
        elif isinstance(fact, EvidenceRecorded):
            records.add_evidence(tx, fact, now, actor, reason)
    opened = after.opened
    journal.record(tx, network=opened.network, record=opened.ballot, facts=facts, now=now, actor=actor)
    if after.closed is not None and before.closed is None:
        on_closed[opened.subject](tx, after.closed, now)
    return after


closing = Deadline(name="ballots", due=queries.due, carry_out=close_if_due)
