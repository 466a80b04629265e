"""Membership's requests and answers.

Every request that concerns a network derives from `InNetwork`. What a client sends as the body of a POST is the field
`body` of the request, so that the gateway decodes it strictly and adds only ids from the path.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from contracts.ids import ApplicationId, BallotId, ExclusionId, MemberId, NetworkId, PersonId
from contracts.journal import JournalEntry as JournalEntry
from contracts.membership import (
    SERVICE,
    Choice,
    EvidenceKind,
    LeftBecause,
    Motion,
    Outcome,
    Role,
    Subject,
    Tally,
    Threshold,
)
from contracts.request import InNetwork, Method, Page, Paging


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything that a client sends."""


# Networks and charter ------------------------------------------------------------------------------------------------


class NewNetwork(Body, frozen=True, kw_only=True):
    id: str
    """2 to 40 lower-case letters, digits and hyphens."""
    charter: str
    """The charter as TOML text."""
    sandbox: bool = False
    clock: datetime | None = None
    """Where a sandbox network's test clock starts."""


class FoundNetwork(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For operators. Sent with the installation's subject."""

    body: NewNetwork


class NetworkView(Struct, frozen=True, kw_only=True):
    id: NetworkId
    name: str
    time_zone: str
    region: str
    languages: list[str]
    charter_version: int
    office: MemberId | None
    """None: vacant (L4)."""
    sandbox: bool
    clock: datetime
    """The network's present moment: its test clock in a sandbox, else the real time."""
    members: int


class ListNetworks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    paging: Paging = Paging()


class GetNetwork(InNetwork, frozen=True, kw_only=True):
    pass


class CharterText(Body, frozen=True, kw_only=True):
    charter: str


class AdoptCharter(InNetwork, frozen=True, kw_only=True):
    body: CharterText


class GetCharter(InNetwork, frozen=True, kw_only=True):
    version: int | None = None
    """None: the one in force."""


class CharterView(Struct, frozen=True, kw_only=True):
    version: int
    adopted_at: datetime
    text: str
    sentences: list[str]
    """The charter in words, in the language asked for."""


class ClockSetting(Body, frozen=True, kw_only=True):
    moment: datetime
    """Not before the clock's present moment."""


class AdvanceClock(InNetwork, frozen=True, kw_only=True):
    """For operators and the office, on sandbox networks only (G6)."""

    body: ClockSetting


class OfficeHolder(Body, frozen=True, kw_only=True):
    member: MemberId


class AppointOffice(InNetwork, frozen=True, kw_only=True):
    """O1. By the present office or, while it is vacant, by an operator."""

    body: OfficeHolder


class Task(Struct, frozen=True, kw_only=True):
    """Something that waits for the office, derived from state: it vanishes when it is done."""

    kind: Literal[
        "check-application", "announce-application", "welcome-applicant", "record-countersignature",
        "announce-exclusion", "receipt-missing", "undeliverable", "choose-office",
    ]  # fmt: skip
    about: str
    member: MemberId | None = None
    since: datetime


class ListTasks(InNetwork, frozen=True, kw_only=True):
    paging: Paging = Paging()


class WhoAmI(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Standing(Struct, frozen=True, kw_only=True):
    """One function of a person."""

    network: NetworkId
    member: MemberId
    member_name: str
    role: Role
    office: bool
    """The member holds the office."""


class Me(Struct, frozen=True, kw_only=True):
    person: PersonId | None
    name: str | None
    operator: bool
    standings: list[Standing]


# Members -------------------------------------------------------------------------------------------------------------


class Representation(Struct, frozen=True, kw_only=True):
    role: Role
    person: PersonId
    name: str
    since: date


class MemberView(Struct, frozen=True, kw_only=True):
    id: MemberId
    name: str
    kind: str
    joined_at: datetime
    left_at: datetime | None = None
    left_because: LeftBecause | None = None
    office: bool = False
    address: str | None = None
    representations: list[Representation] = []


class ListMembers(InNetwork, frozen=True, kw_only=True):
    """The directory (W3): members as of the end of a day in the network's zone; None: now."""

    on: date | None = None
    paging: Paging = Paging()


class GetMember(InNetwork, frozen=True, kw_only=True):
    member: MemberId


class ImportRegister(InNetwork, frozen=True, kw_only=True):
    """The register as CSV (UTF-8, header `name,kind`, optional `address`, `office`). For operators and the office.
    Only before the first procedure starts do lines become members without an admission."""

    csv: bytes
    dry_run: bool = False


class ImportLine(Struct, frozen=True, kw_only=True):
    line: int
    """Line of the file, the header is 1."""
    result: Literal["added", "unchanged", "refused"]
    name: str | None = None
    reason: str | None = None
    """Slug and sentence, where refused."""


class ImportReport(Struct, frozen=True, kw_only=True):
    """All or nothing: with one refused line nothing was imported."""

    imported: bool
    added: int
    unchanged: int
    refused: int
    lines: list[ImportLine]


class PersonDetails(Body, frozen=True, kw_only=True):
    name: str
    email: str
    language: Literal["de", "en", "nl", "da"] = "de"
    issuer: str | None = None
    """With `subject`: the sign-in of this person at an identity provider."""
    subject: str | None = None


class NamedPerson(Body, frozen=True, kw_only=True):
    role: Role
    person: PersonDetails
    since: date | None = None
    """None: today in the network's zone."""


class NamePerson(InNetwork, frozen=True, kw_only=True):
    """O3. By the member itself, the office or an operator. Replaces whoever had the function."""

    member: MemberId
    body: NamedPerson


class GetContacts(InNetwork, frozen=True, kw_only=True):
    """For notifications, at the moment of sending. Addresses stay in membership, so that they can be erased."""

    members: list[MemberId] = []
    office: bool = False
    application: ApplicationId | None = None
    names_of: list[MemberId] = []
    """Members whose names a notice mentions, present or past."""
    directory: bool = False
    """With the list of present members (A5)."""
    agreement: bool = False
    """With the agreement that the office has signed for `application` (A3)."""


class Contact(Struct, frozen=True, kw_only=True):
    member: MemberId | None
    role: Literal["representative", "deputy", "applicant"]
    name: str
    email: str
    language: str
    organisation: str


class Agreement(Struct, frozen=True, kw_only=True):
    """What the applicant joins (A3): the charter under which its application was decided (B8), signed by the office."""

    network_name: str
    """As that charter has it."""
    charter_version: int
    text: str
    """The charter as adopted (TOML)."""
    digest: str
    """SHA-256 of the text in UTF-8, hexadecimal."""
    sentences: dict[str, list[str]]
    """The charter in words, by language: `de`, `en`."""
    signed_at: datetime
    """The welcome: the office's recorded act, not an electronic signature."""
    signed_by: str | None = None
    """Name of the member that held the office then."""


class Contacts(Struct, frozen=True, kw_only=True):
    network_name: str
    time_zone: str
    sandbox: bool
    office_name: str | None
    contacts: list[Contact]
    clock: datetime | None = None
    """The network's present moment."""
    names: dict[MemberId, str] = {}
    question: str | None = None
    """What the office asked the applicant last."""
    directory: list[MemberView] = []
    agreement: Agreement | None = None
    """Where it was asked for and the office has signed."""


# Admission -----------------------------------------------------------------------------------------------------------


class NewApplication(Body, frozen=True, kw_only=True):
    """A1."""

    name: str
    field_of_work: str
    """One of the fields in the charter's list."""
    address: str
    contact: PersonDetails
    representative: PersonDetails
    deputy: PersonDetails
    will_to_cooperate: bool
    """The declared will to cooperate; false is refused."""


class Apply(InNetwork, frozen=True, kw_only=True):
    """Public."""

    body: NewApplication


class ApplicationState(StrEnum):
    RECEIVED = "received"
    QUESTIONED = "questioned"
    ANNOUNCED = "announced"
    PASSED = "passed"
    WELCOMED = "welcomed"
    MEMBER = "member"
    REJECTED = "rejected"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ApplicationView(Struct, frozen=True, kw_only=True):
    id: ApplicationId
    state: ApplicationState
    name: str
    field_of_work: str
    received_at: datetime
    ballot: BallotId | None = None
    decided_at: datetime | None = None
    expires_at: datetime | None = None
    member: MemberId | None = None
    question: str | None = None
    answer: str | None = None


class ApplicationReceipt(Struct, frozen=True, kw_only=True):
    application: ApplicationView
    applicant_key: str
    """Shown once. With it the applicant, who has no account, answers questions and withdraws."""


class ListApplications(InNetwork, frozen=True, kw_only=True):
    paging: Paging = Paging()


class GetApplication(InNetwork, frozen=True, kw_only=True):
    application: ApplicationId
    applicant_key: str | None = None


class Question(Body, frozen=True, kw_only=True):
    question: str


class AskApplicant(InNetwork, frozen=True, kw_only=True):
    application: ApplicationId
    body: Question


class Supplement(Body, frozen=True, kw_only=True):
    answer: str


class SupplementApplication(InNetwork, frozen=True, kw_only=True):
    application: ApplicationId
    applicant_key: str
    body: Supplement


class Reason(Body, frozen=True, kw_only=True):
    reason: str


class DeclineApplication(InNetwork, frozen=True, kw_only=True):
    application: ApplicationId
    body: Reason


class AnnounceApplication(InNetwork, frozen=True, kw_only=True):
    """A2: complete and in the field; put to all members."""

    application: ApplicationId


class WelcomeApplicant(InNetwork, frozen=True, kw_only=True):
    """A3: the office has signed its copy."""

    application: ApplicationId


class ReceivedCopy(Body, frozen=True, kw_only=True):
    received_at: datetime
    """When the applicant's signed copy reached the office (A4)."""


class RecordCountersignature(InNetwork, frozen=True, kw_only=True):
    application: ApplicationId
    body: ReceivedCopy


class WithdrawApplication(InNetwork, frozen=True, kw_only=True):
    """A6. By the applicant with its key, or by the office on the applicant's word."""

    application: ApplicationId
    applicant_key: str | None = None


# Leaving -------------------------------------------------------------------------------------------------------------


class Resignation(Body, frozen=True, kw_only=True):
    member: MemberId


class Resign(InNetwork, frozen=True, kw_only=True):
    """L1."""

    body: Resignation


class NewExclusion(Body, frozen=True, kw_only=True):
    member: MemberId
    """The member concerned."""
    reason: str


class RequestExclusion(InNetwork, frozen=True, kw_only=True):
    body: NewExclusion


class ExclusionState(StrEnum):
    REQUESTED = "requested"
    ANNOUNCED = "announced"
    PASSED = "passed"
    """Decided; in effect when the message is received."""
    IN_EFFECT = "in-effect"
    FAILED = "failed"
    MOOT = "moot"
    WITHDRAWN = "withdrawn"


class ExclusionView(Struct, frozen=True, kw_only=True):
    id: ExclusionId
    state: ExclusionState
    concerned: MemberId
    requested_by: MemberId
    requested_at: datetime
    reason: str
    ballot: BallotId | None = None
    decided_at: datetime | None = None
    effective_at: datetime | None = None


class ListExclusions(InNetwork, frozen=True, kw_only=True):
    paging: Paging = Paging()


class GetExclusion(InNetwork, frozen=True, kw_only=True):
    exclusion: ExclusionId


class AnnounceExclusion(InNetwork, frozen=True, kw_only=True):
    exclusion: ExclusionId


class WithdrawExclusion(InNetwork, frozen=True, kw_only=True):
    """By the member that asked for it, before the ballot is decided."""

    exclusion: ExclusionId


class RecordedMessage(Body, frozen=True, kw_only=True):
    kind: EvidenceKind
    received_at: datetime
    reason: str


class RecordExclusionReceipt(InNetwork, frozen=True, kw_only=True):
    """T2, L2: the office records how the message reached the member concerned."""

    exclusion: ExclusionId
    body: RecordedMessage


# Ballots -------------------------------------------------------------------------------------------------------------


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


class Step(Struct, frozen=True, kw_only=True):
    """T6: one step of an explained deadline."""

    kind: Literal["received", "not-counted", "counted", "weekend", "holiday", "ends"]
    day: date
    text: str
    """In the reader's language."""
    source: str
    """The rule's source, as BGB § 187 (1)."""


class Window(Struct, frozen=True, kw_only=True):
    received_at: datetime
    last_day: date
    ends_at: datetime
    """Exclusive: the first instant after the window."""
    steps: list[Step]


class ElectorView(Struct, frozen=True, kw_only=True):
    member: MemberId
    member_name: str
    state: ElectorState
    window: Window | None = None
    evidence: EvidenceKind | None = None
    choice: Choice | None = None
    """None: no answer, or not visible to the asking person (B7)."""
    voted_at: datetime | None = None


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


class ExportJournal(InNetwork, frozen=True, kw_only=True):
    """The whole network's journal, for operators and the office, in order of position."""

    after: int = 0
    limit: int = 1000


class JournalPart(Struct, frozen=True, kw_only=True):
    entries: list[JournalEntry]
    next: int | None = None


FOUND_NETWORK = Method(SERVICE, "found-network", FoundNetwork, NetworkView, writes=True)
LIST_NETWORKS = Method(SERVICE, "list-networks", ListNetworks, Page[NetworkView], writes=False)
GET_NETWORK = Method(SERVICE, "get-network", GetNetwork, NetworkView, writes=False)
ADOPT_CHARTER = Method(SERVICE, "adopt-charter", AdoptCharter, CharterView, writes=True)
GET_CHARTER = Method(SERVICE, "get-charter", GetCharter, CharterView, writes=False)
ADVANCE_CLOCK = Method(SERVICE, "advance-clock", AdvanceClock, NetworkView, writes=True)
APPOINT_OFFICE = Method(SERVICE, "appoint-office", AppointOffice, NetworkView, writes=True)
LIST_TASKS = Method(SERVICE, "list-tasks", ListTasks, Page[Task], writes=False)
WHO_AM_I = Method(SERVICE, "who-am-i", WhoAmI, Me, writes=False)

LIST_MEMBERS = Method(SERVICE, "list-members", ListMembers, Page[MemberView], writes=False)
GET_MEMBER = Method(SERVICE, "get-member", GetMember, MemberView, writes=False)
IMPORT_REGISTER = Method(SERVICE, "import-register", ImportRegister, ImportReport, writes=True)
NAME_PERSON = Method(SERVICE, "name-person", NamePerson, MemberView, writes=True)
GET_CONTACTS = Method(SERVICE, "get-contacts", GetContacts, Contacts, writes=False)

APPLY = Method(SERVICE, "apply", Apply, ApplicationReceipt, writes=True)
LIST_APPLICATIONS = Method(SERVICE, "list-applications", ListApplications, Page[ApplicationView], writes=False)
GET_APPLICATION = Method(SERVICE, "get-application", GetApplication, ApplicationView, writes=False)
ASK_APPLICANT = Method(SERVICE, "ask-applicant", AskApplicant, ApplicationView, writes=True)
SUPPLEMENT_APPLICATION = Method(SERVICE, "supplement-application", SupplementApplication, ApplicationView, writes=True)
DECLINE_APPLICATION = Method(SERVICE, "decline-application", DeclineApplication, ApplicationView, writes=True)
ANNOUNCE_APPLICATION = Method(SERVICE, "announce-application", AnnounceApplication, BallotView, writes=True)
WELCOME_APPLICANT = Method(SERVICE, "welcome-applicant", WelcomeApplicant, ApplicationView, writes=True)
RECORD_COUNTERSIGNATURE = Method(
    SERVICE, "record-countersignature", RecordCountersignature, ApplicationView, writes=True
)
WITHDRAW_APPLICATION = Method(SERVICE, "withdraw-application", WithdrawApplication, ApplicationView, writes=True)

RESIGN = Method(SERVICE, "resign", Resign, MemberView, writes=True)
REQUEST_EXCLUSION = Method(SERVICE, "request-exclusion", RequestExclusion, ExclusionView, writes=True)
LIST_EXCLUSIONS = Method(SERVICE, "list-exclusions", ListExclusions, Page[ExclusionView], writes=False)
GET_EXCLUSION = Method(SERVICE, "get-exclusion", GetExclusion, ExclusionView, writes=False)
ANNOUNCE_EXCLUSION = Method(SERVICE, "announce-exclusion", AnnounceExclusion, BallotView, writes=True)
WITHDRAW_EXCLUSION = Method(SERVICE, "withdraw-exclusion", WithdrawExclusion, ExclusionView, writes=True)
RECORD_EXCLUSION_RECEIPT = Method(
    SERVICE, "record-exclusion-receipt", RecordExclusionReceipt, ExclusionView, writes=True
)

LIST_BALLOTS = Method(SERVICE, "list-ballots", ListBallots, Page[BallotView], writes=False)
GET_BALLOT = Method(SERVICE, "get-ballot", GetBallot, BallotView, writes=False)
CAST_VOTE = Method(SERVICE, "cast-vote", CastVote, VoteReceipt, writes=True)
RECORD_RECEIPT = Method(SERVICE, "record-receipt", RecordReceipt, BallotView, writes=True)
GET_RECORD = Method(SERVICE, "get-record", GetRecord, RecordExport, writes=False)
EXPORT_JOURNAL = Method(SERVICE, "export-journal", ExportJournal, JournalPart, writes=False)
