"""Leases: one of several copies does a work at a time, and one that was asleep cannot go on as if nothing had happened.

The token rises with every change of holder. Whoever acts under a lease calls `confirm` in the same transaction: the
database, not a clock, decides whether the token still counts.
"""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import bindparam, select

from services.chassis.schema import leases
from services.chassis.transaction import Prepared, Transaction


class Lease(Struct, frozen=True):
    name: str
    holder: str
    token: int


class LeaseLostError(Exception):
    """Another copy has taken over; stop, and change nothing."""


_FIND = select(leases.c.holder, leases.c.token, leases.c.ends_at).where(leases.c.name == bindparam("wanted"))

_LOCK = Prepared(_FIND.with_for_update())


def acquire(tx: Transaction, name: str, holder: str, now: datetime, length: timedelta) -> Lease | None:
    """Takes a free or ended lease, or lengthens one's own. None: another copy holds it."""
    found = tx.rows(_LOCK, wanted=name)
    token = 1
    if found:
        holding, token, ends_at = found[0]
        if holding != holder:
            if ends_at > now:
                return None
            token += 1
    values = {"name": name, "holder": holder, "token": token, "ends_at": now + length}
    if found:
        tx.execute(leases.update().where(leases.c.name == name).values(values))
    else:
        tx.execute(leases.insert().values(values))  # two copies at once: one fails on the key and looks again
    return Lease(name, holder, token)


def confirm(tx: Transaction, lease: Lease) -> None:
    """Raises LeaseLostError unless the lease is still the holder's; holds it until the transaction ends."""
    found = tx.rows(_LOCK, wanted=lease.name)
    if not found or found[0][1] != lease.token or found[0][0] != lease.holder:
        raise LeaseLostError(lease.name)


def release(tx: Transaction, lease: Lease, now: datetime) -> None:
    """Lets the next copy begin at once. Harmless when the lease is lost already."""
    mine = (leases.c.name == lease.name) & (leases.c.token == lease.token) & (leases.c.holder == lease.holder)
    tx.execute(leases.update().where(mine).values(ends_at=now))
