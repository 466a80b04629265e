"""A service: what it is made of, how it starts, and how it ends.

    main("membership", settings, lambda found: app.service(found).run())

SIGTERM and SIGINT end it in order: no new requests, what runs is finished, what was pulled is given back. A part that
fails for good ends the process with exit code 1, so that its supervisor starts it again.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from services.chassis import answers, clock, measuring, telemetry
from services.chassis.answering import Answering, Requests
from services.chassis.bus import Bus
from services.chassis.database import Database
from services.chassis.deadlines import Deadline, DeadlineLoop
from services.chassis.health import Health
from services.chassis.listeners import Listeners
from services.chassis.listening import Patience
from services.chassis.problems import Refused
from services.chassis.relay import Relay
from services.chassis.settings import ServiceSettings
from services.chassis.supervision import Supervision

Worker = Callable[["Service"], Awaitable[None]]
"""A loop that runs as long as the service; it is cancelled at the end."""

_MEASURE_EVERY = 5.0
_FORGET_EVERY = 3600.0


class Service:
    def __init__(
        self,
        name: str,
        *,
        settings: ServiceSettings,
        requests: Sequence[Requests] = (),
        listeners: Sequence[Listeners] = (),
        deadlines: Sequence[Deadline] = (),
        workers: Sequence[Worker] = (),
        patience: Patience | None = None,
        most_requests: int = 256,
    ) -> None:
        self.name = name
        self.settings = settings
        self.listeners = tuple(listeners)
        self.database = Database(settings.database_url)
        self.bus = Bus(
            settings.nats_url,
            name=name,
            organisation=settings.organisation,
            user=settings.nats_user,
            password=settings.nats_password,
        )
        self.relay = Relay(self.database, self.bus, name, settings.organisation)
        margin = timedelta(seconds=settings.settling_margin_seconds)
        self.deadline_loop = DeadlineLoop(self.database, deadlines, margin)
        self._has_deadlines = bool(deadlines)
        self._answering = Answering(
            self.bus.nats, self.database, name, settings.organisation, requests, most=most_requests
        )
        self._supervision = Supervision(self.bus, self.database, self.listeners, patience)
        self._workers = tuple(workers)
        self._ready = False
        self._ending = asyncio.Event()

    async def run(self) -> None:
        """Runs until a signal or `stop`. Raises what ended a part of the service for good."""
        self._on_signals()
        health = self._start_health()
        try:
            await self._first(self.bus.connect())
            if self._ending.is_set():
                return
            await self._supervision.start()
            await self._answering.start()
            await self._work()
        finally:
            self._ready = False
            if health is not None:
                health.stop()
            await self._end()

    def stop(self) -> None:
        """Begins the orderly end."""
        self._ending.set()

    def not_ready(self) -> list[str]:
        """Why requests should go elsewhere; empty when all is well."""
        reasons = [] if self._ready else ["starting or stopping"]
        return reasons + ([] if self.bus.connected else ["no connection to the bus"])

    async def _work(self) -> None:
        loops: dict[str, Coroutine[Any, Any, None]] = {
            "relay": self.relay.run(),
            "measures": self._measure(),
            "forgetting": self._forget(),
            "supervision": self._supervision.run(),
        }
        if self._has_deadlines:
            loops["deadlines"] = self.deadline_loop.run()
        for number, worker in enumerate(self._workers):
            loops[f"worker-{number}-{getattr(worker, '__name__', 'worker')}"] = _awaited(worker(self))
        tasks = [asyncio.create_task(loop, name=name) for name, loop in loops.items()]
        ending = asyncio.create_task(self._ending.wait())
        lost = asyncio.create_task(self.bus.lost.wait())
        self._ready = True
        telemetry.log("service-ready", service=self.name)
        try:
            await asyncio.wait([*tasks, ending, lost], return_when=asyncio.FIRST_COMPLETED)
            self._ready = False
            self._raise_for(tasks, lost)
        finally:
            await self._quietly("requests", self._answering.stop())
            await self._quietly("listeners", self._supervision.stop())
            await _end_all([*tasks, ending, lost])

    async def _measure(self) -> None:
        while True:
            with suppress(Refused):  # the storage is away; the parts that need it say so
                backlog = await self.database.read(measuring.backlog)
                telemetry.RELAY_BACKLOG.labels(self.name).set(backlog)
            await asyncio.sleep(_MEASURE_EVERY)

    async def _forget(self) -> None:
        while True:
            with suppress(Refused):  # the storage is away; the next round does it
                await self.database.write(answers.forget, clock.now() - answers.KEPT)
            await asyncio.sleep(_FORGET_EVERY)

    def _raise_for(self, tasks: Sequence["asyncio.Task[None]"], lost: "asyncio.Task[Any]") -> None:
        for task in tasks:
            if task.done():
                failure = task.exception()
                telemetry.log("part-ended", "error", service=self.name, worker=task.get_name())
                raise failure or RuntimeError(f"{task.get_name()} ended by itself")
        if lost.done():
            raise ConnectionError("the connection to the bus was given up")

    async def _first(self, start: Coroutine[Any, Any, None]) -> None:
        """Waits for the start, or for the end if that comes first."""
        starting, ending = asyncio.create_task(start), asyncio.create_task(self._ending.wait())
        await asyncio.wait([starting, ending], return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not starting.done():
            starting.cancel()
        await asyncio.gather(starting, ending, return_exceptions=True)
        if starting.done() and not starting.cancelled() and (failure := starting.exception()):
            raise failure

    async def _end(self) -> None:
        await self._quietly("bus", self.bus.close())
        await self.database.close()
        telemetry.log("service-stopped", service=self.name)

    async def _quietly(self, part: str, end: Coroutine[Any, Any, None]) -> None:
        """A part that cannot end in order (the broker is away) must not keep the others from it."""
        try:
            await end
        except Exception as error:  # noqa: BLE001 - it ends anyway
            telemetry.log_error("part-not-ended-in-order", error, service=self.name, worker=part)

    def _start_health(self) -> Health | None:
        if not self.settings.health_port:
            return None
        health = Health(self.settings.health_port, self.not_ready)
        health.start()
        return health

    def _on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self.stop)
            except (NotImplementedError, RuntimeError, ValueError):
                return  # not the main thread: a test stops it by `stop`


async def _end_all(tasks: Sequence["asyncio.Task[Any]"]) -> None:
    """Cancels until all have ended: `asyncio.wait_for` can swallow a cancellation in Python 3.11."""
    going = {task for task in tasks if not task.done()}
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=1.0)


async def _awaited(work: Awaitable[None]) -> None:
    await work
