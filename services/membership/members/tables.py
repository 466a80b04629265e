"""Rows of members. A member is one at `t` if and only if `joined_at <= t < left_at`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql

from contracts.ids import ApplicationId, MemberId, NetworkId
from contracts.membership.words import LeftBecause
from services.chassis.columns import Moment
from services.chassis.database import Prepared, Transaction, upsert
from services.membership.folding import folded
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
    Column("issuer", Text),
    Column("phone", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("website", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="Counts the profile's changes."),
    Column("words", Text, nullable=False, comment="Name and kind, folded for search."),
)
Index(
    "members_present_name",
    members.c.network,
    members.c.name_key,
    unique=True,
    sqlite_where=text("left_at IS NULL"),
    postgresql_where=text("left_at IS NULL"),
)
_BOUND = text("issuer IS NOT NULL AND left_at IS NULL")
Index(
    "members_of_issuer",
    members.c.network,
    members.c.issuer,
    unique=True,
    sqlite_where=_BOUND,
    postgresql_where=_BOUND,
)
Index("members_in_order", members.c.network, members.c.name_key, members.c.id)
Index("members_left", members.c.network, members.c.left_because, members.c.left_at, members.c.id)


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
    phone: str = ""
    email: str = ""
    """The organisation's own."""
    website: str = ""
    version: int = 1
    issuer: str | None = None
    """The identity provider that alone speaks for this member's people, and for no other's (G2)."""

    def present(self, at: datetime) -> bool:
        """Whether it is a member at that instant (L3: from `left_at` on it is none)."""
        return self.joined_at <= at and (self.left_at is None or at < self.left_at)


PRESENT = and_(
    members.c.joined_at <= bindparam("at"), or_(members.c.left_at.is_(None), members.c.left_at > bindparam("at"))
)
_of_network = members.c.network == bindparam("in_network")
_load = select(members).where(_of_network, members.c.id == bindparam("member"))
_lock = _load.with_for_update()
_page = (
    select(members)
    .where(
        _of_network, PRESENT, tuple_(members.c.name_key, members.c.id) > tuple_(bindparam("key"), bindparam("after"))
    )
    .order_by(members.c.name_key, members.c.id)
    .limit(bindparam("most"))
)
_ids = select(members.c.id).where(_of_network, PRESENT).order_by(members.c.name_key, members.c.id)
_count = Prepared(select(func.count()).select_from(members).where(_of_network, PRESENT))
_by_key = select(members).where(
    _of_network, members.c.left_at.is_(None), members.c.name_key.in_(bindparam("keys", expanding=True))
)
_names = select(members.c.id, members.c.name).where(_of_network, members.c.id.in_(bindparam("ids", expanding=True)))
_present_names = _names.where(PRESENT)
_bound = select(members).where(_of_network, members.c.issuer == bindparam("of_issuer"), members.c.left_at.is_(None))
_bind = update(members).where(members.c.id == bindparam("member")).values(issuer=bindparam("to_issuer"))
_describe = (
    update(members)
    .where(members.c.id == bindparam("member"))
    .values(
        address=bindparam("new_address"), phone=bindparam("new_phone"), email=bindparam("new_email"),
        website=bindparam("new_website"), version=bindparam("new_version"),
    )
)  # fmt: skip
_leave = (
    update(members)
    .where(members.c.id == bindparam("member"), members.c.left_at.is_(None))
    .values(left_at=bindparam("at"), left_because=bindparam("because"))
)


def member_of(row: Row[Any]) -> Member:
    return Member(
        id=row.id, network=row.network, name=row.name, kind=row.kind, address=row.address, joined_at=row.joined_at,
        left_at=row.left_at, left_because=LeftBecause(row.left_because) if row.left_because else None,
        application=row.application, phone=row.phone, email=row.email, website=row.website, version=row.version,
        issuer=row.issuer,
    )  # fmt: skip


def find(tx: Transaction, network: NetworkId, member: str, *, lock: bool = False) -> Member | None:
    """One member, present or past; with `lock` its row is held until the transaction ends."""
    row = tx.execute(_lock if lock else _load, {"in_network": network, "member": member}).first()
    return member_of(row) if row else None


def page(
    tx: Transaction, network: NetworkId, at: datetime, after: tuple[str, str], most: int, words: Sequence[str] = ()
) -> list[tuple[str, Member]]:
    """Members at an instant in the order of their names, each with its name's key, from a position on. `words`: folded;
    all occur in name or kind."""
    found = {"in_network": network, "at": at, "key": after[0], "after": after[1], "most": most}
    asked = _page.where(*(members.c.words.contains(word, autoescape=True) for word in words)) if words else _page
    return [(row.name_key, member_of(row)) for row in tx.execute(asked, found)]


def present_ids(tx: Transaction, network: NetworkId, at: datetime) -> list[MemberId]:
    """Every member at that instant, in the order of their names."""
    return [row.id for row in tx.execute(_ids, {"in_network": network, "at": at})]


def count(tx: Transaction, network: NetworkId, at: datetime) -> int:
    return int(tx.rows(_count, in_network=network, at=at)[0][0])


def by_keys(tx: Transaction, network: NetworkId, keys: Sequence[str]) -> dict[str, Member]:
    """Members that have not left, by the keys of their names."""
    found: dict[str, Member] = {}
    for start in range(0, len(keys), 500):
        rows = tx.execute(_by_key, {"in_network": network, "keys": list(keys[start : start + 500])})
        found.update((row.name_key, member_of(row)) for row in rows)
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
            "application": member.application, "phone": member.phone, "email": member.email, "website": member.website,
            "version": member.version, "words": folded(f"{member.name} {member.kind}"), "issuer": member.issuer,
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


def describe(tx: Transaction, member: Member) -> None:
    """Keeps a member's profile and its version."""
    tx.execute(
        _describe,
        {
            "member": member.id, "new_address": member.address, "new_phone": member.phone, "new_email": member.email,
            "new_website": member.website, "new_version": member.version,
        },
    )  # fmt: skip


def bound_to(tx: Transaction, network: NetworkId, issuer: str) -> Member | None:
    """The member for which an identity provider speaks; one that has left has set it free."""
    row = tx.execute(_bound, {"in_network": network, "of_issuer": issuer}).first()
    return member_of(row) if row else None


def bind(tx: Transaction, member: MemberId, issuer: str | None) -> None:
    tx.execute(_bind, {"member": member, "to_issuer": issuer})
