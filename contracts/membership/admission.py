"""Admission (A): an application from its arrival to the countersigned agreement."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from contracts.event import Audience, Fact
from contracts.ids import ApplicationId, BallotId, MemberId, NetworkId
from contracts.membership.ballots import BallotView
from contracts.membership.members import PersonDetails
from contracts.membership.words import SERVICE, AnswerWay
from contracts.request import Body, InNetwork, Method, Page, Paging


class ApplicationSubmitted(Fact, frozen=True, kw_only=True):
    """From outside, by nobody who is known: received only when the contact has confirmed its address."""

    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "submitted"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    application: ApplicationId
    lapses_at: datetime


class ApplicationLapsed(Fact, frozen=True, kw_only=True):
    """Never confirmed: erased."""

    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "lapsed"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    application: ApplicationId


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
    """A2: the applicant has answered."""

    entity: ClassVar[str] = "application"
    event: ClassVar[str] = "supplemented"
    network: NetworkId
    application: ApplicationId
    way: AnswerWay | None = None
    """How it came, where the office has recorded it; None: the applicant wrote it itself."""
    told_at: datetime | None = None
    """With `way`: when it reached the office."""


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
    received_at: datetime | None = None
    """When it reached the office on paper or by mail; only whoever enters it there says so. None: with this request."""


class GetForm(InNetwork, frozen=True, kw_only=True):
    """Public: what whoever wants to apply has to know."""


class ApplicationForm(Struct, frozen=True, kw_only=True):
    network: NetworkId
    network_name: str
    region: str
    fields_of_work: list[str]
    """The charter's list, in its words."""
    office_name: str | None
    window_days: int
    """How long each member may answer, from its own receipt on."""
    languages: list[str]
    sandbox: bool
    time_zone: str = "Europe/Berlin"
    now: datetime | None = None
    """The network's moment: its test clock in a sandbox."""


class Apply(InNetwork, frozen=True, kw_only=True):
    """Public."""

    body: NewApplication


class ApplicationState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    """From outside, until the contact has confirmed its address by the link in the e-mail; nobody else sees it."""
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
    answered_at: datetime | None = None
    """When the answer reached the office."""
    answer_way: AnswerWay | None = None
    """Where the office has recorded the answer; None: the applicant wrote it itself."""
    answer_from: str | None = None
    """Who gave an answer that the office has recorded; only to the office and the applicant."""
    address: str | None = None
    """The organisation's; to the office and the applicant, and to members from the announcement on."""
    contact: PersonDetails | None = None
    """With `representative` and `deputy` only to the office and the applicant."""
    representative: PersonDetails | None = None
    deputy: PersonDetails | None = None
    lapses_at: datetime | None = None
    """While it is not confirmed."""


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
    """By the applicant, with its key or the link of a mail."""

    application: ApplicationId
    applicant_key: str = ""
    """Empty: whoever asks holds a link."""
    body: Supplement


class RecordedAnswer(Body, frozen=True, kw_only=True):
    """A2: an answer that the applicant gave otherwise than in the portal."""

    answer: str
    told_by: str
    """Who gave it, for the record."""
    way: AnswerWay
    told_at: datetime
    """When it reached the office; not before the question."""


class RecordAnswer(InNetwork, frozen=True, kw_only=True):
    """By the office, on the applicant's word. It starts no window: each member's begins with its own receipt of the
    announcement (T1)."""

    application: ApplicationId
    body: RecordedAnswer


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


FACTS: tuple[type[Fact], ...] = (
    ApplicationSubmitted,
    ApplicationLapsed,
    ApplicationReceived,
    ApplicationQuestioned,
    ApplicationSupplemented,
    ApplicationDeclined,
    ApplicationAnnounced,
    ApplicationPassed,
    ApplicationRejected,
    ApplicantWelcomed,
    ApplicationWithdrawn,
    ApplicationExpired,
)

APPLY = Method(SERVICE, "apply", Apply, ApplicationReceipt, writes=True, shown_once=True)
GET_FORM = Method(SERVICE, "get-application-form", GetForm, ApplicationForm, writes=False)
LIST_APPLICATIONS = Method(SERVICE, "list-applications", ListApplications, Page[ApplicationView], writes=False)
GET_APPLICATION = Method(SERVICE, "get-application", GetApplication, ApplicationView, writes=False)
ASK_APPLICANT = Method(SERVICE, "ask-applicant", AskApplicant, ApplicationView, writes=True)
SUPPLEMENT_APPLICATION = Method(SERVICE, "supplement-application", SupplementApplication, ApplicationView, writes=True)
RECORD_ANSWER = Method(SERVICE, "record-answer", RecordAnswer, ApplicationView, writes=True)
DECLINE_APPLICATION = Method(SERVICE, "decline-application", DeclineApplication, ApplicationView, writes=True)
ANNOUNCE_APPLICATION = Method(SERVICE, "announce-application", AnnounceApplication, BallotView, writes=True)
WELCOME_APPLICANT = Method(SERVICE, "welcome-applicant", WelcomeApplicant, ApplicationView, writes=True)
RECORD_COUNTERSIGNATURE = Method(
    SERVICE, "record-countersignature", RecordCountersignature, ApplicationView, writes=True
)
WITHDRAW_APPLICATION = Method(SERVICE, "withdraw-application", WithdrawApplication, ApplicationView, writes=True)
