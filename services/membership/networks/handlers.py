"""Networks: find, lock, advance the test clock. Founding is in `founding.py`, the office in `office.py`."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from contracts.event import INSTALLATION
from contracts.ids import NetworkId
from contracts.membership.networks import TestClockAdvanced
from contracts.request import Refused
from services.chassis import clock, journal
from services.chassis.database import Transaction
from services.membership import entry
from services.membership.networks import tables
from services.membership.networks.tables import Network

__all__ = [
    "Network", "add", "advance_clock", "begin", "copy_charter", "get", "local_day", "lock", "next_edition", "page",
    "possible", "today", "unknown",
]  # fmt: skip

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,38}[a-z0-9]\Z")


def possible(network: str) -> bool:
    """Whether this can be a network's id: 2 to 40 lower-case letters, digits and hyphens inside."""
    return _ID.match(network) is not None and network != INSTALLATION


def get(tx: Transaction, network: str) -> Network:
    """Raises Refused `network-not-found` (404)."""
    found = tables.find(tx, network) if possible(network) else None
    if found is None:
        raise unknown()
    return found


def unknown() -> Refused:
    return Refused("network-not-found", "There is no such network on this installation.", status=404)


def page(tx: Transaction, after: str, most: int) -> list[Network]:
    """Networks in the order of their ids."""
    return tables.page(tx, after, most)


def lock(tx: Transaction, network: NetworkId) -> Network:
    """Holds the network until the transaction ends.

    Whatever changes who is a member, who holds the office, or puts a question to all members takes this lock first:
    an electorate is never drawn up while a member is leaving. The order of locks is network, ballot, procedure.
    """
    found = tables.find(tx, network, lock=True)
    if found is None:
        raise unknown()
    return found


def today(tx: Transaction, network: NetworkId, now: datetime) -> date:
    """The day in the network's zone."""
    return local_day(get(tx, network), now)


def local_day(network: Network, now: datetime) -> date:
    """The day in the network's zone."""
    return now.astimezone(ZoneInfo(network.time_zone)).date()


def add(tx: Transaction, network: Network) -> bool:
    """Adds a network's row. False: the id is taken."""
    return tables.add(tx, network)


def copy_charter(
    tx: Transaction, network: NetworkId, *, name: str, zone: str, region: str, languages: list[str], version: int
) -> None:
    """For the charter's adoption: keeps the copies on the network's row true."""
    tables.copy_charter(tx, network, name=name, zone=zone, region=region, languages=languages, version=version)


def advance_clock(tx: Transaction, network: NetworkId, moment: datetime, real: datetime, actor: str) -> None:
    """G6. Raises Refused `not-a-sandbox`, `clock-backwards`."""
    row = lock(tx, network)
    if not row.sandbox:
        raise Refused("not-a-sandbox", "Only a sandbox network has a test clock.")
    target = entry.moment(moment, "/moment")
    if target < clock.moment(tx, network, real):
        raise Refused("clock-backwards", "A test clock never goes back; give a later moment.", field="/moment")
    clock.set_test_clock(tx, network, target)
    fact = TestClockAdvanced(network=network, moment=target)
    journal.record(tx, network=network, record=network, facts=[fact], now=target, actor=actor)


def next_edition(tx: Transaction, network: NetworkId) -> int:
    """The number of the directory that is being issued, from 1."""
    return tables.next_edition(tx, network)


def begin(tx: Transaction, network: NetworkId, now: datetime) -> None:
    """The first procedure has begun: nobody joins by the register any more."""
    tables.begin(tx, network, now)
