"""Networks: their charter, their office, a sandbox's clock, what waits for the office, the journal."""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from contracts.event import Audience, Fact
from contracts.ids import MemberId, NetworkId
from contracts.journal import JournalEntry
from contracts.membership.words import SERVICE
from contracts.request import Body, InNetwork, Method, Page, Paging


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


class DirectoryIssued(Fact, frozen=True, kw_only=True):
    """A5: after an admission, resignation or exclusion. Notifications sends it to each of `recipients`."""

    entity: ClassVar[str] = "network"
    event: ClassVar[str] = "directory-issued"
    network: NetworkId
    edition: int
    as_of: datetime
    recipients: list[MemberId]


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
    dry_run: bool = False
    """True: only says what the text would be in force as, and in words; nothing is adopted."""


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


class ExportJournal(InNetwork, frozen=True, kw_only=True):
    """The whole network's journal, for operators and the office, in order of position."""

    after: int = 0
    limit: int = 1000


class JournalPart(Struct, frozen=True, kw_only=True):
    entries: list[JournalEntry]
    next: int | None = None


FACTS: tuple[type[Fact], ...] = (
    NetworkFounded,
    CharterAdopted,
    TestClockAdvanced,
    OfficeAppointed,
    OfficeVacated,
    DirectoryIssued,
)

FOUND_NETWORK = Method(SERVICE, "found-network", FoundNetwork, NetworkView, writes=True)
LIST_NETWORKS = Method(SERVICE, "list-networks", ListNetworks, Page[NetworkView], writes=False)
GET_NETWORK = Method(SERVICE, "get-network", GetNetwork, NetworkView, writes=False)
ADOPT_CHARTER = Method(SERVICE, "adopt-charter", AdoptCharter, CharterView, writes=True)
GET_CHARTER = Method(SERVICE, "get-charter", GetCharter, CharterView, writes=False)
ADVANCE_CLOCK = Method(SERVICE, "advance-clock", AdvanceClock, NetworkView, writes=True)
APPOINT_OFFICE = Method(SERVICE, "appoint-office", AppointOffice, NetworkView, writes=True)
LIST_TASKS = Method(SERVICE, "list-tasks", ListTasks, Page[Task], writes=False)
EXPORT_JOURNAL = Method(SERVICE, "export-journal", ExportJournal, JournalPart, writes=False)
