"""Members and people that are searched for, and everybody who ever had a function. Words are folded (`folding`)."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import and_, bindparam, exists, or_, select, tuple_

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.membership.words import LeftBecause, Role
from services.chassis.database import Transaction
from services.membership.members.tables import PRESENT, Member, member_of, members
from services.membership.members.tables_people import persons, representations


class Holder(Struct, frozen=True, kw_only=True):
    """A person named for a function from a day on."""

    role: Role
    since: date
    name: str


class FoundPerson(Struct, frozen=True, kw_only=True):
    id: PersonId
    name: str
    member: MemberId
    member_name: str


_holders = (
    select(representations.c.role, representations.c.since, persons.c.name)
    .join(persons, persons.c.id == representations.c.person)
    .where(representations.c.member == bindparam("of_member"))
    .order_by(representations.c.since)
)
_later = representations.alias("later")
_in_function = (
    select(persons.c.id, persons.c.name, persons.c.member, members.c.name.label("member_name"))
    .join(members, members.c.id == persons.c.member)
    .where(
        persons.c.network == bindparam("in_network"),
        persons.c.id > bindparam("after"),
        PRESENT,
        exists().where(
            representations.c.person == persons.c.id,
            representations.c.since <= bindparam("day"),
            ~exists().where(
                _later.c.member == representations.c.member,
                _later.c.role == representations.c.role,
                _later.c.since > representations.c.since,
                _later.c.since <= bindparam("day"),
            ),
        ),
    )
    .order_by(persons.c.id)
)


def holders(tx: Transaction, member: MemberId) -> list[Holder]:
    """Everybody who was ever named for a function of one member, or is named for a day to come; by day."""
    rows = tx.execute(_holders, {"of_member": member})
    return [Holder(role=Role(row.role), since=row.since, name=row.name) for row in rows]


def members_with(
    tx: Transaction,
    network: NetworkId,
    words: Sequence[str],
    *,
    former: bool,
    at: datetime,
    after: tuple[str, str],
    most: int,
) -> list[tuple[str, Member]]:
    """Members at an instant, or those that had left by then, with all the words in name or kind; each with its name's
    key, in that order, from a position on."""
    present = and_(members.c.joined_at <= at, or_(members.c.left_at.is_(None), members.c.left_at > at))
    asked = select(members).where(
        members.c.network == network,
        members.c.left_at <= at if former else present,
        tuple_(members.c.name_key, members.c.id) > tuple_(*after),
        *(members.c.words.contains(word, autoescape=True) for word in words),
    )
    rows = tx.execute(asked.order_by(members.c.name_key, members.c.id).limit(most))
    return [(row.name_key, member_of(row)) for row in rows]


def people_with(
    tx: Transaction, network: NetworkId, words: Sequence[str], *, at: datetime, day: date, after: str, most: int
) -> list[FoundPerson]:
    """People in a function of a present member on a day, with all the words in their name; from an id on."""
    asked = _in_function.where(*(persons.c.words.contains(word, autoescape=True) for word in words)).limit(most)
    rows = tx.execute(asked, {"in_network": network, "at": at, "day": day, "after": after})
    return [FoundPerson(id=row.id, name=row.name, member=row.member, member_name=row.member_name) for row in rows]


def resigned(tx: Transaction, network: NetworkId, before: tuple[datetime, str], most: int) -> list[Member]:
    """Members that have resigned (L1), the last one first, from a position on."""
    asked = select(members).where(
        members.c.network == network,
        members.c.left_because == LeftBecause.RESIGNED.value,
        tuple_(members.c.left_at, members.c.id) < tuple_(*before),
    )
    rows = tx.execute(asked.order_by(members.c.left_at.desc(), members.c.id.desc()).limit(most))
    return [member_of(row) for row in rows]
