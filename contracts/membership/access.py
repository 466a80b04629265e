"""Membership's requests about access: API keys of members and their machines, identity providers that belong to a
member, invitations that tie a person to a sign-in, the person's own details (G2, G3, L3)."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from msgspec import Struct

from contracts.event import Audience, Fact
from contracts.ids import ApiKeyId, MemberId, NetworkId, PersonId
from contracts.membership.members import Me, MemberView
from contracts.membership.words import SERVICE, Role
from contracts.request import Body, InNetwork, Method, Page, Paging


class PersonInvited(Fact, frozen=True, kw_only=True):
    """O3: the person named is to tie a sign-in to its function. Notifications sends the link."""

    entity: ClassVar[str] = "member"
    event: ClassVar[str] = "person-invited"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    member: MemberId
    role: Role
    person: PersonId
    expires_at: datetime


class SignInTied(Fact, frozen=True, kw_only=True):
    """The invitation was accepted."""

    entity: ClassVar[str] = "member"
    event: ClassVar[str] = "sign-in-tied"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    member: MemberId
    person: PersonId


class IssuerBound(Fact, frozen=True, kw_only=True):
    """G2: from now on one provider alone speaks for the member's people, or (`bound` false) every one again."""

    entity: ClassVar[str] = "member"
    event: ClassVar[str] = "issuer-bound"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    member: MemberId
    bound: bool


class KeyIssued(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "key"
    event: ClassVar[str] = "issued"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    key: ApiKeyId
    member: MemberId
    expires_at: datetime


class KeyRevoked(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "key"
    event: ClassVar[str] = "revoked"
    audience: ClassVar[Audience] = "self"
    network: NetworkId
    key: ApiKeyId
    member: MemberId


class Scope(StrEnum):
    """What an API key may be used for. What its holder may do at all is decided beside it; no key ever votes,
    names people or makes keys: that takes a person."""

    DIRECTORY = "directory:read"
    """Network, charter, members, offers."""
    PROCEDURES = "procedures:read"
    """Ballots, admissions, exclusions, the inbox, tasks, search."""
    NOTICES = "notices:read"
    CHANGES = "changes:read"
    """The changes feed and its live stream."""
    PROCEDURES_WRITE = "procedures:write"
    """Commands of admission and leaving that the holder's member may give, except those that take a person."""
    WEBHOOKS = "webhooks:write"
    SANDBOX = "sandbox:write"
    """Advance a sandbox network's test clock."""


class ClientIdentity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A machine that signs in at an identity provider (OAuth 2.0 client credentials, RFC 6749 § 4.4)."""

    issuer: str
    subject: str


class NewKey(Body, frozen=True, kw_only=True):
    label: str
    """What it is for, 1 to 80 characters; shown in lists."""
    scopes: list[Scope]
    """At least one."""
    expires_at: datetime
    """At most 400 days from now."""
    personal: bool = False
    """True: acts as the person who makes it, as a calendar feed does, with the scopes alone; ends when the person's
    function ends. False: belongs to the member and outlives its people."""
    client: ClientIdentity | None = None
    """None: a secret is made. Otherwise the machine's sign-in takes its place."""


class IssueKey(InNetwork, frozen=True, kw_only=True):
    """By a representative or deputy for their member."""

    body: NewKey


class KeyView(Struct, frozen=True, kw_only=True):
    id: ApiKeyId
    member: MemberId
    person: PersonId | None
    """Whose personal key it is."""
    label: str
    scopes: list[Scope]
    hint: str
    """First characters of the secret, by which its holder knows it again; empty for a machine's sign-in."""
    client: ClientIdentity | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class IssuedKey(Struct, frozen=True, kw_only=True):
    key: KeyView
    secret: str | None
    """Shown once; only its digest is kept."""


class ListKeys(InNetwork, frozen=True, kw_only=True):
    """The member's keys and one's own personal ones."""

    paging: Paging = Paging()


class GetKey(InNetwork, frozen=True, kw_only=True):
    key: ApiKeyId


class RevokeKey(InNetwork, frozen=True, kw_only=True):
    key: ApiKeyId


class FindKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gateway asks whose a secret, or a machine's sign-in, is. Sent with the installation's subject; who asks knows
    the secret or holds a valid token. Refused `key-unknown` (401)."""

    digest: str | None = None
    """Hex SHA-256 of the whole secret; or"""
    client: ClientIdentity | None = None


class KeyHolder(Struct, frozen=True, kw_only=True):
    """What never changes about a key, so that a gateway may remember it. Whether it is still good is looked up by the
    owning service on every request (L3)."""

    id: ApiKeyId
    network: NetworkId
    member: MemberId
    scopes: list[Scope]
    expires_at: datetime


class IssuerName(Body, frozen=True, kw_only=True):
    issuer: str | None
    """Exactly as in the claim `iss`; None: the member's people sign in at the installation's own provider."""


class BindIssuer(InNetwork, frozen=True, kw_only=True):
    """By the office or an operator: this provider speaks for the people of this member, and of no other."""

    member: MemberId
    body: IssuerName


class Invitation(Body, frozen=True, kw_only=True):
    role: Role
    """Whose: the representative's or the deputy's."""


class InvitePerson(InNetwork, frozen=True, kw_only=True):
    """Sends (again) the link with which the holder of a function ties it to a sign-in. By the member or the office."""

    member: MemberId
    body: Invitation


class AcceptInvitation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By whoever is signed in and holds the link (header `Fallnetz-Link`). Sent with the installation's subject."""


class PersonEdit(Body, frozen=True, kw_only=True):
    language: Literal["de", "en", "nl", "da"]


class EditMe(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signed-in person's own details, in every network where the sign-in is known."""

    body: PersonEdit


FACTS: tuple[type[Fact], ...] = (PersonInvited, SignInTied, IssuerBound, KeyIssued, KeyRevoked)

ISSUE_KEY = Method(SERVICE, "issue-key", IssueKey, IssuedKey, writes=True, shown_once=True)
LIST_KEYS = Method(SERVICE, "list-keys", ListKeys, Page[KeyView], writes=False)
GET_KEY = Method(SERVICE, "get-key", GetKey, KeyView, writes=False)
REVOKE_KEY = Method(SERVICE, "revoke-key", RevokeKey, KeyView, writes=True)
FIND_KEY = Method(SERVICE, "find-key", FindKey, KeyHolder, writes=False)
BIND_ISSUER = Method(SERVICE, "bind-issuer", BindIssuer, MemberView, writes=True)
INVITE_PERSON = Method(SERVICE, "invite-person", InvitePerson, MemberView, writes=True)
ACCEPT_INVITATION = Method(SERVICE, "accept-invitation", AcceptInvitation, Me, writes=True)
EDIT_ME = Method(SERVICE, "edit-me", EditMe, Me, writes=True)
