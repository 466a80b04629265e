"""Calendars as they were: a ballot that was opened under one keeps it, whatever a newer library says (B8)."""

from datetime import date

from sqlalchemy import Column, Integer, String, Table, bindparam, select

from services.chassis.columns import Encoded
from services.chassis.database import Prepared, Transaction, upsert
from services.membership.schema import metadata
from services.membership.windows.rules import Calendar

calendars = Table(
    "calendars",
    metadata,
    Column("version", String(100), primary_key=True),
    Column("region", String(20), nullable=False),
    Column("first_year", Integer, nullable=False),
    Column("last_year", Integer, nullable=False),
    Column("closed", Encoded(dict[str, str]), nullable=False, comment="Day → its name."),
)

_ONE = Prepared(select(calendars).where(calendars.c.version == bindparam("of_version")))


def keep(tx: Transaction, calendar: Calendar) -> None:
    """Keeps a calendar, if this version is not kept already."""
    row = {
        "version": calendar.version,
        "region": calendar.region,
        "first_year": calendar.first_year,
        "last_year": calendar.last_year,
        "closed": {day.isoformat(): name for day, name in calendar.closed.items()},
    }
    tx.execute(upsert(calendars, tx.dialect).on_conflict_do_nothing(), row)


def find(tx: Transaction, version: str) -> Calendar | None:
    rows = tx.rows(_ONE, of_version=version)
    if not rows:
        return None
    _, region, first_year, last_year, closed = rows[0]
    days = {date.fromisoformat(day): name for day, name in closed.items()}
    return Calendar(region=region, version=version, first_year=first_year, last_year=last_year, closed=days)
