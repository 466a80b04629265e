"""Notices that the installation was away inside a window, and says so in the ballots' records (T6).

Every copy of the service puts a moment into one row now and then. A gap that is longer than the beat allows is an
outage: stopped, frozen, or without its database. Networks on a test clock have none.
"""

import asyncio
from datetime import datetime, timedelta

from services.chassis import clock, telemetry
from services.chassis.database import Transaction
from services.chassis.problems import Refused
from services.chassis.service import Service
from services.membership.ballots import handlers
from services.membership.ballots import tables_outages as tables

BEAT = timedelta(seconds=5)
LONGEST_GAP = timedelta(seconds=30)
"""Shorter gaps are restarts of a copy or a busy machine; nobody could tell them from a slow page."""


def beat(tx: Transaction, now: datetime) -> timedelta | None:
    """Says that the installation is there; gives the length of the outage that ended with this, if there was one."""
    last = tables.last(tx)
    if last is None:
        tables.begin(tx, now)
        return None
    if now <= last:
        return None
    tables.beat(tx, now)
    if now - last <= LONGEST_GAP:
        return None
    handlers.note_outage(tx, last, now, now)
    return now - last


async def watch(service: Service) -> None:
    """A worker of the service: until cancelled."""
    while True:
        try:
            away = await service.database.write(beat, clock.now())
            if away is not None:
                telemetry.log("outage-noted", "warning", seconds=round(away.total_seconds()))
        except Refused as refusal:
            telemetry.log("heartbeat-missed", "warning", cause=refusal.slug)
        await asyncio.sleep(BEAT.total_seconds())
