"""Rows of persons and of the functions that they have (O3). The only place where their addresses are stored.

A function belongs on a day to whoever was named last with `since` on or before that day. A person is an entry that one
member keeps: two members that name the same human being keep two entries, so that neither can change the other's
address.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.membership.words import Role
from services.chassis.columns import Moment
from services.chassis.database import Prepared, Transaction
from services.membership.folding import folded
from services.membership.members.tables import PRESENT, members
from services.membership.schema import metadata

persons = Table(
    "persons",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(40), nullable=False),
    Column("member", String(80), ForeignKey(members.c.id), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("language", String(10), nullable=False),
    Column("issuer", Text),
    Column("subject", Text),
    Column("invited_until", Moment),
    Column("invited_at", Moment, comment="Real time; when an invitation was last sent."),
    Column("invited_as", String(20), comment="Function invited to."),
    Column("words", Text, nullable=False, comment="The name, folded for search."),
)
Index("persons_by_sign_in", persons.c.issuer, persons.c.subject, persons.c.network)
Index("persons_by_member", persons.c.member)
Index("persons_in_order", persons.c.network, persons.c.id)

representations = Table(
    "representations",
    metadata,
    Column("member", String(80), ForeignKey(members.c.id), primary_key=True),
    Column("role", String(20), primary_key=True),
    Column("since", Date, primary_key=True),
    Column("network", String(40), nullable=False),
    Column("person", String(80), ForeignKey(persons.c.id), nullable=False),
)
Index("representations_by_person", representations.c.person)


class Person(Struct, frozen=True, kw_only=True):
    id: PersonId
    network: NetworkId
    member: MemberId
    name: str
    email: str
    language: str
    issuer: str | None
    subject: str | None
    invited_until: datetime | None = None
    """Until when (exclusive) the invitation to tie a sign-in can be accepted; None: none is open."""


class Function(Struct, frozen=True, kw_only=True):
    """A person in a function on a day (O3)."""

    member: MemberId
    role: Role
    since: date
    person: Person
    signs_in: bool
    """Whether a sign-in is tied to the person that counts for this member."""


_others = members.alias("others")
COUNTS = and_(
    persons.c.issuer.is_not(None),
    or_(members.c.issuer.is_(None), members.c.issuer == persons.c.issuer),
    ~exists().where(
        _others.c.network == persons.c.network,
        _others.c.issuer == persons.c.issuer,
        _others.c.id != persons.c.member,
        _others.c.left_at.is_(None),
    ),
)
"""G2: where a member has an identity provider of its own, only that one's sign-ins count for it, and they count for no
other member of the network."""
_PERSON = Person.__struct_fields__
_functions = (
    select(
        representations.c.member,
        representations.c.role,
        representations.c.since,
        COUNTS.label("signs_in"),
        *(persons.c[field].label(f"person_{field}") for field in _PERSON),
    )
    .join(persons, persons.c.id == representations.c.person)
    .join(members, members.c.id == persons.c.member)
    .where(representations.c.member.in_(bindparam("ids", expanding=True)), representations.c.since <= bindparam("day"))
    .order_by(representations.c.since)
)
_later = representations.alias("later")
_standings = Prepared(
    select(*(persons.c[field] for field in _PERSON), representations.c.role, members.c.name.label("member_name"))
    .join(representations, representations.c.person == persons.c.id)
    .join(members, members.c.id == persons.c.member)
    .where(
        persons.c.issuer == bindparam("of_issuer"),
        persons.c.subject == bindparam("of_subject"),
        persons.c.network == bindparam("in_network"),
        PRESENT,
        COUNTS,
        representations.c.since <= bindparam("day"),
        ~exists().where(
            _later.c.member == representations.c.member,
            _later.c.role == representations.c.role,
            _later.c.since > representations.c.since,
            _later.c.since <= bindparam("day"),
        ),
    )
    .order_by(members.c.name_key, persons.c.member, representations.c.role.desc())
)
_networks = (
    select(persons.c.network)
    .where(persons.c.issuer == bindparam("of_issuer"), persons.c.subject == bindparam("of_subject"))
    .distinct()
    .order_by(persons.c.network)
)
_entry = select(persons).where(
    persons.c.member == bindparam("of_member"),
    persons.c.issuer == bindparam("of_issuer"),
    persons.c.subject == bindparam("of_subject"),
)
_planned = delete(representations).where(
    representations.c.member == bindparam("of_member"),
    representations.c.role == bindparam("of_role"),
    representations.c.since >= bindparam("from_day"),
)
_rewrite = (
    update(persons)
    .where(persons.c.id == bindparam("of_person"))
    .values({name: bindparam(name) for name in ("name", "email", "language", "words")})
)


def functions(tx: Transaction, ids: Sequence[str], day: date) -> dict[MemberId, list[Function]]:
    """Who represents each member on a day, the representative first."""
    latest: dict[tuple[MemberId, Role], Function] = {}
    for row in tx.execute(_functions, {"ids": list(ids), "day": day}):
        found = row._mapping
        person = Person(**{field: found[f"person_{field}"] for field in Person.__struct_fields__})
        role = Role(row.role)
        latest[row.member, role] = Function(
            member=row.member, role=role, since=row.since, person=person, signs_in=bool(row.signs_in)
        )
    by_member: dict[MemberId, list[Function]] = {}
    for (member, _), function in sorted(latest.items(), key=lambda item: item[0][1] is Role.DEPUTY):
        by_member.setdefault(member, []).append(function)
    return by_member


class Standing(Struct, frozen=True, kw_only=True):
    """A function that a signed-in person has at a moment."""

    person: Person
    member_name: str
    role: Role


def _person(row: Row[Any]) -> Person:
    return Person(**{field: getattr(row, field) for field in Person.__struct_fields__})


def standings(tx: Transaction, network: NetworkId, sign_in: tuple[str, str], at: datetime, day: date) -> list[Standing]:
    """What a sign-in (issuer, subject) may speak for in a network, by member; the representative's function first."""
    rows = tx.rows(_standings, of_issuer=sign_in[0], of_subject=sign_in[1], in_network=network, at=at, day=day)
    return [
        Standing(person=Person(**dict(zip(_PERSON, row, strict=False))), role=Role(row[-2]), member_name=row[-1])
        for row in rows
    ]


def networks_of(tx: Transaction, sign_in: tuple[str, str]) -> list[NetworkId]:
    """The networks in which any member has kept an entry for a sign-in."""
    return [row.network for row in tx.execute(_networks, {"of_issuer": sign_in[0], "of_subject": sign_in[1]})]


def entry(tx: Transaction, member: MemberId, issuer: str, subject: str) -> Person | None:
    """A member's entry for a sign-in."""
    row = tx.execute(_entry, {"of_member": member, "of_issuer": issuer, "of_subject": subject}).first()
    return _person(row) if row else None


def add_person(tx: Transaction, person: Person) -> None:
    values = {field: getattr(person, field) for field in _PERSON}
    tx.execute(insert(persons), {**values, "words": folded(person.name)})


def rewrite_person(tx: Transaction, person: PersonId, name: str, email: str, language: str) -> None:
    found = {"of_person": person, "name": name, "email": email, "language": language, "words": folded(name)}
    tx.execute(_rewrite, found)


def name_for(tx: Transaction, network: NetworkId, member: MemberId, role: Role, person: PersonId, since: date) -> None:
    """Gives a function to a person from a day on; what was planned for that day or later falls away."""
    tx.execute(_planned, {"of_member": member, "of_role": role.value, "from_day": since})
    tx.execute(
        insert(representations),
        {"member": member, "role": role.value, "since": since, "network": network, "person": person},
    )
