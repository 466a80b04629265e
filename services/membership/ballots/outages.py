"""Notices that the installation was away inside a window, and says so in the ballots' records (T6).

Every copy of the service puts a moment into one row now and then. A gap that is longer than the beat allows is an
outage: stopped, frozen, or without its database. Networks on a test clock have none.
"""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import Column, Integer, Table, bindparam, select

from services.chassis import clock, telemetry
from services.chassis.columns import Moment
from services.chassis.database import Prepared, Transaction, upsert
from services.chassis.problems import Refused
from services.chassis.service import Service
from services.membership.ballots import handlers
from services.membership.schema import metadata

BEAT = timedelta(seconds=5)
LONGEST_GAP = timedelta(seconds=30)
"""Shorter gaps are restarts of a copy or a busy machine; nobody could tell them from a slow page."""

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=False, comment="Always 1."),
    Column("beat_at", Moment, nullable=False),
)

_LAST = Prepared(select(heartbeat.c.beat_at).where(heartbeat.c.row == 1).with_for_update())
_BEAT = Prepared(heartbeat.update().where(heartbeat.c.row == 1).values(beat_at=bindparam("now_at")))


def beat(tx: Transaction, now: datetime) -> tuple[datetime, datetime] | None:
    """Says that the installation is there; gives the outage that ended with this, if there was one."""
    rows = tx.rows(_LAST)
    if not rows:
        tx.execute(upsert(heartbeat, tx.dialect).on_conflict_do_nothing(), {"row": 1, "beat_at": now})
        return None
    last: datetime = rows[0][0]
    if now <= last:
        return None
    tx.run(_BEAT, now_at=now)
    if now - last <= LONGEST_GAP:
        return None
    handlers.note_outage(tx, last, now, now)
    return last, now


async def watch(service: Service) -> None:
    """A worker of the service: until cancelled."""
    while True:
        try:
            outage = await service.database.write(beat, clock.now())
            if outage is not None:
                telemetry.log("outage-noted", "warning", seconds=round((outage[1] - outage[0]).total_seconds()))
        except Refused as away:
            telemetry.log("heartbeat-missed", "warning", cause=away.slug)
        await asyncio.sleep(BEAT.total_seconds())
