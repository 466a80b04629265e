"""Rows of changes. A network's numbers are taken under the lock of its row in `feeds`, which is held until the commit:
whoever has read up to a number never finds a lower one later, on either database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Boolean, Column, Index, Integer, String, Table, bindparam, delete, func, select, update

from contracts.ids import NetworkId
from contracts.notifications.changes import Change
from services.chassis.database import Encoded, Moment, Prepared, Transaction, upsert
from services.notifications.schema import metadata

feeds = Table(
    "feeds",
    metadata,
    Column("network", String(80), primary_key=True),
    Column("last", Integer, nullable=False, comment="The highest number given."),
    Column("forgotten", Integer, nullable=False, comment="The highest number dropped; 0: none."),
)

changes = Table(
    "changes",
    metadata,
    Column("network", String(80), primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("type", String(120), nullable=False),
    Column("about", Encoded[dict[str, str]](dict[str, str]), nullable=False),
    Column("office_only", Boolean, nullable=False),
    Column("at", Moment, nullable=False, comment="When the fact was recorded, by the network's clock."),
    Column("noted_at", Moment, nullable=False, comment="Real time; changes are dropped by it."),
)
Index("changes_noted_at", changes.c.noted_at)

announced_applications = Table(
    "announced_applications",
    metadata,
    Column("application", String(80), primary_key=True),
)


class Feed(Struct, frozen=True, kw_only=True):
    """Where a network's feed stands."""

    last: int = 0
    forgotten: int = 0


_FEED = Prepared(select(feeds.c.last, feeds.c.forgotten).where(feeds.c.network == bindparam("network")))
_LIST = (
    select(changes.c.id, changes.c.type, changes.c.at, changes.c.about)
    .where(changes.c.network == bindparam("network"), changes.c.id > bindparam("after"))
    .order_by(changes.c.id)
    .limit(bindparam("most"))
)
_ALL, _PUBLIC = Prepared(_LIST), Prepared(_LIST.where(changes.c.office_only.is_(False)))
_ANNOUNCED = Prepared(
    select(announced_applications.c.application).where(announced_applications.c.application == bindparam("application"))
)
_ADD = Prepared(changes.insert(), ["network", "id", "type", "about", "office_only", "at", "noted_at"])


def add(tx: Transaction, network: NetworkId, **row: Any) -> int:
    """Appends a change; gives its number. Call it late in the transaction: other changes of the network wait for it."""
    first = upsert(feeds, tx.dialect).values(network=network, last=1, forgotten=0)
    counted = first.on_conflict_do_update(index_elements=["network"], set_={"last": feeds.c.last + 1})
    number = int(tx.execute(counted.returning(feeds.c.last)).scalar_one())
    tx.run(_ADD, network=network, id=number, **row)
    return number


def feed(tx: Transaction, network: NetworkId) -> Feed:
    found = tx.rows(_FEED, network=network)
    return Feed(last=found[0][0], forgotten=found[0][1]) if found else Feed()


def listed(tx: Transaction, network: NetworkId, after: int, most: int, *, office: bool) -> list[Change]:
    """Changes after a number, in order."""
    rows = tx.rows(_ALL if office else _PUBLIC, network=network, after=after, most=most)
    return [Change(id=number, type=kind, at=at, about=about) for number, kind, at, about in rows]


def note_announced(tx: Transaction, application: str) -> None:
    row = upsert(announced_applications, tx.dialect).values(application=application)
    tx.execute(row.on_conflict_do_nothing())


def is_announced(tx: Transaction, application: str) -> bool:
    return bool(tx.rows(_ANNOUNCED, application=application))


def forget(tx: Transaction, before: datetime) -> int:
    """Drops what was noted before a moment; gives the number of rows."""
    cuts: Sequence[Any] = tx.execute(
        select(changes.c.network, func.max(changes.c.id)).where(changes.c.noted_at < before).group_by(changes.c.network)
    ).all()
    dropped = 0
    for network, cut in cuts:
        of_network = changes.c.network == network
        dropped += tx.execute(delete(changes).where(of_network, changes.c.id <= cut)).rowcount
        tx.execute(update(feeds).where(feeds.c.network == network).values(forgotten=cut))
    return dropped
