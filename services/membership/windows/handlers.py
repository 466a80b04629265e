"""The calendar that a ballot keeps (B8)."""

from services.chassis.database import Transaction
from services.membership.windows import calendars, tables
from services.membership.windows.rules import Calendar


def keep_present(tx: Transaction, region: str) -> Calendar:
    """The present calendar of a region, kept from now on under its version."""
    present = calendars.calendar(region)
    tables.keep(tx, present)
    return present


def kept(tx: Transaction, region: str, version: str) -> Calendar:
    """The calendar of a version that was kept."""
    present = calendars.calendar(region)
    if present.version == version:
        return present
    found = tables.find(tx, version)
    if found is None:
        raise LookupError(f"calendar {version} was never kept")
    return found
