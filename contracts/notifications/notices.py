"""Notices and the steps of their life (N3)."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from contracts.event import Audience, Fact
from contracts.ids import ApplicationId, MemberId, NetworkId, NoticeId
from contracts.notifications.words import SERVICE, Purpose
from contracts.request import InNetwork, Method, Page, Paging


class NoticeState(StrEnum):
    """N3, in order; a later state never goes back to an earlier one."""

    CREATED = "created"
    HANDED_OVER = "handed-over"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    OPENED = "opened"
    CONFIRMED = "confirmed"
    BOUNCED = "bounced"
    FAILED = "failed"
    """Given up after all attempts; in the list of undelivered notices, can be sent again."""
    POSTED = "posted"
    """Did not arrive by mail, and the office has posted it as a letter; that it was received is recorded elsewhere."""
    CANCELLED = "cancelled"


class NoticeFact(Fact, frozen=True, kw_only=True):
    """What all steps of a notice's life share."""

    entity: ClassVar[str] = "notice"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    notice: NoticeId
    purpose: Purpose
    about: str
    """The id of the ballot, exclusion, application or network that the notice is about."""
    member: MemberId | None
    """None: the recipient is no member (an applicant)."""
    at: datetime
    """When the step happened, by the network's clock."""


class NoticeCreated(NoticeFact, frozen=True, kw_only=True):
    event: ClassVar[str] = "created"


class NoticeHandedOver(NoticeFact, frozen=True, kw_only=True):
    """Given to the channel for the first time."""

    event: ClassVar[str] = "handed-over"


class NoticeAccepted(NoticeFact, frozen=True, kw_only=True):
    """The recipient's server (or the relaying one) took it: `accepted-by-server`."""

    event: ClassVar[str] = "accepted"


class NoticeDelivered(NoticeFact, frozen=True, kw_only=True):
    """A delivery report came back: `delivery-report`."""

    event: ClassVar[str] = "delivered"


class NoticeOpened(NoticeFact, frozen=True, kw_only=True):
    """Opened by the signed-in recipient: `opened-in-portal`."""

    event: ClassVar[str] = "opened"


class NoticeConfirmed(NoticeFact, frozen=True, kw_only=True):
    """Confirmed from the e-mail link by POST: `confirmed-by-link`."""

    event: ClassVar[str] = "confirmed"


class NoticeBounced(NoticeFact, frozen=True, kw_only=True):
    """Refused for good, or a bounce came back."""

    event: ClassVar[str] = "bounced"


class NoticeFailed(NoticeFact, frozen=True, kw_only=True):
    """Given up after all attempts without an answer from the other side."""

    event: ClassVar[str] = "failed"


class NoticePosted(NoticeFact, frozen=True, kw_only=True):
    """The office has posted it as a letter. No evidence of receipt (T2)."""

    event: ClassVar[str] = "posted"


FACTS: tuple[type[Fact], ...] = (
    NoticeCreated,
    NoticeHandedOver,
    NoticeAccepted,
    NoticeDelivered,
    NoticeOpened,
    NoticeConfirmed,
    NoticeBounced,
    NoticeFailed,
    NoticePosted,
)


class NoticeStep(Struct, frozen=True, kw_only=True):
    state: NoticeState
    at: datetime
    evidence: str
    """What shows it: the server's answer code, the link's id, a delivery report's status. No personal data."""


class Notice(Struct, frozen=True, kw_only=True):
    id: NoticeId
    purpose: Purpose
    about: str
    member: MemberId | None
    channel: str
    """`email` so far."""
    state: NoticeState
    created_at: datetime
    attempts: int
    reminder_of: NoticeId | None = None
    failure: str | None = None
    """Why it did not arrive, in words, without addresses."""
    steps: list[NoticeStep] = []
    application: ApplicationId | None = None
    """The application that it speaks of, also where it is about its ballot."""
    concerned: MemberId | None = None
    """The member that it speaks of: the one concerned by an exclusion, that has resigned, that has no receipt."""
    due: datetime | None = None
    """Exclusive end of the time that it speaks of, as far as that was known when it was made: of a reminder's window,
    of the time for the signed copy, for a confirmation, for an invitation."""


class ListNotices(InNetwork, frozen=True, kw_only=True):
    paging: Paging = Paging()
    undelivered: bool = False
    """Only bounced and failed ones (N9)."""
    about: str | None = None
    or_about: str | None = None
    """With `about`: or about this, for example the ballot of the application."""
    state: NoticeState | None = None


class Mailing(Struct, frozen=True, kw_only=True):
    """P7: all notices to members that one fact asked for, counted by where they stand now."""

    purpose: Purpose
    about: str
    created_at: datetime
    notices: int
    """All of them; the counts below add up to it."""
    waiting: int = 0
    """Made, and not handed over to the mail server yet."""
    handed_over: int = 0
    accepted: int = 0
    delivered: int = 0
    opened: int = 0
    confirmed: int = 0
    bounced: int = 0
    failed: int = 0
    posted: int = 0
    cancelled: int = 0
    application: ApplicationId | None = None
    concerned: MemberId | None = None
    edition: int | None = None
    """Of the directory."""


class ListMailings(InNetwork, frozen=True, kw_only=True):
    """For the office and operators, the newest first."""

    about: str | None = None
    or_about: str | None = None
    paging: Paging = Paging()


class GetNotice(InNetwork, frozen=True, kw_only=True):
    notice: NoticeId


class ResendNotice(InNetwork, frozen=True, kw_only=True):
    """N9: for the office, on a bounced or failed notice."""

    notice: NoticeId


class OpenNotice(InNetwork, frozen=True, kw_only=True):
    """A signed-in person of the receiving member opens the notice: evidence `opened-in-portal`."""

    notice: NoticeId


LIST_NOTICES = Method(SERVICE, "list-notices", ListNotices, Page[Notice], writes=False)
GET_NOTICE = Method(SERVICE, "get-notice", GetNotice, Notice, writes=False)
LIST_MAILINGS = Method(SERVICE, "list-mailings", ListMailings, Page[Mailing], writes=False)
RESEND_NOTICE = Method(SERVICE, "resend-notice", ResendNotice, Notice, writes=True)
OPEN_NOTICE = Method(SERVICE, "open-notice", OpenNotice, Notice, writes=True)
