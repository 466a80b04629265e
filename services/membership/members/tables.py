"""Rows of members, persons and representations. The only place where names and addresses of members are stored.

A member is one at `t` if and only if `joined_at <= t < left_at`. A function belongs on a day to whoever was named last
with `since` on or before that day. A person is an entry that one member keeps: two members that name the same human
being keep two entries, so that neither can change the other's address.
"""

from collections.abc import Iterable, Sequence
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
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql

from contracts.ids import ApplicationId, MemberId, NetworkId, PersonId
from contracts.membership import LeftBecause, Role
from services.chassis.columns import Moment
from services.chassis.database import Prepared, Transaction, upsert
from services.membership.schema import metadata

_Sorted = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Compared by code point on both databases, so that lists are cut at the same places."""

members = Table(
    "members",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", _Sorted, nullable=False),
    Column("kind", Text, nullable=False),
    Column("address", Text),
    Column("joined_at", Moment, nullable=False),
    Column("left_at", Moment),
    Column("left_because", String(20)),
    Column("application", String(80)),
)
Index(
    "members_present_name",
    members.c.network,
    members.c.name_key,
    unique=True,
    sqlite_where=text("left_at IS NULL"),
    postgresql_where=text("left_at IS NULL"),
)
Index("members_in_order", members.c.network, members.c.name_key, members.c.id)

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


class Member(Struct, frozen=True, kw_only=True):
    id: MemberId
    network: NetworkId
    name: str
    kind: str
    address: str | None
    joined_at: datetime
    left_at: datetime | None
    left_because: LeftBecause | None
    application: ApplicationId | None

    def present(self, at: datetime) -> bool:
        """Whether it is a member at that instant (L3: from `left_at` on it is none)."""
        return self.joined_at <= at and (self.left_at is None or at < self.left_at)


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


_present = and_(
    members.c.joined_at <= bindparam("at"), or_(members.c.left_at.is_(None), members.c.left_at > bindparam("at"))
)
_of_network = members.c.network == bindparam("in_network")
_load = select(members).where(_of_network, members.c.id == bindparam("member"))
_lock = _load.with_for_update()
_page = (
    select(members)
    .where(
        _of_network, _present, tuple_(members.c.name_key, members.c.id) > tuple_(bindparam("key"), bindparam("after"))
    )
    .order_by(members.c.name_key, members.c.id)
    .limit(bindparam("most"))
)
_ids = select(members.c.id).where(_of_network, _present).order_by(members.c.name_key, members.c.id)
_count = select(func.count()).select_from(members).where(_of_network, _present)
_by_key = select(members).where(
    _of_network, members.c.left_at.is_(None), members.c.name_key.in_(bindparam("keys", expanding=True))
)
_names = select(members.c.id, members.c.name).where(_of_network, members.c.id.in_(bindparam("ids", expanding=True)))
_present_names = _names.where(_present)
_leave = (
    update(members)
    .where(members.c.id == bindparam("member"), members.c.left_at.is_(None))
    .values(left_at=bindparam("at"), left_because=bindparam("because"))
)
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
        _present,
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


def _member(row: Row[Any]) -> Member:
    return Member(
        id=row.id, network=row.network, name=row.name, kind=row.kind, address=row.address, joined_at=row.joined_at,
        left_at=row.left_at, left_because=LeftBecause(row.left_because) if row.left_because else None,
        application=row.application,
    )  # fmt: skip


def find(tx: Transaction, network: NetworkId, member: str, *, lock: bool = False) -> Member | None:
    """One member, present or past; with `lock` its row is held until the transaction ends."""
    row = tx.execute(_lock if lock else _load, {"in_network": network, "member": member}).first()
    return _member(row) if row else None


def page(
    tx: Transaction, network: NetworkId, at: datetime, after: tuple[str, str], most: int
) -> list[tuple[str, Member]]:
    """Members at an instant in the order of their names, each with its name's key, from a position on."""
    found = {"in_network": network, "at": at, "key": after[0], "after": after[1], "most": most}
    return [(row.name_key, _member(row)) for row in tx.execute(_page, found)]


def present_ids(tx: Transaction, network: NetworkId, at: datetime) -> list[MemberId]:
    """Every member at that instant, in the order of their names."""
    return [row.id for row in tx.execute(_ids, {"in_network": network, "at": at})]


def count(tx: Transaction, network: NetworkId, at: datetime) -> int:
    return int(tx.execute(_count, {"in_network": network, "at": at}).scalar_one())


def by_keys(tx: Transaction, network: NetworkId, keys: Sequence[str]) -> dict[str, Member]:
    """Members that have not left, by the keys of their names."""
    found: dict[str, Member] = {}
    for start in range(0, len(keys), 500):
        rows = tx.execute(_by_key, {"in_network": network, "keys": list(keys[start : start + 500])})
        found.update((row.name_key, _member(row)) for row in rows)
    return found


def names(tx: Transaction, network: NetworkId, ids: Iterable[str], at: datetime | None = None) -> dict[MemberId, str]:
    """The names of members; with `at` of those that are members at that instant."""
    asked = {"in_network": network, "ids": [each for each in ids if "\x00" not in each]}
    rows = tx.execute(_names, asked) if at is None else tx.execute(_present_names, {**asked, "at": at})
    return {row.id: row.name for row in rows}


def add(tx: Transaction, rows: Sequence[tuple[Member, str]]) -> bool:
    """Adds members with the keys of their names. False: a present member has one of the names, nothing is usable."""
    values = [
        {
            "id": member.id, "network": member.network, "name": member.name, "name_key": key, "kind": member.kind,
            "address": member.address, "joined_at": member.joined_at, "left_at": None, "left_because": None,
            "application": member.application,
        }
        for member, key in rows
    ]  # fmt: skip
    if len(values) == 1:
        return tx.run(_add[tx.dialect], **values[0]) == 1
    if values:
        tx.execute(insert(members), values)
    return True


_add = {
    dialect: Prepared(upsert(members, dialect).on_conflict_do_nothing(), [column.name for column in members.c])
    for dialect in ("sqlite", "postgresql")
}


def leave(tx: Transaction, member: MemberId, at: datetime, because: LeftBecause) -> None:
    tx.execute(_leave, {"member": member, "at": at, "because": because.value})


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
