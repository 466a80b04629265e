"""What a ballot is at a moment, and the commands that it takes. Pure data."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from contracts.ids import MemberId, NoticeId, PersonId
from contracts.membership.ballots import BallotCancelled, BallotClosed, BallotOpened
from contracts.membership.words import Choice, EvidenceKind, Motion, Role

CHOICES: dict[Motion, tuple[Choice, ...]] = {
    Motion.OBJECTION: (Choice.OBJECT, Choice.NO_OBJECTION, Choice.ABSTAIN),
    Motion.APPROVAL: (Choice.APPROVE, Choice.REJECT, Choice.ABSTAIN),
}
SILENCE: dict[Motion, Choice] = {Motion.OBJECTION: Choice.NO_OBJECTION, Motion.APPROVAL: Choice.REJECT}
"""B8: what silence amounts to. An abstention amounts to the same."""
COUNTED: dict[Motion, Choice] = {Motion.OBJECTION: Choice.OBJECT, Motion.APPROVAL: Choice.APPROVE}
"""B1: the choice that is held against the threshold."""


class StandingVote(Struct, frozen=True, kw_only=True):
    """One timely vote. Of an elector's votes the last one stands (B4)."""

    person: PersonId
    role: Role
    choice: Choice
    at: datetime


class Receipt(Struct, frozen=True, kw_only=True):
    """An established receipt and the window that it started (T1)."""

    kind: EvidenceKind
    received_at: datetime
    last_day: date
    window_ends_at: datetime
    notice: NoticeId | None = None


class Elector(Struct, frozen=True, kw_only=True):
    member: MemberId
    notified_at: datetime | None = None
    undeliverable_at: datetime | None = None
    """The last evidence of non-receipt."""
    receipt: Receipt | None = None
    votes: tuple[StandingVote, ...] = ()
    """Timely votes, by arrival."""
    dropped_at: datetime | None = None
    """B3: left the network; no elector from this instant on."""

    @property
    def vote(self) -> StandingVote | None:
        return self.votes[-1] if self.votes else None


class Ballot(Struct, frozen=True, kw_only=True):
    opened: BallotOpened
    """B8: the terms, as they stay."""
    electors: dict[MemberId, Elector]
    """In the order of the announcement, those that dropped out included."""
    outages: tuple[tuple[datetime, datetime], ...] = ()
    closed: BallotClosed | None = None
    cancelled: BallotCancelled | None = None

    @property
    def over(self) -> bool:
        return self.closed is not None or self.cancelled is not None


# Commands ------------------------------------------------------------------------------------------------------------


class Open(Struct, frozen=True, kw_only=True):
    """The announcement. The fact is given as a whole: it is the list of terms that stay (B8)."""

    terms: BallotOpened


class Notify(Struct, frozen=True, kw_only=True):
    """T7: the notice was handed over to a channel."""

    member: MemberId
    at: datetime


class RecordEvidence(Struct, frozen=True, kw_only=True):
    """T3: something that bears on receipt. `window` is what would run from `at`; it is the caller's to compute, with
    the calendar that the ballot keeps."""

    member: MemberId
    kind: EvidenceKind
    at: datetime
    last_day: date
    window_ends_at: datetime
    reminders: tuple[datetime, ...] = ()
    notice: NoticeId | None = None
    by_office: bool = False
    """True: a person recorded it and is told what is wrong; False: it came from a channel and is kept in any case."""


class NoteNonReceipt(Struct, frozen=True, kw_only=True):
    """T3: a bounce."""

    member: MemberId
    at: datetime
    notice: NoticeId | None = None


class CastVote(Struct, frozen=True, kw_only=True):
    """B4. `now` of `decide` is the arrival that the gateway stamped (T5)."""

    member: MemberId
    person: PersonId
    role: Role
    choice: Choice


class DropElector(Struct, frozen=True, kw_only=True):
    """B3: the member left the network at `at`."""

    member: MemberId
    at: datetime


class NoteOutage(Struct, frozen=True, kw_only=True):
    """T6: the installation was away."""

    away_from: datetime
    away_until: datetime


class Close(Struct, frozen=True, kw_only=True):
    """Sent by the deadline loop; does nothing while the ballot is open by its facts (T4)."""


class Cancel(Struct, frozen=True, kw_only=True):
    """The subject fell away."""

    because: Literal["withdrawn", "moot"]
    at: datetime


Command = Open | Notify | RecordEvidence | NoteNonReceipt | CastVote | DropElector | NoteOutage | Close | Cancel
