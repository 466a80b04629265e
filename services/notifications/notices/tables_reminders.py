"""Rows of planned reminders and of what put an end to them. `due_at` is the network's time."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Column, Index, Integer, String, Table, and_, or_, select, update

from contracts.ids import MemberId, NetworkId
from services.chassis import ids
from services.chassis.database import Encoded, Moment, Transaction, upsert
from services.chassis.deadlines import DueKey, due_keys
from services.notifications.notices.rules_reminders import Reminder, Stop
from services.notifications.schema import metadata

reminders = Table(
    "reminders",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(80), nullable=False),
    Column("about", String(80), nullable=False),
    Column("recipient", String(80), nullable=False, comment="The member; empty for an applicant."),
    Column("purpose", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("wake_at", Moment, comment="As due_at while it waits, else NULL."),
    Column("reminder", Encoded[Reminder](Reminder), nullable=False),
    Column("state", String(20), nullable=False, comment="waiting, sent, overtaken, stopped"),
)
Index("reminders_plan", reminders.c.about, reminders.c.recipient, reminders.c.purpose, reminders.c.number, unique=True)
Index("reminders_waking", reminders.c.wake_at)
Index("reminders_waking_there", reminders.c.network, reminders.c.wake_at)

stops = Table(
    "stops",
    metadata,
    Column("about", String(80), primary_key=True),
    Column("recipient", String(80), primary_key=True, comment="Empty: everybody's."),
    Column("purpose", String(40), primary_key=True),
)


class Waiting(Struct, frozen=True, kw_only=True):
    id: str
    network: NetworkId
    reminder: Reminder
    state: str
    later_due: bool
    """A later one of the same plan is due as well."""


def add(tx: Transaction, network: NetworkId, planned: Sequence[Reminder]) -> None:
    """Adds a plan. What was stopped before it came (facts may overtake each other) is added as stopped."""
    for reminder in planned:
        stopped = _is_stopped(tx, reminder)
        row = {
            "id": ids.new("rem"),
            "network": network,
            "about": reminder.about,
            "recipient": reminder.member or "",
            "purpose": str(reminder.purpose),
            "number": reminder.number,
            "due_at": reminder.due_at,
            "wake_at": None if stopped else reminder.due_at,
            "reminder": reminder,
            "state": "stopped" if stopped else "waiting",
        }
        key = ["about", "recipient", "purpose", "number"]
        tx.execute(upsert(reminders, tx.dialect).values(**row).on_conflict_do_nothing(index_elements=key))


def stop(tx: Transaction, stopped: Stop) -> None:
    for purpose in stopped.purposes:
        row = {"about": stopped.about, "recipient": stopped.member or "", "purpose": str(purpose)}
        tx.execute(upsert(stops, tx.dialect).values(**row).on_conflict_do_nothing())
    conditions = [
        reminders.c.about == stopped.about,
        reminders.c.purpose.in_([str(purpose) for purpose in stopped.purposes]),
        reminders.c.state == "waiting",
    ]
    if stopped.member is not None:
        conditions.append(reminders.c.recipient == stopped.member)
    tx.execute(update(reminders).where(*conditions).values(state="stopped", wake_at=None))


def stop_member(tx: Transaction, network: NetworkId, member: MemberId) -> None:
    """For a member that left."""
    mine = and_(reminders.c.network == network, reminders.c.recipient == member, reminders.c.state == "waiting")
    tx.execute(update(reminders).where(mine).values(state="stopped", wake_at=None))


def due(tx: Transaction, real_now: datetime, limit: int) -> list[DueKey]:
    """Waiting reminders whose moment has come by their network's clock."""
    return due_keys(
        tx,
        key=reminders.c.id,
        network=reminders.c.network,
        due_at=reminders.c.wake_at,
        real_now=real_now,
        limit=limit,
    )


def find(tx: Transaction, reminder_id: str, now: datetime) -> Waiting | None:
    """A reminder, locked, and whether a later one of its plan is due at `now`."""
    statement = select(reminders).where(reminders.c.id == reminder_id)
    if tx.dialect == "postgresql":
        statement = statement.with_for_update()
    row = tx.execute(statement).first()
    if row is None:
        return None
    later = select(reminders.c.id).where(
        reminders.c.about == row.about,
        reminders.c.recipient == row.recipient,
        reminders.c.purpose == row.purpose,
        reminders.c.number > row.number,
        reminders.c.due_at <= now,
    )
    return Waiting(
        id=row.id,
        network=NetworkId(row.network),
        reminder=row.reminder,
        state=row.state,
        later_due=tx.execute(later.limit(1)).first() is not None,
    )


def mark(tx: Transaction, reminder_id: str, state: str) -> None:
    tx.execute(update(reminders).where(reminders.c.id == reminder_id).values(state=state, wake_at=None))


def _is_stopped(tx: Transaction, reminder: Reminder) -> bool:
    found = select(stops.c.about).where(
        stops.c.about == reminder.about,
        stops.c.purpose == str(reminder.purpose),
        or_(stops.c.recipient == "", stops.c.recipient == (reminder.member or "")),
    )
    return tx.execute(found.limit(1)).first() is not None
