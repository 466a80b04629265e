"""A person's own settings (N2), and the preview of what would be sent to whom (P7)."""

from datetime import time
from enum import StrEnum

from msgspec import Struct

from contracts.ids import MemberId, NetworkId
from contracts.notifications.words import SERVICE, Purpose
from contracts.request import Body, InNetwork, Method


class Kind(StrEnum):
    """Kinds of messages that a person can set channels for (N2)."""

    LEGAL = "legal"
    """Ballots, the message of an exclusion: can be redirected, never switched off."""
    REMINDERS = "reminders"
    RESULTS = "results"
    DIRECTORY = "directory"
    OFFICE = "office"
    """What waits for the office."""


class Preference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: Kind
    email: bool = True
    """False: only in the portal. Not for `legal`."""


class Preferences(Body, frozen=True, kw_only=True):
    kinds: list[Preference] = []
    """A kind that is not named keeps its usual channels."""
    quiet_from: time | None = None
    """Local wall time of the network; with `quiet_until`. Nothing but legal notices is sent in between."""
    quiet_until: time | None = None
    redirect_to: str | None = None
    """Another address for legal notices, confirmed by a link before it is used."""


class PreferencesView(Struct, frozen=True, kw_only=True):
    network: NetworkId
    version: int
    preferences: Preferences
    redirect_confirmed: bool = False


class GetPreferences(InNetwork, frozen=True, kw_only=True):
    pass


class SetPreferences(InNetwork, frozen=True, kw_only=True):
    version: int
    body: Preferences


class PreviewNotices(InNetwork, frozen=True, kw_only=True):
    """For the office: what an announcement, welcome or decline would send, and to whom. Nothing is sent."""

    purpose: Purpose
    about: str


class PreviewRecipient(Struct, frozen=True, kw_only=True):
    organisation: str
    member: MemberId | None
    name: str
    role: str
    language: str
    channels: list[str]


class PreviewText(Struct, frozen=True, kw_only=True):
    language: str
    subject: str
    text: str


class Preview(Struct, frozen=True, kw_only=True):
    recipients: list[PreviewRecipient]
    texts: list[PreviewText]
    """One for each language among the recipients."""
    outside: bool
    """False: a sandbox; nothing leaves the installation (G6)."""


GET_PREFERENCES = Method(SERVICE, "get-preferences", GetPreferences, PreferencesView, writes=False)
SET_PREFERENCES = Method(SERVICE, "set-preferences", SetPreferences, PreferencesView, writes=True)
PREVIEW_NOTICES = Method(SERVICE, "preview-notices", PreviewNotices, Preview, writes=False)
