"""API keys: made, found, revoked. Who asks is decided in `requests`; what a key may do, in `authority`."""

import hashlib
from datetime import datetime

import msgspec

from contracts.ids import ApiKeyId, MemberId, PersonId
from contracts.membership.access import ClientIdentity, KeyIssued, KeyRevoked, NewKey
from contracts.request import Refused
from services.chassis import ids, journal
from services.chassis.database import Transaction
from services.membership import entry
from services.membership.access import tables
from services.membership.access.rules import LONGEST_LABEL, Key, check
from services.membership.members.handlers import Member

__all__ = ["Key"]

_PREFIX = "fnk_"
"""So that a secret is known for one where it does not belong, as in a repository."""
_HINT = len(_PREFIX) + 4


def issue(
    tx: Transaction, member: Member, person: PersonId, body: NewKey, now: datetime, actor: str
) -> tuple[Key, str | None]:
    """A key and its secret, which nobody can show again; a machine's sign-in has none. The caller holds the member.

    Raises Refused `client-taken`, and what `check` and `entry` refuse.
    """
    label = entry.line(body.label, "/label", LONGEST_LABEL)
    expires_at = entry.moment(body.expires_at, "/expires_at")
    scopes = check(body.scopes, expires_at, tables.count_good(tx, member.id, now), now)
    client = _free(tx, body.client, now) if body.client is not None else None
    secret = None if client is not None else _PREFIX + ids.secret(32)
    key = Key(
        id=ApiKeyId(ids.new("key")), network=member.network, member=member.id, person=person if body.personal else None,
        label=label, scopes=scopes, hint=secret[:_HINT] if secret else "", client=client, created_at=now,
        expires_at=expires_at,
    )  # fmt: skip
    if not tables.add(tx, key, digest(secret) if secret else None):
        raise _taken()
    fact = KeyIssued(network=key.network, key=key.id, member=key.member, expires_at=expires_at)
    journal.record(tx, network=key.network, record=key.id, facts=[fact], now=now, actor=actor)
    return key, secret


def _free(tx: Transaction, client: ClientIdentity, now: datetime) -> ClientIdentity:
    """A machine's sign-in that is no other key's. One whose key has expired is free again."""
    issuer, subject = entry.sign_in(client.issuer, client.subject, "/client")
    found = ClientIdentity(issuer=issuer, subject=subject)
    taken = tables.by_client(tx, found)
    if taken is not None and taken.good(now):
        raise _taken()
    if taken is not None:
        _revoke(tx, taken, now, "expiry")
    return found


def _taken() -> Refused:
    detail = "This machine's sign-in has a key already; revoke that one first."
    return Refused("client-taken", detail, field="/client")


def digest(secret: str) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def get(tx: Transaction, key: str, member: MemberId, person: PersonId, *, lock: bool = False) -> Key:
    """A key that the person may see. Raises Refused `key-not-found` (404)."""
    found = tables.find(tx, entry.known(key, "key"), lock=lock)
    if found is None or not found.shown_to(member, person):
        raise entry.not_found("key")
    return found


def page(tx: Transaction, member: MemberId, person: PersonId, before: str, most: int) -> list[Key]:
    """The member's keys and the person's own, the newest first."""
    return tables.page(tx, member, person, before, most)


def revoke(tx: Transaction, key: Key, now: datetime, actor: str) -> Key:
    """From now on it opens nothing. Repeating it changes nothing. The caller holds the key."""
    return key if key.revoked_at is not None else _revoke(tx, key, now, actor)


def _revoke(tx: Transaction, key: Key, now: datetime, actor: str) -> Key:
    tables.revoke(tx, key.id, now)
    fact = KeyRevoked(network=key.network, key=key.id, member=key.member)
    journal.record(tx, network=key.network, record=key.id, facts=[fact], now=now, actor=actor)
    return msgspec.structs.replace(key, revoked_at=now)


def find(tx: Transaction, key: str) -> Key | None:
    """By its id."""
    return tables.find(tx, key) if entry.possible(key) else None


def by_digest(tx: Transaction, of: str) -> Key | None:
    """Looked up by the digest, so that the work does not tell how much of a secret is right."""
    return tables.by_digest(tx, of) if entry.possible(of) else None


def by_client(tx: Transaction, client: ClientIdentity) -> Key | None:
    """By a machine's sign-in; a revoked key has set it free."""
    return tables.by_client(tx, client) if entry.plain(client.issuer + client.subject) else None
