"""Members and the people who speak for them; the register and the directory (O3, W3)."""

from datetime import date, datetime
from typing import ClassVar, Literal

from msgspec import Struct

from contracts.event import Fact
from contracts.ids import ApiKeyId, ApplicationId, MemberId, NetworkId, PersonId
from contracts.membership.words import SERVICE, LeftBecause, Role
from contracts.request import Body, InNetwork, Method, Page, Paging


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
    person: PersonId | None = None
    """Who they are there; None: a member's key."""


class Me(Struct, frozen=True, kw_only=True):
    person: PersonId | None
    name: str | None
    operator: bool
    standings: list[Standing]
    language: str | None = None
    """In which the person is written to; None: nobody known here."""
    key: ApiKeyId | None = None
    """An API key asked, not a person. A member's key stands for the member with the role of its representative, and
    does less: nothing that takes a person."""


class Representation(Struct, frozen=True, kw_only=True):
    role: Role
    person: PersonId
    name: str
    since: date
    signs_in: bool = True
    """False: no sign-in is tied to the person yet; it needs an invitation."""


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
    phone: str = ""
    email: str = ""
    """The organisation's own, as the directory shows it; never a person's."""
    website: str = ""
    issuer: str | None = None
    """The identity provider that speaks for this member's people alone; shown to the member, the office, operators."""
    version: int = 1
    """Counts the profile's changes (ETag)."""


class ListMembers(InNetwork, frozen=True, kw_only=True):
    """The directory (W3): members as of the end of a day in the network's zone; None: now."""

    on: date | None = None
    q: str | None = None
    """Words that must all occur in name or kind, however case, accents and umlauts are written."""
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


FACTS: tuple[type[Fact], ...] = (
    MemberJoined,
    MemberLeft,
    RepresentationChanged,
)

WHO_AM_I = Method(SERVICE, "who-am-i", WhoAmI, Me, writes=False)
LIST_MEMBERS = Method(SERVICE, "list-members", ListMembers, Page[MemberView], writes=False)
GET_MEMBER = Method(SERVICE, "get-member", GetMember, MemberView, writes=False)
IMPORT_REGISTER = Method(SERVICE, "import-register", ImportRegister, ImportReport, writes=True)
NAME_PERSON = Method(SERVICE, "name-person", NamePerson, MemberView, writes=True)
