"""Ballots (B): a question put to an electorate, receipts, windows, votes, the tally."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from msgspec import Struct

from contracts.event import Audience, Fact
from contracts.ids import BallotId, MemberId, NetworkId, NoticeId, PersonId
from contracts.journal import JournalEntry
from contracts.membership.windows import Window
from contracts.membership.words import SERVICE, Choice, EvidenceKind, Motion, Outcome, Role, Subject, Tally, Threshold
from contracts.request import Body, InNetwork, Method, Page, Paging


class BallotOpened(Fact, frozen=True, kw_only=True):
    """B3, B8: everything that stays as it was at the announcement."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "opened"
    network: NetworkId
    ballot: BallotId
    motion: Motion
    subject: Subject
    subject_id: str
    """The application or the exclusion."""
    electors: list[MemberId]
    threshold: Threshold
    window_days: int
    charter_version: int
    calendar_version: str
    time_zone: str
    change_allowed: bool
    """B4: a vote may be changed until the member's window ends."""
    full_window: bool
    """B5: True: never ends early."""
    secret: bool
    """B7: True: choices are visible only after the end."""
    deputy_may_override: bool = False
    counts_as_receipt: list[EvidenceKind]
    opened_at: datetime
    nudges: list[datetime] = []
    """When members without receipt are asked again to confirm it (N6)."""


class ElectorNotified(Fact, frozen=True, kw_only=True):
    """T7: the notice was handed over to a channel; the clock does not run yet."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "elector-notified"
    network: NetworkId
    ballot: BallotId
    member: MemberId
    at: datetime


class EvidenceRecorded(Fact, frozen=True, kw_only=True):
    """T3: something that bears on receipt, whether or not it counts under the charter."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "evidence-recorded"
    network: NetworkId
    ballot: BallotId
    member: MemberId
    kind: EvidenceKind
    at: datetime
    notice: NoticeId | None = None


class ReceiptEstablished(Fact, frozen=True, kw_only=True):
    """T1: the member's window runs."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "receipt-established"
    network: NetworkId
    ballot: BallotId
    member: MemberId
    kind: EvidenceKind
    received_at: datetime
    last_day: date
    window_ends_at: datetime
    reminders: list[datetime] = []
    """N6: when the member is reminded, as long as it has not answered."""
    notice: NoticeId | None = None
    """The notice that was received; None: the office recorded the receipt."""


class ReceiptRefuted(Fact, frozen=True, kw_only=True):
    """T3: a server had accepted the notice, and it bounced afterwards: no receipt, the member's window does not run.

    Never after a vote, nor for other kinds of receipt: those a bounce cannot refute.
    """

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "receipt-refuted"
    network: NetworkId
    ballot: BallotId
    member: MemberId
    at: datetime
    notice: NoticeId | None = None


class ElectorUndeliverable(Fact, frozen=True, kw_only=True):
    """T3: evidence of non-receipt (a bounce); the office has a task."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "elector-undeliverable"
    network: NetworkId
    ballot: BallotId
    member: MemberId
    at: datetime
    notice: NoticeId | None = None


class VoteCast(Fact, frozen=True, kw_only=True):
    """B4. Only the hosting organisation's own services read it (B7)."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "vote-cast"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    ballot: BallotId
    member: MemberId
    person: PersonId
    role: Role
    choice: Choice
    at: datetime


class LateVoteRecorded(Fact, frozen=True, kw_only=True):
    """T5: arrived after the voter's window; recorded, not counted."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "late-vote-recorded"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    ballot: BallotId
    member: MemberId
    person: PersonId
    role: Role
    choice: Choice
    at: datetime


class ElectorDropped(Fact, frozen=True, kw_only=True):
    """B3: the elector left the network during the ballot."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "elector-dropped"
    network: NetworkId
    ballot: BallotId
    member: MemberId
    at: datetime


class OutageNoted(Fact, frozen=True, kw_only=True):
    """T6: the installation was away inside a window."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "outage-noted"
    network: NetworkId
    ballot: BallotId
    away_from: datetime
    away_until: datetime


class BallotClosed(Fact, frozen=True, kw_only=True):
    """`effective_at` is the law's moment, however late the closing ran."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "closed"
    network: NetworkId
    ballot: BallotId
    subject: Subject
    subject_id: str
    outcome: Outcome
    tally: Tally
    needed: int
    """The count at which the motion passes (approval) or fails (objection)."""
    effective_at: datetime
    early: bool
    """B5: True: ended because nothing could alter the outcome any more."""


class BallotCancelled(Fact, frozen=True, kw_only=True):
    """Its subject fell away (application withdrawn, member concerned left)."""

    entity: ClassVar[str] = "ballot"
    event: ClassVar[str] = "cancelled"
    network: NetworkId
    ballot: BallotId
    because: Literal["withdrawn", "moot"]
    effective_at: datetime


class ElectorState(StrEnum):
    """T7."""

    NOT_NOTIFIED = "not-notified"
    NOTIFIED = "notified"
    """Without receipt: the clock does not run."""
    RUNNING = "running"
    ANSWERED = "answered"
    SILENT = "silent"
    UNDELIVERABLE = "undeliverable"
    LEFT = "left"


class ElectorView(Struct, frozen=True, kw_only=True):
    member: MemberId
    member_name: str
    state: ElectorState
    window: Window | None = None
    evidence: EvidenceKind | None = None
    choice: Choice | None = None
    """None: no answer, or not visible to the asking person (B7)."""
    voted_at: datetime | None = None
    reason: str | None = None
    """Given with the choice. To the member itself, and to the office as soon as it sees the choice (B7); never in
    lists."""


class Outage(Struct, frozen=True, kw_only=True):
    """T6: the installation was away while a window ran."""

    away_from: datetime
    away_until: datetime


class BallotView(Struct, frozen=True, kw_only=True):
    id: BallotId
    motion: Motion
    subject: Subject
    subject_id: str
    subject_name: str
    threshold: Threshold
    needed: int
    window_days: int
    charter_version: int
    calendar_version: str
    secret: bool
    change_allowed: bool
    opened_at: datetime
    electors: list[ElectorView]
    silence_means: Choice
    """B8: the consequence of silence."""
    choices: list[Choice]
    tally: Tally | None = None
    """None: not visible to the asking person before the end (B7)."""
    outcome: Outcome | None = None
    effective_at: datetime | None = None
    cancelled: bool = False
    outages: list[Outage] = []


class ListBallots(InNetwork, frozen=True, kw_only=True):
    open: bool | None = None
    paging: Paging = Paging()


class GetBallot(InNetwork, frozen=True, kw_only=True):
    ballot: BallotId


class Vote(Body, frozen=True, kw_only=True):
    choice: Choice
    reason: str | None = None


class CastVote(InNetwork, frozen=True, kw_only=True):
    ballot: BallotId
    body: Vote


class VoteReceipt(Struct, frozen=True, kw_only=True):
    ballot: BallotId
    member: MemberId
    choice: Choice
    at: datetime
    changeable_until: datetime | None
    """None: it stands."""


class RecordedEvidence(Body, frozen=True, kw_only=True):
    """T2: other evidence, recorded by the office with a reason."""

    member: MemberId
    kind: EvidenceKind
    received_at: datetime
    reason: str


class RecordReceipt(InNetwork, frozen=True, kw_only=True):
    ballot: BallotId
    body: RecordedEvidence


class GetRecord(InNetwork, frozen=True, kw_only=True):
    """B6: the ballot's journal record as exported, for `fallnetz ballot recount` and `fallnetz journal verify`."""

    ballot: BallotId


class RecordExport(Struct, frozen=True, kw_only=True):
    network: NetworkId
    record: str
    entries: list[JournalEntry]


FACTS: tuple[type[Fact], ...] = (
    BallotOpened,
    ElectorNotified,
    EvidenceRecorded,
    ReceiptEstablished,
    ReceiptRefuted,
    ElectorUndeliverable,
    VoteCast,
    LateVoteRecorded,
    ElectorDropped,
    OutageNoted,
    BallotClosed,
    BallotCancelled,
)

LIST_BALLOTS = Method(SERVICE, "list-ballots", ListBallots, Page[BallotView], writes=False)
GET_BALLOT = Method(SERVICE, "get-ballot", GetBallot, BallotView, writes=False)
CAST_VOTE = Method(SERVICE, "cast-vote", CastVote, VoteReceipt, writes=True)
RECORD_RECEIPT = Method(SERVICE, "record-receipt", RecordReceipt, BallotView, writes=True)
GET_RECORD = Method(SERVICE, "get-record", GetRecord, RecordExport, writes=False)
