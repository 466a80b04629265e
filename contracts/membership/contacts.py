"""Whom to write to, asked by notifications at the moment of sending: addresses stay in one place and can be erased."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from contracts.ids import ApplicationId, MemberId, PersonId
from contracts.membership.admission import ApplicantWelcomed, ApplicationDeclined
from contracts.membership.ballots import BallotOpened
from contracts.membership.leaving import ExclusionPassed
from contracts.membership.members import MemberView
from contracts.membership.words import SERVICE
from contracts.request import InNetwork, Method


class GetContacts(InNetwork, frozen=True, kw_only=True):
    """For notifications, at the moment of sending. Addresses stay in membership, so that they can be erased."""

    members: list[MemberId] = []
    office: bool = False
    application: ApplicationId | None = None
    names_of: list[MemberId] = []
    """Members whose names a notice mentions, present or past."""
    persons: list[PersonId] = []
    """People of present members who have a function or are to have one later, as those whom an invitation goes to."""
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
    person: PersonId | None = None
    """By which a person's own settings are found (N2); None: the applicant."""


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
    """The charter in words, by language: `de`, `en`, `nl`, `da`."""
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
    present: list[MemberId] = []
    """Those of the members asked for that belong to the network at this moment (L3)."""
    names: dict[MemberId, str] = {}
    question: str | None = None
    """What the office asked the applicant last."""
    directory: list[MemberView] = []
    agreement: Agreement | None = None
    """Where it was asked for and the office has signed."""


OfficeStep = Literal[
    "announce-application", "welcome-applicant", "decline-application", "announce-exclusion", "exclude"
]


class Foresee(InNetwork, frozen=True, kw_only=True):
    """For notifications' preview (P7): what would become true if the office took this step now. Nothing does."""

    step: OfficeStep
    about: str
    """The application or the exclusion."""


class Foreseen(Struct, frozen=True, kw_only=True):
    fact: BallotOpened | ApplicantWelcomed | ApplicationDeclined | ExclusionPassed
    """As the journal would have it; a ballot's id in it is none."""
    concerned: MemberId | None = None
    """The member that would be excluded."""


FORESEE = Method(SERVICE, "foresee", Foresee, Foreseen, writes=True)
"""Refused as the step itself would be. In a transaction that writes, and is undone."""
GET_CONTACTS = Method(SERVICE, "get-contacts", GetContacts, Contacts, writes=False)
