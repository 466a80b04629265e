"""Rows of terms: who held the coordinating office from when until when (O1)."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Column, Index, String, Table, bindparam, insert, or_, select, update

from contracts.ids import MemberId, NetworkId
from services.chassis import ids
from services.chassis.columns import Moment
from services.chassis.database import Transaction
from services.membership.schema import metadata

terms = Table(
    "office_terms",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(40), nullable=False),
    Column("member", String(80), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
)
Index("office_terms_in_order", terms.c.network, terms.c.id)
Index("office_terms_of_member", terms.c.member, terms.c.since, terms.c.id)


class Term(Struct, frozen=True, kw_only=True):
    id: str
    member: MemberId
    since: datetime
    until: datetime | None
    """Exclusive; None: still."""


_end = update(terms).where(terms.c.network == bindparam("of_network"), terms.c.until.is_(None))
_ending = _end.values(until=bindparam("at"))
_of_member = select(terms).where(terms.c.member == bindparam("of_member")).order_by(terms.c.since, terms.c.id)
_holder = (
    select(terms.c.member)
    .where(
        terms.c.network == bindparam("of_network"),
        terms.c.since <= bindparam("at", type_=Moment()),
        or_(terms.c.until.is_(None), terms.c.until > bindparam("at", type_=Moment())),
    )
    .order_by(terms.c.id.desc())
    .limit(1)
)


def change(tx: Transaction, network: NetworkId, member: MemberId | None, at: datetime) -> None:
    """The term that runs ends; where a member is named its own begins."""
    tx.execute(_ending, {"of_network": network, "at": at})
    if member is not None:
        row = {"id": ids.new("off"), "network": network, "member": member, "since": at, "until": None}
        tx.execute(insert(terms), row)


def of_member(tx: Transaction, member: MemberId) -> list[Term]:
    """The terms of one member, the first one first."""
    rows = tx.execute(_of_member, {"of_member": member})
    return [Term(id=row.id, member=row.member, since=row.since, until=row.until) for row in rows]


def holder(tx: Transaction, network: NetworkId, at: datetime) -> MemberId | None:
    """Who held the office at an instant."""
    row = tx.execute(_holder, {"of_network": network, "at": at}).first()
    return MemberId(row.member) if row else None
