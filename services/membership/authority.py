"""Who acts, and what they may do. Rights are decided here from this service's own tables, in the command's transaction.

The gateway says who somebody is (a sign-in, an API key, the holder of an e-mail's link); that they speak for a member,
hold the office or run the installation is looked up on every request, so that a member that left has no rights from
that instant on, nor have its keys and links (L3).
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from contracts.ids import ApiKeyId, MemberId, NetworkId, PersonId
from contracts.membership.words import Role
from contracts.request import Actor, Call, Refused
from services.chassis import clock
from services.chassis.database import Transaction
from services.membership.access import handlers as keys
from services.membership.entry import KEYS, SERVICES
from services.membership.entry import LINKS as LINKS
from services.membership.members import handlers as members
from services.membership.networks import handlers as networks
from services.membership.networks.tables import Network

SignIn = tuple[str, str]
"""Issuer and subject."""

_operators: frozenset[SignIn] = frozenset()


class Acting(Struct, frozen=True, kw_only=True):
    """Who acts in one network: for a member, as an operator, or both."""

    network: Network
    now: datetime
    """The network's moment."""
    person: PersonId | None = None
    """With `key`: whose personal key it is."""
    member: MemberId | None = None
    role: Role | None = None
    office: bool = False
    """The member holds the office."""
    operator: bool = False
    key: ApiKeyId | None = None
    """An API key acts: it reads, and gives the few commands that do not take a person."""
    link: str | None = None
    """Nobody signed in: the notice whose link is held stands for the person."""

    @property
    def name(self) -> str:
        """For the journal: an id, never a name. With a key or link its own: they are what was shown."""
        return self.key or self.link or self.person or "operator"


class Speaker(Struct, frozen=True, kw_only=True):
    """A person who acts for a member."""

    person: PersonId
    member: MemberId
    role: Role
    office: bool
    now: datetime
    """The network's moment."""
    name: str
    """For the journal: an id, never a name."""


def appoint_operators(sign_ins: Iterable[SignIn]) -> None:
    """Said once, where the service is put together."""
    global _operators
    _operators = frozenset(sign_ins)


def read_operators(setting: str) -> frozenset[SignIn]:
    """`issuer|subject,…`. Raises ValueError that says which part is wrong."""
    found = set()
    for number, part in enumerate((p.strip() for p in setting.split(",") if p.strip()), start=1):
        issuer, bar, subject = part.partition("|")
        if not (issuer and bar and subject) or issuer in (SERVICES, KEYS, LINKS):
            raise ValueError(f"operator {number} is not written as issuer|subject")
        found.add((issuer, subject))
    return frozenset(found)


def signed_in(call: Call) -> Actor:
    """The actor, whatever it is. Raises Refused `not-signed-in` (401)."""
    if call.actor is None:
        raise Refused("not-signed-in", "Sign in first.", status=401)
    return call.actor


def is_operator(actor: Actor) -> bool:
    return (actor.issuer, actor.subject) in _operators


def not_authorised(detail: str = "You have no right to do this.") -> Refused:
    return Refused("not-authorised", detail, status=403)


def person_needed() -> Refused:
    return Refused("person-needed", "This takes a person who is signed in; no API key is enough.", status=403)


def link_not_enough() -> Refused:
    detail = "The link of an e-mail opens only what the e-mail is about; sign in for everything else."
    return Refused("link-not-enough", detail, status=403)


def link_of_former_person() -> Refused:
    detail = (
        "This e-mail was written to somebody who does not speak for the organisation any more. If you do now, sign in "
        "at the portal: everything stands there. Without a sign-in, ask your organisation or the coordinating office "
        "for an invitation."
    )
    return Refused("link-of-former-person", detail, status=410)


def key_unknown() -> Refused:
    detail = "This API key is not known, has expired or was revoked; make a new one."
    return Refused("key-unknown", detail, status=401)


def acting(tx: Transaction, call: Call, network: NetworkId) -> Acting:
    """Who acts in this network, at the network's moment: a person, an operator, or an API key (see `Acting.key`).

    For what is read. What takes a person asks `in_person`. Raises Refused `not-signed-in`, `key-unknown` (401);
    `not-authorised` (403) for strangers, whether or not the network exists; `link-not-enough` (403);
    `member-not-chosen` for somebody who speaks for several members and named none.
    """
    actor = signed_in(call)
    if actor.issuer == LINKS:
        raise link_not_enough()
    if actor.issuer == KEYS:
        return _by_key(tx, call, actor, network)
    operator = is_operator(actor)
    try:
        row = networks.get(tx, network)
    except Refused:
        if operator:
            raise
        raise not_authorised() from None
    now = clock.moment(tx, network, call.at)
    held = members.standings(tx, network, actor, now, networks.local_day(row, now))
    if actor.member is not None:
        held = [standing for standing in held if standing.person.member == actor.member]
    if len({standing.person.member for standing in held}) > 1:
        detail = "You speak for several members; say in the header Fallnetz-Member for which one you act."
        raise Refused("member-not-chosen", detail)
    if held:
        person = held[0].person
        office = row.office == person.member
        return Acting(
            network=row, now=now, person=person.id, member=person.member, role=held[0].role, office=office,
            operator=operator,
        )  # fmt: skip
    if not operator:
        raise not_authorised()
    return Acting(network=row, now=now, operator=True)


def _by_key(tx: Transaction, call: Call, actor: Actor, network: NetworkId) -> Acting:
    """L3: a key opens nothing once it is revoked or expired, its member has left, or, where it is personal, its
    person's function has ended."""
    key = keys.find(tx, actor.subject)
    if key is None or not key.good(clock.moment(tx, key.network, call.at)):
        raise key_unknown()
    if key.network != network or actor.member not in (None, key.member):
        raise not_authorised()
    row = networks.get(tx, network)
    now = clock.moment(tx, network, call.at)
    if not members.present_among(tx, network, [key.member], now):
        raise not_authorised()
    role = None
    if key.person is not None:
        functions = members.functions(tx, [key.member], networks.local_day(row, now)).get(key.member, [])
        role = next((function.role for function in functions if function.person.id == key.person), None)
        if role is None:
            raise not_authorised()
    return Acting(
        network=row, now=now, person=key.person, member=key.member, role=role, office=row.office == key.member,
        key=key.id,
    )  # fmt: skip


def in_person(tx: Transaction, call: Call, network: NetworkId) -> Acting:
    """As `acting`, for what no API key does: vote, name people, make keys, declare.

    Raises also `person-needed` (403).
    """
    if call.actor is not None and call.actor.issuer == KEYS:
        acting(tx, call, network)  # strangers' keys hear that they are strangers
        raise person_needed()
    return acting(tx, call, network)


def acting_by_link(tx: Transaction, call: Call, network: NetworkId, *about: str | None) -> Acting:
    """As `acting`; and whoever holds an e-mail's link acts as the person to whom it was written, as far as the e-mail
    was about one of `about` (N5) and for as long as that person has a function for the member: who was replaced and
    kept the mail does not act in the successor's name. A person who is signed in needs no link.

    Raises also `link-of-former-member` (410) at the instant the member has left (L3), `link-of-former-person` (410) on
    the day from which the person has no function any more.
    """
    actor = signed_in(call)
    if actor.issuer != LINKS:
        return acting(tx, call, network)
    grant = actor.link
    if grant is None or grant.network != network or grant.about not in about or grant.role not in tuple(Role):
        raise link_not_enough()
    row = networks.get(tx, network)
    now = clock.moment(tx, network, call.at)
    if grant.member is None or not members.present_among(tx, network, [grant.member], now):
        detail = "Your organisation is not a member of this network any more; the link opens nothing any more."
        raise Refused("link-of-former-member", detail, status=410)
    functions = members.functions(tx, [grant.member], networks.local_day(row, now)).get(grant.member, [])
    holder = next((function for function in functions if function.person.id == grant.person), None)
    if holder is None:
        raise link_of_former_person()
    return Acting(
        network=row, now=now, person=holder.person.id, member=grant.member, role=holder.role,
        office=row.office == grant.member, link=grant.notice,
    )  # fmt: skip


def require_member(tx: Transaction, call: Call, network: NetworkId) -> Speaker:
    """A person who speaks for a member. Raises as `in_person` does; an operator alone is no member."""
    return speaking(in_person(tx, call, network))


def speaking(who: Acting) -> Speaker:
    """The same of somebody already known. Raises Refused `person-needed`, `not-authorised` (403)."""
    if who.key is not None:
        raise person_needed()
    if who.person is None or who.member is None or who.role is None:
        raise not_authorised("Only members do this.")
    return Speaker(person=who.person, member=who.member, role=who.role, office=who.office, now=who.now, name=who.name)


def require_office(
    tx: Transaction, call: Call, network: NetworkId, *, or_operator: bool = False, by_key: bool = False
) -> Acting:
    """Somebody of the member that holds the office; with `by_key` its API keys too. Raises as `in_person` does."""
    who = acting(tx, call, network) if by_key else in_person(tx, call, network)
    if not who.office and not (or_operator and who.operator):
        raise not_authorised("Only the coordinating office does this.")
    return who


def require_operator(call: Call) -> Actor:
    """Somebody who runs the installation. Raises Refused `not-signed-in` (401), `not-authorised` (403)."""
    actor = signed_in(call)
    if not is_operator(actor):
        raise not_authorised("Only an operator of the installation does this.")
    return actor


def require_person(call: Call) -> Actor:
    """Somebody who signed in as a person, known here or not. Raises Refused `not-signed-in` (401), `person-needed`,
    `link-not-enough` (403)."""
    actor = signed_in(call)
    if actor.issuer == KEYS:
        raise person_needed()
    if actor.issuer == LINKS:
        raise link_not_enough()
    return actor


def require_service(call: Call, name: str) -> None:
    """Another service of this installation. The gateway never makes such an actor. Raises as `require_operator`."""
    actor = signed_in(call)
    if (actor.issuer, actor.subject) != (SERVICES, name):
        raise not_authorised()


def known_networks(tx: Transaction, call: Call) -> list[NetworkId]:
    """The networks in which the actor acts for a present member, in the order of their ids. Raises Refused
    `not-signed-in`, `key-unknown` (401), `link-not-enough` (403)."""
    actor = signed_in(call)
    if actor.issuer == KEYS:
        key = keys.find(tx, actor.subject)
        if key is None:
            raise key_unknown()
        return [acting(tx, call, key.network).network.id]
    if actor.issuer == LINKS:
        raise link_not_enough()
    return [network for network in members.networks_of(tx, actor) if _stands(tx, call, actor, network)]


def _stands(tx: Transaction, call: Call, actor: Actor, network: NetworkId) -> bool:
    now = clock.moment(tx, network, call.at)
    return bool(members.standings(tx, network, actor, now, networks.today(tx, network, now)))
