"""Signed links in e-mails (N5)."""

from datetime import datetime

from msgspec import Struct

from contracts.ids import MemberId, NetworkId, NoticeId, PersonId
from contracts.notifications.words import SERVICE, Purpose
from contracts.request import Method


class LinkRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signed link (N5). Sent with the installation's subject: the token itself names notice and network."""

    token: str


class LinkView(Struct, frozen=True, kw_only=True):
    """What the page behind a link shows before anything is confirmed. Opening it changes nothing (N5)."""

    network: NetworkId
    notice: NoticeId
    purpose: Purpose
    about: str
    member: MemberId | None
    locale: str
    subject_line: str
    """The notice's heading, in the recipient's language."""
    expires_at: datetime
    confirmed_at: datetime | None = None
    time_zone: str = "Europe/Berlin"
    """The network's zone (IANA name), in which the page writes moments."""
    network_name: str = ""
    """Asked of membership at the moment of need; empty while it is away."""
    role: str | None = None
    """Of the recipient, as the notice was written: `representative`, `deputy`, `applicant`, `invited`."""
    now: datetime | None = None
    """The network's moment: its test clock in a sandbox."""
    sandbox: bool = False
    person: PersonId | None = None
    """To whom the mail was written: only as long as they have a function does the link act for the member. None: the
    applicant."""


SHOW_LINK = Method(SERVICE, "show-link", LinkRequest, LinkView, writes=False)
CONFIRM_LINK = Method(SERVICE, "confirm-link", LinkRequest, LinkView, writes=True)
