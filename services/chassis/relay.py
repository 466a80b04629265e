"""The relay: takes the journal's public facts to JetStream, in batches, and remembers how far it has come.

Never marks before the acknowledgement: after any crash it publishes some rows again, and message ids and inboxes tell
the copies apart. It goes by (turn, position) below the oldest running transaction, so it leaves no row behind (see
`journal.py`). Within a record the order is kept, except that a failed batch may be sent again after later ones.

The journal is the original, the broker a copy: where the stream is another one than before, or has lost what it had
acknowledged, the relay starts again from the journal's beginning.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections import deque
from datetime import timedelta
from typing import NamedTuple, Protocol

from nats.aio.client import Client
from nats.errors import Error as NatsError

from contracts.ids import OrganisationId
from services.chassis import clock, ids, jobs, leases, relay_rows
from services.chassis.database import Database
from services.chassis.problems import Refused, cause_of
from services.chassis.publishing import Batch, Pipeline, PublishError
from services.chassis.relay_rows import Cursor, Envelopes

_log = logging.getLogger(__name__)

STREAM = "EVENTS"
BATCH = 500
UNDER_WAY = 3
"""Batches that may wait for acknowledgements while the next is read."""
LEASE = timedelta(seconds=5)
CHECK_SECONDS = 5.0
"""How often an idle relay looks whether the stream is still the one it knows."""
SOON_SECONDS = 0.01


class HasNats(Protocol):
    @property
    def nats(self) -> Client: ...


class _Sent(NamedTuple):
    upto: Cursor
    batch: Batch


class BrokerReplacedError(Exception):
    """The stream has lost what it had acknowledged."""


class Relay:
    def __init__(
        self,
        database: Database,
        bus: HasNats,
        service: str,
        organisation: str,
        *,
        stream: str = STREAM,
        interval: float = 0.25,
        ack_timeout: float = 5.0,
        batch: int = BATCH,
    ) -> None:
        """`interval`: seconds after which an idle relay looks by itself; `ack_timeout`: seconds."""
        self._database = database
        self._bus = bus
        self._envelopes = Envelopes(service, OrganisationId(organisation), stream)
        self._stream = stream
        self._interval = interval
        self._ack_timeout = ack_timeout
        self._batch = batch
        self._holder = ids.new("cpy")
        self._lease: leases.Lease | None = None
        self._renew_at = 0.0
        self._broker = ""
        self._highest = 0
        self._replaced = False
        self._reconnects = 0
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        database.on_journal(self.wake)
        self.published = 0
        """Messages acknowledged since the start, for metrics."""

    def wake(self) -> None:
        """There are new rows. May be called from any thread."""
        if self._loop is not None and not self._woken.is_set():
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Until cancelled. Whatever fails is tried again; only one of several copies is at work."""
        self._loop = asyncio.get_running_loop()
        failures = 0
        try:
            while True:
                try:
                    if await self._held():
                        await self._session()
                    failures = 0
                except leases.LeaseLostError:
                    self._lease = None
                except Exception as error:  # noqa: BLE001 - the next session tries again
                    failures += 1
                    self._note(error)
                await asyncio.sleep(_pause(failures))
        finally:
            if self._lease is not None:
                with contextlib.suppress(Refused, asyncio.CancelledError):
                    await self._database.write(leases.release, self._lease, clock.now())

    def _note(self, error: Exception) -> None:
        expected = isinstance(error, PublishError | NatsError | Refused | TimeoutError | OSError)
        level = logging.WARNING if expected else logging.ERROR
        _log.log(level, "the relay starts again", extra={"stream": self._stream, "cause": cause_of(error)})

    async def _held(self) -> bool:
        """Whether this copy is the one at work; takes or lengthens the lease when it is time."""
        jobs.stop_if_cancelled()
        if time.monotonic() < self._renew_at:
            return self._lease is not None
        self._renew_at = time.monotonic() + LEASE.total_seconds() / 4
        name = f"relay {self._stream}"
        self._lease = await self._database.write(leases.acquire, name, self._holder, clock.now(), LEASE)
        return self._lease is not None

    async def _session(self) -> None:
        """Publishes until something fails or the lease is lost."""
        if self._lease is None:
            return
        pipeline = Pipeline(self._bus.nats, self._ack_timeout)
        await pipeline.open()
        try:
            await self._pump(pipeline, await self._starting_point(self._lease))
        finally:
            with contextlib.suppress(NatsError):
                await pipeline.close()

    async def _starting_point(self, lease: leases.Lease) -> Cursor:
        """Where to go on: behind the last mark, or at the beginning when the broker lost what it had acknowledged."""
        self._reconnects = self._bus.nats.stats["reconnects"]
        created, last = await self._look()
        start = await self._database.write(
            relay_rows.begin, lease, self._stream, created, -1 if self._replaced else last
        )
        self._replaced = False
        if start.refilling:
            _log.warning("the broker has lost facts; it is refilled from the journal", extra={"stream": self._stream})
        self._broker, self._highest = created, start.acknowledged
        return start.cursor

    async def _look(self) -> tuple[str, int]:
        """When the stream was created and its last sequence, as the broker says."""
        info = await self._bus.nats.jetstream(timeout=2.0).stream_info(self._stream)
        return (info.created.isoformat() if info.created is not None else ""), info.state.last_seq

    async def _pump(self, pipeline: Pipeline, cursor: Cursor) -> None:
        """Reads, publishes and marks at the same time: while acknowledgements are awaited the next rows are read."""
        sent: deque[_Sent] = deque()
        checked_at = time.monotonic()
        while await self._held() and self._bus.nats.stats["reconnects"] == self._reconnects:
            self._woken.clear()
            found = await self._database.read(relay_rows.fetch, cursor, self._batch)
            if found.rows:
                cursor = found.upto
                sent.append(_Sent(cursor, await pipeline.send([self._envelopes.of(row) for row in found.rows])))
            full = len(found.rows) == self._batch
            if sent and (not full or len(sent) >= UNDER_WAY):
                await self._mark(pipeline, sent, wait_for_all=not full)
            if full:
                continue
            if time.monotonic() - checked_at > CHECK_SECONDS:
                checked_at = time.monotonic()
                await self._check_broker()
            await self._pause(SOON_SECONDS if found.unsettled else self._interval)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _mark(self, pipeline: Pipeline, sent: deque[_Sent], *, wait_for_all: bool) -> None:
        """Waits for the oldest batch (or all), takes what else is complete, and marks once."""
        marked: Cursor | None = None
        while sent and (wait_for_all or marked is None or sent[0].batch.done.done()):
            await pipeline.wait(sent[0].batch)
            first = sent.popleft()
            self._compare(first.batch)
            marked = first.upto
        if marked is not None and self._lease is not None:
            await self._database.write(relay_rows.mark, self._lease, self._stream, marked, self._highest)

    def _compare(self, batch: Batch) -> None:
        """Sequences only rise; one that does not comes from a stream that was emptied or set back."""
        if 0 < batch.lowest_new <= self._highest:
            self._replaced = True
            raise BrokerReplacedError(self._stream)
        self._highest = max(self._highest, batch.highest)
        self.published += batch.size

    async def _check_broker(self) -> None:
        created, last = await self._look()
        if created != self._broker or last < self._highest:
            raise BrokerReplacedError(self._stream)


async def replay(
    database: Database, bus: HasNats, service: str, organisation: str, *, stream: str = STREAM, batch: int = BATCH
) -> int:
    """Publishes all public facts from the journal's beginning, beside a working relay; gives their number.

    Listeners that have seen them drop them by their inbox. Raises PublishError when the broker does not take them.
    """
    envelopes = Envelopes(service, OrganisationId(organisation), stream)
    pipeline = Pipeline(bus.nats, 10.0)
    await pipeline.open()
    cursor, number = relay_rows.BEGINNING, 0
    try:
        while (found := await database.read(relay_rows.fetch, cursor, batch)).rows:
            await pipeline.wait(await pipeline.send([envelopes.of(row) for row in found.rows]))
            cursor, number = found.upto, number + len(found.rows)
    finally:
        await pipeline.close()
    return number


def _pause(failures: int) -> float:
    """Half a second between looks for the lease, up to five seconds after failures, never in step with others."""
    longest: float = min(5.0, 0.5 * 2.0 ** min(failures, 4))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - only spreads retries
