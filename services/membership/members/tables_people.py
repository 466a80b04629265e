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
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.membership.words import Role
from services.chassis.database import Prepared, Transaction
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
)
Index("persons_by_sign_in", persons.c.issuer, persons.c.subject, persons.c.network)
Index("persons_by_member", persons.c.member)

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


class Function(Struct, frozen=True, kw_only=True):
    """A person in a function on a day (O3)."""

    member: MemberId
    role: Role
    since: date
    person: Person


_functions = (
    select(
        representations.c.member,
        representations.c.role,
        representations.c.since,
        *(column.label(f"person_{column.name}") for column in persons.c),
    )
    .join(persons, persons.c.id == representations.c.person)
    .where(representations.c.member.in_(bindparam("ids", expanding=True)), representations.c.since <= bindparam("day"))
    .order_by(representations.c.since)
)
_later = representations.alias("later")
_standings = Prepared(
    select(persons, representations.c.role, members.c.name.label("member_name"))
    .join(representations, representations.c.person == persons.c.id)
    .join(members, members.c.id == persons.c.member)
    .where(
        persons.c.issuer == bindparam("of_issuer"),
        persons.c.subject == bindparam("of_subject"),
        persons.c.network == bindparam("in_network"),
        PRESENT,
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
    .values(name=bindparam("name"), email=bindparam("email"), language=bindparam("language"))
)


def functions(tx: Transaction, ids: Sequence[str], day: date) -> dict[MemberId, list[Function]]:
    """Who represents each member on a day, the representative first."""
    latest: dict[tuple[MemberId, Role], Function] = {}
    for row in tx.execute(_functions, {"ids": list(ids), "day": day}):
        found = row._mapping
        person = Person(**{field: found[f"person_{field}"] for field in Person.__struct_fields__})
        role = Role(row.role)
        latest[row.member, role] = Function(member=row.member, role=role, since=row.since, person=person)
    by_member: dict[MemberId, list[Function]] = {}
    for (member, _), function in sorted(latest.items(), key=lambda item: item[0][1] is Role.DEPUTY):
        by_member.setdefault(member, []).append(function)
    return by_member


_PERSON = [column.name for column in persons.c]


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
    tx.execute(insert(persons), {field: getattr(person, field) for field in Person.__struct_fields__})


def rewrite_person(tx: Transaction, person: PersonId, name: str, email: str, language: str) -> None:
    tx.execute(_rewrite, {"of_person": person, "name": name, "email": email, "language": language})


def name_for(tx: Transaction, network: NetworkId, member: MemberId, role: Role, person: PersonId, since: date) -> None:
    """Gives a function to a person from a day on; what was planned for that day or later falls away."""
    tx.execute(_planned, {"of_member": member, "of_role": role.value, "from_day": since})
    tx.execute(
        insert(representations),
        {"member": member, "role": role.value, "since": since, "network": network, "person": person},
    )
