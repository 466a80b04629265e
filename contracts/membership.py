"""Membership's facts: what became true about networks, members, procedures and ballots.

Order of the file: networks, members, admission, leaving, ballots. Requests and answers: `membership_requests.py`.
Every moment is UTC and every `*_ends_at` is exclusive: the first instant that no longer belongs to the window.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from msgspec import Struct

from contracts.event import Audience, Fact
from contracts.ids import ApplicationId, BallotId, ExclusionId, MemberId, NetworkId, NoticeId, PersonId

SERVICE = "membership"


class Motion(StrEnum):
    """B1."""

    OBJECTION = "objection"
    """Silence is consent; fails when objections exceed the threshold."""
    APPROVAL = "approval"
    """Silence is no; passes when approvals exceed the threshold (or reach it, where the charter says so)."""


class Choice(StrEnum):
    """What a member can answer. An objection motion takes the first two and `abstain`, an approval the next two and
    `abstain`; an abstention counts as silence does, but is an answer and stops reminders."""

    NO_OBJECTION = "no-objection"
    OBJECT = "object"
    APPROVE = "approve"
    REJECT = "reject"
    ABSTAIN = "abstain"


class EvidenceKind(StrEnum):
    """T3: how a notice is known to have reached a member. The charter says which of them count as receipt."""

    OPENED_IN_PORTAL = "opened-in-portal"
    CONFIRMED_BY_LINK = "confirmed-by-link"
    ACCEPTED_BY_SERVER = "accepted-by-server"
    DELIVERY_REPORT = "delivery-report"
    LETTER = "letter"
    HANDED_OVER = "handed-over"
    RECORDED_BY_OFFICE = "recorded-by-office"


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"


class Subject(StrEnum):
    """What a ballot is about."""

    ADMISSION = "admission"
    EXCLUSION = "exclusion"


class Role(StrEnum):
    """A person's function for a member (O3)."""

    REPRESENTATIVE = "representative"
    DEPUTY = "deputy"


class LeftBecause(StrEnum):
    RESIGNED = "resigned"
    EXCLUDED = "excluded"


# Networks ------------------------------------------------------------------------------------------------------------


class NetworkFounded(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "network"
    event: ClassVar[str] = "founded"
    network: NetworkId
    charter_version: int
    time_zone: str
    sandbox: bool
    """True: the network runs on a test clock and never sends to the outside (G6)."""


class CharterAdopted(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "network"
    event: ClassVar[str] = "charter-adopted"
    network: NetworkId
    charter_version: int
    digest_of_text: str
    """Hex SHA-256 of the charter's TOML text."""


class TestClockAdvanced(Fact, frozen=True, kw_only=True):
    __test__: ClassVar[bool] = False  # pytest would take the name for a test class
    entity: ClassVar[str] = "network"
    event: ClassVar[str] = "test-clock-advanced"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    moment: datetime


class OfficeAppointed(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "network"
    event: ClassVar[str] = "office-appointed"
    network: NetworkId
    member: MemberId


class OfficeVacated(Fact, frozen=True, kw_only=True):
    """L4: the holder left; a choice (O2) is due."""

    entity: ClassVar[str] = "network"
    event: ClassVar[str] = "office-vacated"
    network: NetworkId
    member: MemberId


# Members -------------------------------------------------------------------------------------------------------------


class MemberJoined(Fact, frozen=True, kw_only=True):
    """A4, or by the register with which a network starts."""

    entity: ClassVar[str] = "member"
    event: ClassVar[str] = "joined"
    network: NetworkId
    member: MemberId
    effective_at: datetime
    application: ApplicationId | None = None
    """None: the member came with the register."""


class MemberLeft(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "member"
    event: ClassVar[str] = "left"
    network: NetworkId
    member: MemberId
    effective_at: datetime
    because: LeftBecause


class RepresentationChanged(Fact, frozen=True, kw_only=True):
    """O3. `person` None: the function is vacant."""

    entity: ClassVar[str] = "member"
    event: ClassVar[str] = "representation-changed"
    network: NetworkId
    member: MemberId
    role: Role
    person: PersonId | None
    since: date


class DirectoryIssued(Fact, frozen=True, kw_only=True):
    """A5: after an admission, resignation or exclusion. Notifications sends it to each of `recipients`."""

    entity: ClassVar[str] = "network"
    event: ClassVar[str] = "directory-issued"
    network: NetworkId
    edition: int
    as_of: datetime
    recipients: list[MemberId]


# Admission (A) -------------------------------------------------------------------------------------------------------


class ApplicationReceived(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "received"
    network: NetworkId
    application: ApplicationId


class ApplicationQuestioned(Fact, frozen=True, kw_only=True):
    """A2: the office asks back."""

    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "questioned"
    network: NetworkId
    application: ApplicationId


class ApplicationSupplemented(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "supplemented"
    network: NetworkId
    application: ApplicationId


class ApplicationDeclined(Fact, frozen=True, kw_only=True):
    """A2: the check failed (not complete, not in the field); it is not put to the members."""

    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "declined"
    network: NetworkId
    application: ApplicationId


class ApplicationAnnounced(Fact, frozen=True, kw_only=True):
    """A2: put to all members; the ballot is open."""

    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "announced"
    network: NetworkId
    application: ApplicationId
    ballot: BallotId


class ApplicationPassed(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "passed"
    network: NetworkId
    application: ApplicationId
    effective_at: datetime


class ApplicationRejected(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "rejected"
    network: NetworkId
    application: ApplicationId
    effective_at: datetime


class ApplicantWelcomed(Fact, frozen=True, kw_only=True):
    """A3: the office has signed. Notifications tells the applicant and reminds it at `reminders`."""

    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "welcomed"
    network: NetworkId
    application: ApplicationId
    expires_at: datetime
    reminders: list[datetime]


class ApplicationWithdrawn(Fact, frozen=True, kw_only=True):
    """A6."""

    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "withdrawn"
    network: NetworkId
    application: ApplicationId


class ApplicationExpired(Fact, frozen=True, kw_only=True):
    """A4: the countersigned copy did not come in time."""

    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "expired"
    network: NetworkId
    application: ApplicationId
    effective_at: datetime


# Leaving (L) ---------------------------------------------------------------------------------------------------------


class ResignationDeclared(Fact, frozen=True, kw_only=True):
    """L1. Notifications informs all other members."""

    entity: ClassVar[str] = "member"
    event: ClassVar[str] = "resigned"
    network: NetworkId
    member: MemberId
    effective_at: datetime


class ExclusionRequested(Fact, frozen=True, kw_only=True):
    """L2: any member asks; the office puts it to all."""

    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "requested"
    network: NetworkId
    exclusion: ExclusionId
    concerned: MemberId
    requested_by: MemberId


class ExclusionAnnounced(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "announced"
    network: NetworkId
    exclusion: ExclusionId
    ballot: BallotId


class ExclusionPassed(Fact, frozen=True, kw_only=True):
    """Notifications tells the member concerned; membership ends when that message is received."""

    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "passed"
    network: NetworkId
    exclusion: ExclusionId
    concerned: MemberId
    effective_at: datetime


class ExclusionFailed(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "failed"
    network: NetworkId
    exclusion: ExclusionId
    concerned: MemberId
    effective_at: datetime


class ExclusionMoot(Fact, frozen=True, kw_only=True):
    """The member concerned left before the procedure ended."""

    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "moot"
    network: NetworkId
    exclusion: ExclusionId


class ExclusionWithdrawn(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "withdrawn"
    network: NetworkId
    exclusion: ExclusionId


class ExclusionTakenEffect(Fact, frozen=True, kw_only=True):
    """L2: the message was received; the membership ended at that moment."""

    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "taken-effect"
    network: NetworkId
    exclusion: ExclusionId
    concerned: MemberId
    effective_at: datetime


# Ballots (B) ---------------------------------------------------------------------------------------------------------


class Threshold(Struct, frozen=True, kw_only=True):
    """B2: an exact fraction of the electorate."""

    numerator: int
    denominator: int
    reach: bool = False
    """False: the count must exceed the fraction; True: reaching it is enough."""


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


class Tally(Struct, frozen=True, kw_only=True):
    """Counts over the electorate; they add up to `electorate`."""

    electorate: int
    no_objection: int = 0
    object: int = 0
    approve: int = 0
    reject: int = 0
    abstain: int = 0
    silent: int = 0
    """Electors that have not answered."""


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


FACTS: tuple[type[Fact], ...] = (
    NetworkFounded, CharterAdopted, TestClockAdvanced, OfficeAppointed, OfficeVacated,
    MemberJoined, MemberLeft, RepresentationChanged, DirectoryIssued,
    ApplicationReceived, ApplicationQuestioned, ApplicationSupplemented, ApplicationDeclined, ApplicationAnnounced,
    ApplicationPassed, ApplicationRejected, ApplicantWelcomed, ApplicationWithdrawn, ApplicationExpired,
    ResignationDeclared, ExclusionRequested, ExclusionAnnounced, ExclusionPassed, ExclusionFailed, ExclusionMoot,
    ExclusionWithdrawn, ExclusionTakenEffect,
    BallotOpened, ElectorNotified, EvidenceRecorded, ReceiptEstablished, ReceiptRefuted, ElectorUndeliverable, VoteCast,
    LateVoteRecorded, ElectorDropped, OutageNoted, BallotClosed, BallotCancelled,
)  # fmt: skip
"""Every fact that this service publishes."""
