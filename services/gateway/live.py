"""What wakes streams of changes: `live.<network>` on the bus, and who may hold how many streams open."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from contracts.ids import NetworkId
from contracts.request import Refused
from services.chassis.asking import unavailable
from services.chassis.away import AWAY
from services.chassis.bus import Bus


class Bell:
    """Wakes one stream. Rings that come together are one."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    def still(self) -> None:
        self._rung.clear()

    async def wait(self) -> None:
        await self._rung.wait()


class _Watched:
    """The streams of one network and the subscription that they share."""

    def __init__(self) -> None:
        self.bells: set[Bell] = set()
        self.subscribing = asyncio.Lock()
        self.subscription: Subscription | None = None

    def ring(self) -> None:
        for bell in self.bells:
            bell.ring()

    async def arrived(self, _: Msg) -> None:
        self.ring()


class Live:
    """Core NATS may lose a wake: streams look again by themselves, and all of them after a reconnect."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._watched: dict[NetworkId, _Watched] = {}
        bus.on_reconnect.append(self._ring_all)

    @asynccontextmanager
    async def watching(self, network: NetworkId) -> AsyncIterator[Bell]:
        """A bell that rings after each change of the network. Raises Refused("service-unavailable") without a bus."""
        watched = self._watched.setdefault(network, _Watched())
        bell = Bell()
        watched.bells.add(bell)
        try:
            await self._subscribe(network, watched)
            yield bell
        finally:
            watched.bells.discard(bell)
            await self._leave(network, watched)

    async def _subscribe(self, network: NetworkId, watched: _Watched) -> None:
        async with watched.subscribing:
            if watched.subscription is not None:
                return
            try:
                watched.subscription = await self._bus.nats.subscribe(f"live.{network}", cb=watched.arrived)
            except AWAY:
                raise unavailable("notifications") from None

    async def _leave(self, network: NetworkId, watched: _Watched) -> None:
        if watched.bells or self._watched.get(network) is not watched:
            return
        del self._watched[network]
        async with watched.subscribing:
            if watched.subscription is not None:
                try:
                    await watched.subscription.unsubscribe()
                except AWAY:
                    return  # without a connection nothing is subscribed

    def _ring_all(self) -> None:
        for watched in self._watched.values():
            watched.ring()


class Places:
    """How many streams may be open, for each person or key and in all."""

    def __init__(self, each: int, in_all: int) -> None:
        self._each = each
        self._in_all = in_all
        self._taken: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def taken_by(self, holder: tuple[str, str]) -> Iterator[None]:
        """One place as long as the stream lasts. Refused("too-many-streams") (429)."""
        if self._taken[holder] >= self._each or self._taken.total() >= self._in_all:
            detail = "Too many streams are open already; close one, or try again later."
            raise Refused("too-many-streams", detail, status=429, retry_after=30)
        self._taken[holder] += 1
        try:
            yield
        finally:
            self._taken[holder] -= 1
            if not self._taken[holder]:
                del self._taken[holder]
