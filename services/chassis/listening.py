"""Facts in: each is applied once, in one transaction with its inbox row, and acknowledged after the commit.

A fact that cannot be applied comes again with growing, spread delays; after a bounded number of deliveries it becomes a
row of dead_letters and no longer holds up anything.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from msgspec import Struct
from nats.aio.msg import Msg

from contracts.event import Event, Fact
from services.chassis import dead_letters, telemetry
from services.chassis.away import AWAY
from services.chassis.database import Database, Transaction
from services.chassis.decoding import FAULTS, cause
from services.chassis.listeners import Entry, Listeners, apply_once
from services.chassis.problems import NotYet, Refused

T = TypeVar("T")
P = ParamSpec("P")

_UNAVAILABLE = 503
_STORAGE_PAUSE = 1.0


class Patience(Struct, frozen=True, kw_only=True):
    """How long a listener tries."""

    deliveries: int = 8
    """Deliveries of a fact whose handling fails."""
    waits: int = 60
    """Deliveries of a fact that waits for another one (NotYet): half an hour."""
    first_delay: float = 0.25
    """Seconds; doubles each time."""
    longest_delay: float = 30.0

    def delay(self, delivery: int) -> float:
        """Seconds until the next delivery: exponential, the upper half by chance so that not all return together."""
        full = min(self.longest_delay, self.first_delay * 2.0 ** min(delivery - 1, 20))
        return full * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing


class Consumer:
    """Handles the messages of one group, whatever brings them."""

    def __init__(self, database: Database, listeners: Listeners, patience: Patience | None = None) -> None:
        self._database = database
        self._listeners = listeners
        self._patience = patience or Patience()
        self._name = listeners.name

    async def take(self, messages: Sequence[Msg]) -> None:
        """Handles a batch: facts of one record one after the other, different records side by side."""
        if len(messages) == 1:
            await self.handle(messages[0])
            return
        records: dict[str, list[Msg]] = {}
        for message in messages:
            records.setdefault((message.headers or {}).get("ce-subject", ""), []).append(message)
        await asyncio.gather(*(self._in_order(chain) for chain in records.values()))

    async def _in_order(self, chain: Sequence[Msg]) -> None:
        for message in chain:
            await self.handle(message)

    async def handle(self, message: Msg) -> None:
        """Applies one message and tells the broker; never raises."""
        try:
            await self._settle(message)
        except AWAY as error:  # the acknowledgement did not go out: the fact comes again and the inbox knows it
            telemetry.log("not-acknowledged", "warning", listener=self._name, cause=cause(error))
        except Refused as refusal:
            telemetry.log("listener-stopped", listener=self._name, slug=refusal.slug)  # the fact comes again
        except Exception as error:  # noqa: BLE001 - the loop outlives everything; the broker offers the message again
            telemetry.log_error("listener-failed", error, listener=self._name)

    async def _settle(self, message: Msg) -> None:
        if telemetry.tracing():
            with telemetry.span(f"listen {self._name}", message.headers):
                outcome = await self._apply(message)
        else:
            outcome = await self._apply(message)
        telemetry.MESSAGES.labels(self._name, outcome).inc()

    async def _apply(self, message: Msg) -> str:
        delivery = message.metadata.num_delivered
        try:
            entry, event, fact = self._listeners.read(message.subject, message.headers or {}, message.data)
        except (ValueError, *FAULTS) as error:
            return await self._bury(message, dead_letters.words(error), delivery)
        if self._killed_too_often(delivery) and not await self._last_try(message, delivery):
            await message.term()
            return "dead"
        try:
            fresh = await self._write(message, self._unit, entry, event, fact, delivery)
        except NotYet as early:
            return await self._later(message, early, delivery, self._patience.waits)
        except Exception as error:
            if isinstance(error, Refused) and error.slug == "stopping":
                raise
            telemetry.log("fact-not-applied", "warning", listener=self._name, message_id=event.message_id,
                          cause=cause(error), attempt=delivery)  # fmt: skip
            return await self._later(message, error, delivery, self._patience.deliveries)
        await message.ack()
        return "applied" if fresh else "repeated"

    async def _later(self, message: Msg, error: Exception, delivery: int, most: int) -> str:
        if delivery >= most:
            return await self._bury(message, cause(error), delivery)
        await message.nak(self._patience.delay(delivery))
        return "postponed"

    async def _bury(self, message: Msg, why: str, delivery: int) -> str:
        await self._keep(message, why, delivery)
        await message.term()
        telemetry.DEAD_LETTERS.labels(self._name).inc()
        telemetry.log("dead-letter", "error", listener=self._name, cause=why, attempts=delivery)
        return "dead"

    async def _keep(self, message: Msg, why: str, delivery: int) -> None:
        headers = message.headers or {}
        unit = dead_letters.keep
        await self._write(message, unit, self._name, message.subject, headers, message.data, why, delivery)

    def _killed_too_often(self, delivery: int) -> bool:
        """More deliveries than any failure is given: each time the process ended before it could say anything."""
        return delivery > max(self._patience.deliveries, self._patience.waits)

    async def _last_try(self, message: Msg, delivery: int) -> bool:
        """Writes the letter before it tries, so that a fact which ends the process does so only once more."""
        headers = message.headers or {}
        known = dead_letters.is_kept
        if await self._write(message, known, self._name, message.subject, headers, message.data):
            return False
        await self._keep(message, "delivered too often without any result", delivery)
        return True

    def _unit(self, tx: Transaction, entry: Entry[Any], event: Event, fact: Fact, delivery: int) -> bool:
        fresh = apply_once(tx, self._name, entry, event, fact)
        if self._killed_too_often(delivery):
            dead_letters.withdraw(tx, self._name, event.message_id)
        return fresh

    async def _write(
        self, message: Msg, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """One unit; waits as long as the storage is unavailable: that is nobody's failure and costs no delivery."""
        while True:
            try:
                return await self._database.write(unit, *args, **kwargs)
            except Refused as refusal:
                if refusal.problem.status != _UNAVAILABLE or refusal.slug == "stopping":
                    raise
                telemetry.log("listener-waits-for-storage", "warning", listener=self._name, slug=refusal.slug)
            await message.in_progress()
            await asyncio.sleep(_STORAGE_PAUSE)
