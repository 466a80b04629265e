"""Keeps consumption alive: looks every few seconds whether the broker still has what it should and whether facts flow.

What can be mended is mended here (a deleted consumer or stream, a silent subscription). What cannot raises, and ends
the process. FastStream is loaded only by services that listen.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.chassis import telemetry
from services.chassis.away import AWAY
from services.chassis.bus import Bus
from services.chassis.listeners import Listeners
from services.chassis.listening import Patience
from services.chassis.provisioning import provision_stream

if TYPE_CHECKING:
    from services.chassis.database import Database
    from services.chassis.subscribing import Subscriptions

INTERVAL = 5.0
"""Seconds between two looks."""


class Supervision:
    def __init__(
        self, bus: Bus, database: "Database", groups: Sequence[Listeners], patience: Patience | None = None
    ) -> None:
        self._bus = bus
        self._subscriptions: Subscriptions | None = None
        if any(group.entries for group in groups):
            from services.chassis import subscribing

            self._subscriptions = subscribing.Subscriptions(bus.nats, database, groups, patience)
            bus.on_reconnect.append(self._subscriptions.reconnected)

    async def start(self) -> None:
        """Provisions and begins to consume; tries until the broker lets it."""
        while True:
            try:
                if self._subscriptions is None:
                    await provision_stream(self._bus.nats)
                else:
                    await self._subscriptions.start()
            except AWAY as error:
                telemetry.log_error("not-provisioned", error, service=self._bus.name)
                await asyncio.sleep(1.0)
            else:
                return

    async def run(self) -> None:
        """Until cancelled. Raises Stalled when only a new process helps."""
        while True:
            await asyncio.sleep(INTERVAL)
            if self._subscriptions is not None:
                await self._subscriptions.inspect()

    async def stop(self) -> None:
        if self._subscriptions is not None:
            await self._subscriptions.stop()
