"""Calendars as they were: a ballot that was opened under one keeps it, whatever a newer library says (B8)."""

from sqlalchemy import Column, String, Table, bindparam, select

from services.chassis.columns import Encoded
from services.chassis.database import Prepared, Transaction, upsert
from services.membership.schema import metadata
from services.membership.windows.rules import Calendar

calendars = Table(
    "calendars",
    metadata,
    Column("version", String(100), primary_key=True),
    Column("calendar", Encoded(Calendar), nullable=False),
)

_ONE = Prepared(select(calendars.c.calendar).where(calendars.c.version == bindparam("of_version")))


def keep(tx: Transaction, calendar: Calendar) -> None:
    """Keeps a calendar, if this version is not kept already."""
    tx.execute(
        upsert(calendars, tx.dialect).on_conflict_do_nothing(), {"version": calendar.version, "calendar": calendar}
    )


def find(tx: Transaction, version: str) -> Calendar | None:
    rows = tx.rows(_ONE, of_version=version)
    calendar: Calendar | None = rows[0][0] if rows else None
    return calendar
