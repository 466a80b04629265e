"""The one row by which the installation knows when it was last there (T6)."""

from datetime import datetime

from sqlalchemy import Column, Integer, Table, bindparam, select

from services.chassis.columns import Moment
from services.chassis.database import Prepared, Transaction, upsert
from services.membership.schema import metadata

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=False, comment="Always 1."),
    Column("beat_at", Moment, nullable=False),
)

_LAST = Prepared(select(heartbeat.c.beat_at).where(heartbeat.c.row == 1).with_for_update())
_BEAT = Prepared(heartbeat.update().where(heartbeat.c.row == 1).values(beat_at=bindparam("now_at")))


def last(tx: Transaction) -> datetime | None:
    """The last beat, held until the transaction ends; None before the first."""
    rows = tx.rows(_LAST)
    found: datetime | None = rows[0][0] if rows else None
    return found


def beat(tx: Transaction, now: datetime) -> None:
    tx.run(_BEAT, now_at=now)


def begin(tx: Transaction, now: datetime) -> None:
    """The first beat; of two copies that start at once one writes it."""
    tx.execute(upsert(heartbeat, tx.dialect).on_conflict_do_nothing(), {"row": 1, "beat_at": now})
