"""Deadlines that could not be carried out: pushed aside so that they block nobody, tried again, and visible."""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import bindparam, select

from services.chassis.database import upsert
from services.chassis.problems import cause_of
from services.chassis.schema import stuck_deadlines as table
from services.chassis.transaction import Prepared, Transaction

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=15)

_STUCK = Prepared(select(table.c.key, table.c.next_try_at).where(table.c.deadline == bindparam("named")))
_CLEAR = Prepared(table.delete().where(table.c.deadline == bindparam("named"), table.c.key == bindparam("due_key")))


class StuckDeadline(Struct, frozen=True, kw_only=True):
    deadline: str
    key: str
    cause: str
    """The error's class and place; never its text, which might hold personal data."""
    attempts: int
    first_failed_at: datetime
    next_try_at: datetime


def of(tx: Transaction, deadline: str, now: datetime) -> tuple[set[str], set[str]]:
    """All keys that are stuck, and those of them whose next try is still to come."""
    found = tx.rows(_STUCK, named=deadline)
    return {key for key, _ in found}, {key for key, next_try_at in found if next_try_at > now}


def push_aside(tx: Transaction, deadline: str, key: str, error: BaseException, now: datetime) -> None:
    """Notes a failure; the next try comes after a pause that doubles each time."""
    mine = (table.c.deadline == deadline) & (table.c.key == key)
    attempts = (tx.execute(select(table.c.attempts).where(mine)).scalar() or 0) + 1
    pause = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(attempts - 1, 12))
    noted = {"cause": cause_of(error), "attempts": attempts, "next_try_at": now + pause}
    statement = upsert(table, tx.dialect).values(deadline=deadline, key=key, first_failed_at=now, **noted)
    tx.execute(statement.on_conflict_do_update(index_elements=["deadline", "key"], set_=noted))


def clear(tx: Transaction, deadline: str, key: str) -> None:
    """Forgets a failure once the deadline was carried out."""
    tx.run(_CLEAR, named=deadline, due_key=key)


def listed(tx: Transaction, limit: int = 200) -> list[StuckDeadline]:
    """For operators: what is stuck, oldest first."""
    rows = tx.execute(select(table).order_by(table.c.first_failed_at).limit(limit)).mappings()
    return [StuckDeadline(**row) for row in rows]


def try_now(tx: Transaction, deadline: str, key: str, now: datetime) -> bool:
    """Puts the next try to `now`, after the cause is mended. False: nothing of that name is stuck."""
    mine = (table.c.deadline == deadline) & (table.c.key == key)
    return tx.execute(table.update().where(mine).values(next_try_at=now)).rowcount == 1
