"""Deadlines: a due column on the row that it belongs to, and a loop that asks each feature what is due.

The loop may be late, asleep or running twice; nothing depends on it but how soon a row is looked at. Facts carry the
law's moment, and closing is idempotent under the row lock. Of several copies one is at work, under a fenced lease.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Column, bindparam, select

from contracts.ids import NetworkId
from services.chassis import clock, ids, jobs, leases, stuck, telemetry
from services.chassis.database import Database
from services.chassis.problems import Refused, cause_of
from services.chassis.schema import test_clocks
from services.chassis.transaction import Prepared, Transaction

_log = logging.getLogger(__name__)

LEASE = timedelta(seconds=4)
ROUND = 512
"""Rows that one question asks for; as many are carried out before the next question."""
IN_FLIGHT = 128
_UNAVAILABLE = 503


class DueKey(NamedTuple):
    """A row whose moment has passed in its network."""

    key: str
    network: NetworkId
    due_at: datetime | None = None
    """For the measure of lateness; None in sandbox networks, whose clocks stand still."""


class Deadline(Struct, frozen=True):
    """What a feature contributes.

    `due(tx, real_now, limit)` gives the keys of rows whose due moment passed by their network's clock, oldest first;
    `due_keys` is such a query. Where it gives a `DueKey`, `carry_out(tx, key, now)` gets the network's moment, for a
    plain string the real one. It takes the row lock itself and is harmless when repeated.
    """

    name: str
    due: Callable[[Transaction, datetime, int], Sequence[str | DueKey]]
    carry_out: Callable[[Transaction, str, datetime], Any]


def due_keys(
    tx: Transaction, *, key: Column[Any], network: Column[Any], due_at: Column[Any], real_now: datetime, limit: int
) -> list[DueKey]:
    """The rows of one table that are due, oldest first in each network. NULL is never due. Wants an index on `due_at`
    and one on (`network`, `due_at`): then the cost does not depend on how many rows are pending."""
    real, frozen = _questions(key, network, due_at)
    found = [DueKey(*row) for row in tx.rows(real, now=real_now, most=limit)]
    for sandbox, moment in tx.rows(_CLOCKS):  # one by one: in a join the planner would go through all pending rows
        found += [DueKey(*row[:2]) for row in tx.rows(frozen, now=moment, of=sandbox, most=limit)]
        if len(found) >= limit:
            break
    return found[:limit]


_CLOCKS = Prepared(select(test_clocks.c.network, test_clocks.c.moment))


@cache
def _questions(key: Column[Any], network: Column[Any], due_at: Column[Any]) -> tuple[Prepared, Prepared]:
    """What is due by the real clock, and what by one network's test clock."""
    oldest = select(key, network, due_at).where(due_at <= bindparam("now")).order_by(due_at).limit(bindparam("most"))
    real = oldest.where(network.not_in(select(test_clocks.c.network)))
    return Prepared(real), Prepared(oldest.where(network == bindparam("of")))


class DeadlineLoop:
    """Runs each feature's question and carries out what is due; see the module's text."""

    def __init__(
        self,
        database: Database,
        deadlines: Sequence[Deadline],
        margin: timedelta = timedelta(seconds=5),
        interval: float = 0.25,
        lease: str = "deadlines",
    ) -> None:
        """`margin`: real networks are asked as of this long ago, so that timely commands in flight win. Test clocks
        stand still and need none. `interval`: seconds between two questions."""
        self._database = database
        self._deadlines = tuple(deadlines)
        self._margin = margin
        self._interval = interval
        self._lease_name = lease
        self._holder = ids.new("cpy")
        self._lease: leases.Lease | None = None
        self._renew_at = 0.0
        self._stuck: set[str] = set()
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Until cancelled. A failing database is waited for."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                await self._round()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._interval):
                        await self._woken.wait()
                self._woken.clear()
        finally:
            await self._release()

    def wake(self) -> None:
        """Asks at once, e.g. after a test clock has moved. May be called from any thread."""
        if self._loop is not None and not self._woken.is_set():
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._woken.set)

    async def _round(self) -> None:
        for deadline in self._deadlines:
            try:
                await self._drain(deadline)
            except leases.LeaseLostError:
                self._lease = None
            except Exception as error:  # noqa: BLE001 - the next round tries again
                about = {"deadline": deadline.name, "cause": cause_of(error)}
                _log.error("deadlines could not be carried out", extra=about)

    async def _held(self) -> bool:
        """Whether this copy is the one at work; takes or lengthens the lease when it is time."""
        jobs.stop_if_cancelled()
        if time.monotonic() < self._renew_at:
            return self._lease is not None
        self._renew_at = time.monotonic() + LEASE.total_seconds() / 4
        self._lease = await self._database.write(leases.acquire, self._lease_name, self._holder, clock.now(), LEASE)
        return self._lease is not None

    async def _release(self) -> None:
        if self._lease is not None:
            with contextlib.suppress(Exception):
                await self._database.write(leases.release, self._lease, clock.now())

    async def _drain(self, deadline: Deadline) -> None:
        """Carries out what is due, in parts, until a part is not full."""
        unmoved: set[str] = set()
        last: set[str] = set()
        while await self._held():
            settled = clock.now() - self._margin
            found = await self._database.read(self._ask, deadline, settled, unmoved)
            unmoved |= {_key(due) for due in found} & last  # carried out, and due all the same: once is enough
            for start in range(0, len(found), IN_FLIGHT):
                if not await self._held():
                    return
                await self._several(deadline, found[start : start + IN_FLIGHT], settled)
            if len(found) < ROUND:
                return
            last = {_key(due) for due in found}

    def _ask(self, tx: Transaction, deadline: Deadline, settled: datetime, unmoved: set[str]) -> list[str | DueKey]:
        """What is due, without the rows that were pushed aside and wait for their next try."""
        self._stuck, waiting = stuck.of(tx, deadline.name, clock.now())
        aside = waiting | unmoved
        found = deadline.due(tx, settled, ROUND + len(aside))
        return [due for due in found if _key(due) not in aside][:ROUND]

    async def _several(self, deadline: Deadline, found: Sequence[str | DueKey], settled: datetime) -> None:
        outcomes = await asyncio.gather(*(self._one(deadline, due, settled) for due in found), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _one(self, deadline: Deadline, due: str | DueKey, settled: datetime) -> None:
        try:
            await self._database.write(self._carry_out, deadline, due, settled)
            self._measure(deadline, due)
        except leases.LeaseLostError:
            raise
        except Exception as error:
            if isinstance(error, Refused) and error.problem.status == _UNAVAILABLE:
                raise  # the storage's fault, not the row's
            about = {"deadline": deadline.name, "key": _key(due), "cause": cause_of(error)}
            _log.error("a deadline was pushed aside", extra=about)
            await self._database.write(stuck.push_aside, deadline.name, _key(due), error, clock.now())

    def _measure(self, deadline: Deadline, due: str | DueKey) -> None:
        if isinstance(due, DueKey) and due.due_at is not None:
            late = (clock.now() - self._margin - due.due_at).total_seconds()
            telemetry.DEADLINE_LATENESS.labels(deadline.name).observe(max(0.0, late))

    def _carry_out(self, tx: Transaction, deadline: Deadline, due: str | DueKey, settled: datetime) -> None:
        if self._lease is not None:
            leases.confirm(tx, self._lease)
        now = clock.moment(tx, due.network, settled) if isinstance(due, DueKey) else settled
        deadline.carry_out(tx, _key(due), now)
        if _key(due) in self._stuck:
            stuck.clear(tx, deadline.name, _key(due))


def _key(due: str | DueKey) -> str:
    return due.key if isinstance(due, DueKey) else due
