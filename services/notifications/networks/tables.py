"""Rows of the projection. They can be rebuilt by replaying membership's journal, and hold no names.

Facts may come twice or in another order than they became true; every write here gives the same rows either way.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Index, String, Table, and_, bindparam, or_, select

from contracts.ids import ExclusionId, MemberId, NetworkId
from contracts.membership.ballots import BallotOpened
from services.chassis.database import Encoded, Moment, Prepared, Transaction, upsert
from services.notifications.schema import metadata

networks = Table(
    "networks",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("sandbox", Boolean, nullable=False),
    Column("time_zone", String(80), nullable=False),
)

offices = Table(
    "offices",
    metadata,
    Column("network", String(80), primary_key=True),
    Column("member", String(80)),
    Column("since", Moment, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(80), nullable=False),
    Column("joined_at", Moment),
    Column("left_at", Moment),
)
Index("members_of_network", members.c.network, members.c.id)

ballots = Table(
    "ballots",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(80), nullable=False),
    Column("opening", Encoded[BallotOpened](BallotOpened), nullable=False),
)

exclusions = Table(
    "exclusions",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("concerned", String(80), nullable=False),
)

_PRESENT = Prepared(
    select(members.c.id)
    .where(
        members.c.network == bindparam("network"),
        members.c.joined_at.is_not(None),
        or_(members.c.left_at.is_(None), members.c.left_at > bindparam("moment", type_=Moment)),
    )
    .order_by(members.c.id)
)
_NETWORK = Prepared(select(networks.c.sandbox, networks.c.time_zone).where(networks.c.id == bindparam("network")))
_OFFICE = Prepared(select(offices.c.member).where(offices.c.network == bindparam("network")))
_BALLOT = Prepared(select(ballots.c.opening).where(ballots.c.id == bindparam("ballot")))
_CONCERNED = Prepared(select(exclusions.c.concerned).where(exclusions.c.id == bindparam("exclusion")))


def note_network(tx: Transaction, network: NetworkId, time_zone: str, *, sandbox: bool) -> None:
    _put(tx, networks, {"id": network, "sandbox": sandbox, "time_zone": time_zone}, ["id"])


def note_office(tx: Transaction, network: NetworkId, member: MemberId | None, since: datetime) -> None:
    """Whoever was named last holds the office, in whatever order the facts arrive."""
    given = upsert(offices, tx.dialect).values(network=network, member=member, since=since)
    newer = offices.c.since <= given.excluded.since
    changes = {"member": given.excluded.member, "since": given.excluded.since}
    tx.execute(given.on_conflict_do_update(index_elements=["network"], set_=changes, where=newer))


def note_joined(tx: Transaction, network: NetworkId, member: MemberId, joined_at: datetime) -> None:
    _put(tx, members, {"id": member, "network": network, "joined_at": joined_at}, ["id"])


def note_left(tx: Transaction, network: NetworkId, member: MemberId, left_at: datetime) -> None:
    _put(tx, members, {"id": member, "network": network, "left_at": left_at}, ["id"])


def note_ballot(tx: Transaction, opening: BallotOpened) -> None:
    _put(tx, ballots, {"id": opening.ballot, "network": opening.network, "opening": opening}, ["id"])


def note_exclusion(tx: Transaction, exclusion: ExclusionId, concerned: MemberId) -> None:
    _put(tx, exclusions, {"id": exclusion, "concerned": concerned}, ["id"])


def network(tx: Transaction, network_id: str) -> tuple[bool, str] | None:
    """Whether it is a sandbox, and its time zone; None while it is not known."""
    found = tx.rows(_NETWORK, network=network_id)
    return (bool(found[0][0]), found[0][1]) if found else None


def office(tx: Transaction, network: NetworkId) -> MemberId | None:
    found = tx.rows(_OFFICE, network=network)
    return found[0][0] if found else None


def present(tx: Transaction, network: NetworkId, moment: datetime) -> list[MemberId]:
    """The members that have not left at `moment`."""
    return [row[0] for row in tx.rows(_PRESENT, network=network, moment=moment)]


def remaining(tx: Transaction, candidates: Sequence[MemberId]) -> list[MemberId]:
    """Those of the candidates that have not left, in their order."""
    left = select(members.c.id).where(and_(members.c.id.in_(candidates), members.c.left_at.is_not(None)))
    gone = {row[0] for row in tx.execute(left)}
    return [member for member in candidates if member not in gone]


def ballot(tx: Transaction, ballot_id: str) -> BallotOpened | None:
    found = tx.rows(_BALLOT, ballot=ballot_id)
    return found[0][0] if found else None


def concerned(tx: Transaction, exclusion: str) -> MemberId | None:
    found = tx.rows(_CONCERNED, exclusion=exclusion)
    return found[0][0] if found else None


def _put(tx: Transaction, table: Table, values: dict[str, Any], key: list[str]) -> None:
    given = upsert(table, tx.dialect).values(**values)
    changes = {name: given.excluded[name] for name in values if name not in key}
    tx.execute(given.on_conflict_do_update(index_elements=key, set_=changes))
