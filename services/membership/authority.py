"""Who acts, and what they may do. Rights are decided here from this service's own tables, in the command's transaction.

The gateway says who somebody is (issuer, subject); that they speak for a member, hold the office or run the
installation is looked up on every request, so that a member that left has no rights from that instant on (L3).
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.membership.words import Role
from contracts.request import Actor, Call, Refused
from services.chassis import clock
from services.chassis.database import Transaction
from services.membership.entry import SERVICES
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
    member: MemberId | None = None
    role: Role | None = None
    office: bool = False
    """The member holds the office."""
    operator: bool = False

    @property
    def name(self) -> str:
        """For the journal: an id, never a name."""
        return self.person or "operator"


class Speaker(Struct, frozen=True, kw_only=True):
    """A person who acts for a member."""

    person: PersonId
    member: MemberId
    role: Role
    office: bool
    now: datetime
    """The network's moment."""

    @property
    def name(self) -> str:
        """For the journal: an id, never a name."""
        return self.person


def appoint_operators(sign_ins: Iterable[SignIn]) -> None:
    """Said once, where the service is put together."""
    global _operators
    _operators = frozenset(sign_ins)


def read_operators(setting: str) -> frozenset[SignIn]:
    """`issuer|subject,…`. Raises ValueError that says which part is wrong."""
    found = set()
    for number, part in enumerate((p.strip() for p in setting.split(",") if p.strip()), start=1):
        issuer, bar, subject = part.partition("|")
        if not (issuer and bar and subject) or issuer == SERVICES:
            raise ValueError(f"operator {number} is not written as issuer|subject")
        found.add((issuer, subject))
    return frozenset(found)


def signed_in(call: Call) -> Actor:
    """The actor. Raises Refused `not-signed-in` (401)."""
    if call.actor is None:
        raise Refused("not-signed-in", "Sign in first.", status=401)
    return call.actor


def is_operator(actor: Actor) -> bool:
    return (actor.issuer, actor.subject) in _operators


def not_authorised(detail: str = "You have no right to do this.") -> Refused:
    return Refused("not-authorised", detail, status=403)


def acting(tx: Transaction, call: Call, network: NetworkId) -> Acting:
    """Who acts in this network, at the network's moment.

    Raises Refused `not-signed-in` (401); `not-authorised` (403) for strangers, whether or not the network exists;
    `member-not-chosen` for somebody who speaks for several members and named none.
    """
    actor = signed_in(call)
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


def require_member(tx: Transaction, call: Call, network: NetworkId) -> Speaker:
    """A person who speaks for a member. Raises as `acting` does; an operator alone is no member."""
    who = acting(tx, call, network)
    if who.person is None or who.member is None or who.role is None:
        raise not_authorised("Only members do this.")
    return Speaker(person=who.person, member=who.member, role=who.role, office=who.office, now=who.now)


def require_office(tx: Transaction, call: Call, network: NetworkId, *, or_operator: bool = False) -> Acting:
    """Somebody of the member that holds the office. Raises as `acting` does."""
    who = acting(tx, call, network)
    if not who.office and not (or_operator and who.operator):
        raise not_authorised("Only the coordinating office does this.")
    return who


def require_operator(call: Call) -> Actor:
    """Somebody who runs the installation. Raises Refused `not-signed-in` (401), `not-authorised` (403)."""
    actor = signed_in(call)
    if not is_operator(actor):
        raise not_authorised("Only an operator of the installation does this.")
    return actor


def require_service(call: Call, name: str) -> None:
    """Another service of this installation. The gateway never makes such an actor. Raises as `require_operator`."""
    actor = signed_in(call)
    if (actor.issuer, actor.subject) != (SERVICES, name):
        raise not_authorised()


def stands(tx: Transaction, call: Call, network: NetworkId) -> bool:
    """Whether the actor speaks for any present member of a network."""
    now = clock.moment(tx, network, call.at)
    return bool(members.standings(tx, network, signed_in(call), now, networks.today(tx, network, now)))
