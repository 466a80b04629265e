"""Requests about API keys. People make and revoke them, for their member or for themselves; no key makes another."""

from contracts.membership.access import (
    FIND_KEY,
    GET_KEY,
    ISSUE_KEY,
    LIST_KEYS,
    REVOKE_KEY,
    ClientIdentity,
    FindKey,
    GetKey,
    IssuedKey,
    IssueKey,
    KeyHolder,
    KeyView,
    ListKeys,
    RevokeKey,
)
from contracts.request import Actor, Call, Page, Refused
from services.chassis import clock, paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority, entry
from services.membership.access import handlers
from services.membership.access.handlers import Key
from services.membership.members import handlers as members
from services.membership.members import handlers_sign_ins as sign_ins

requests = Requests()


def view(key: Key) -> KeyView:
    return KeyView(
        id=key.id, member=key.member, person=key.person, label=key.label, scopes=key.scopes, hint=key.hint,
        client=key.client, created_at=key.created_at, expires_at=key.expires_at, revoked_at=key.revoked_at,
    )  # fmt: skip


@requests.answers(ISSUE_KEY)
def issue_key(tx: Transaction, call: Call, request: IssueKey) -> IssuedKey:
    who = authority.require_member(tx, call, request.network)
    member = members.present(tx, request.network, who.member, who.now, lock=True)
    client = request.body.client
    if client is not None and _is_person(tx, client):
        detail = "A person signs in with this; register the sign-in of a machine."
        raise Refused("client-is-a-person", detail, status=422, field="/client/subject")
    key, secret = handlers.issue(tx, member, who.person, request.body, who.now, who.name)
    return IssuedKey(key=view(key), secret=secret)


@requests.answers(LIST_KEYS)
def list_keys(tx: Transaction, call: Call, request: ListKeys) -> Page[KeyView]:
    """The newest first."""
    who = authority.require_member(tx, call, request.network)
    (before,) = paging.decode(request.paging.cursor, tuple[str]) or ("",)
    most = paging.limit(request.paging)
    rows = handlers.page(tx, who.member, who.person, before, most + 1)
    return paging.page(rows, most, view, lambda key: (key.id,))


@requests.answers(GET_KEY)
def get_key(tx: Transaction, call: Call, request: GetKey) -> KeyView:
    who = authority.require_member(tx, call, request.network)
    return view(handlers.get(tx, request.key, who.member, who.person))


@requests.answers(REVOKE_KEY)
def revoke_key(tx: Transaction, call: Call, request: RevokeKey) -> KeyView:
    who = authority.require_member(tx, call, request.network)
    key = handlers.get(tx, request.key, who.member, who.person, lock=True)
    return view(handlers.revoke(tx, key, who.now, who.name))


@requests.answers(FIND_KEY)
def find_key(tx: Transaction, call: Call, request: FindKey) -> KeyHolder:
    """For the gateway, before it knows who asks. A sign-in that is known for a person's is never taken for a machine's:
    nobody locks a person out by registering it."""
    if (request.digest is None) == (request.client is None):
        raise Refused("malformed", "Give either a secret's digest or a machine's sign-in.", status=400)
    found = None
    if request.digest is not None:
        found = handlers.by_digest(tx, request.digest)
    elif request.client is not None and not _is_person(tx, request.client):
        found = handlers.by_client(tx, request.client)
    if found is None or not found.good(clock.moment(tx, found.network, call.at)):
        raise authority.key_unknown()
    return KeyHolder(
        id=found.id, network=found.network, member=found.member, scopes=found.scopes, expires_at=found.expires_at
    )


def _is_person(tx: Transaction, client: ClientIdentity) -> bool:
    issuer, subject = client.issuer, client.subject
    if not entry.plain(issuer + subject):
        return False  # nobody's: such a name is taken nowhere
    return authority.is_operator(Actor(issuer=issuer, subject=subject)) or sign_ins.is_known(tx, (issuer, subject))
