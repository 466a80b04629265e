"""Says on the bus that a network's feed has grown: an empty message on `live.<network>`, at most once, to whoever
listens at that moment (the gateways with open streams). Whoever misses it finds the change in the feed."""

import asyncio
import contextlib

from contracts.event import token
from contracts.ids import NetworkId
from services.chassis.away import AWAY
from services.chassis.bus import Bus


class Live:
    """Collects what was committed on the database's threads and tells it from the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._grown: set[NetworkId] = set()
        self._woken = asyncio.Event()

    def announce(self, network: NetworkId) -> None:
        """There is a new change. May be called from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._note, network)

    async def run(self, bus: Bus) -> None:
        """Until cancelled. Changes that were committed together are told once."""
        self._loop = asyncio.get_running_loop()
        while True:
            await self._woken.wait()
            self._woken.clear()
            networks, self._grown = self._grown, set()
            for network in networks:
                with contextlib.suppress(*AWAY):  # whoever waits looks by itself from time to time
                    await bus.nats.publish(f"live.{token(network)}", b"")

    def _note(self, network: NetworkId) -> None:
        self._grown.add(network)
        self._woken.set()
