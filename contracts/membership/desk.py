"""For those who work with membership every day: what waits for whose answer (P3), the office's procedures (P7),
search within rights (P9)."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from contracts.ids import BallotId, ExclusionId, MemberId
from contracts.membership.windows import Window
from contracts.membership.words import SERVICE, Choice, Motion, Subject
from contracts.request import InNetwork, Method, Page, Paging


class InboxItem(Struct, frozen=True, kw_only=True):
    """A ballot as it concerns the asking person's member."""

    ballot: BallotId
    motion: Motion
    subject: Subject
    subject_name: str
    opened_at: datetime
    state: Literal["confirm-receipt", "answer", "answered", "closed"]
    """`confirm-receipt`: the clock does not run yet; `answered`: may be changed, or waits for the others."""
    window: Window | None = None
    choice: Choice | None = None
    """The member's own answer."""
    silence_means: Choice
    change_allowed: bool = True
    exclusion: ExclusionId | None = None
    """L2: nothing is asked; the member's own exclusion was decided at `decided_at`, and its message waits for the
    member's confirmation (state `confirm-receipt`)."""
    decided_at: datetime | None = None
    """Of an exclusion whose message waits: the law's moment of the ballot's end, however late it was counted (T4)."""


class ListInbox(InNetwork, frozen=True, kw_only=True):
    """Sorted by the end of the member's own window; without window last, oldest first. Before all of them the message
    of the member's own exclusion."""

    waiting: bool = False
    """False: what needs the member's answer; True: what the member waits for."""
    paging: Paging = Paging()


class Procedure(Struct, frozen=True, kw_only=True):
    """An admission, exclusion or resignation with its next step (P7)."""

    kind: Literal["admission", "exclusion", "resignation"]
    id: str
    name: str
    """Of the applicant or the member concerned."""
    state: str
    """As in `ApplicationState` or `ExclusionState`."""
    since: datetime
    """When it came into this state."""
    next_step: Literal[
        "confirm-address", "check", "answer-question", "announce", "await-answers", "welcome", "await-copy",
        "await-receipt", "none",
    ]  # fmt: skip
    waits_for: Literal["office", "members", "applicant", "member-concerned", "nobody"]
    due: datetime | None = None
    """Exclusive end of what is waited for, as far as it is known."""
    ballot: BallotId | None = None
    electors: int = 0
    answered: int = 0
    without_receipt: int = 0
    """T2: those that are undeliverable included."""
    undeliverable: int = 0


class ListProcedures(InNetwork, frozen=True, kw_only=True):
    """For the office and operators. Newest first, by when it began; applications that are not confirmed are not among
    them."""

    running: bool | None = None
    kind: Literal["admission", "exclusion", "resignation"] | None = None
    paging: Paging = Paging()


class MissingReceipt(Struct, frozen=True, kw_only=True):
    """T2: an elector that keeps an open ballot from ending."""

    ballot: BallotId
    subject: Subject
    subject_name: str
    member: MemberId
    member_name: str
    state: Literal["not-notified", "notified", "undeliverable"]
    """As in `ElectorState`."""
    since: datetime
    """When it came into this state."""


class ListMissingReceipts(InNetwork, frozen=True, kw_only=True):
    """For the office and operators: whom open ballots have not reached, the oldest ballot first."""

    ballot: BallotId | None = None
    paging: Paging = Paging()


class Hit(Struct, frozen=True, kw_only=True):
    kind: Literal["member", "former-member", "person", "offer", "application", "exclusion", "ballot"]
    id: str
    title: str
    detail: str = ""
    member: MemberId | None = None
    """Whose page shows it, where it is a person or an offer."""


class Search(InNetwork, frozen=True, kw_only=True):
    """Only what the asking person may read anyway (G3)."""

    q: str
    """2 to 100 characters."""
    paging: Paging = Paging()


LIST_INBOX = Method(SERVICE, "list-inbox", ListInbox, Page[InboxItem], writes=False)
LIST_PROCEDURES = Method(SERVICE, "list-procedures", ListProcedures, Page[Procedure], writes=False)
LIST_MISSING_RECEIPTS = Method(
    SERVICE, "list-missing-receipts", ListMissingReceipts, Page[MissingReceipt], writes=False
)
SEARCH = Method(SERVICE, "search", Search, Page[Hit], writes=False)
