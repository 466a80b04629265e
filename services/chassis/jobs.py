"""Units of work on their way from the event loop to a database thread, and their results on the way back."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import Any

from services.chassis.problems import Refused
from services.chassis.transaction import Transaction

_log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Units that may wait; beyond that a caller is refused at once instead of waiting in vain."""


class Job:
    """One unit of work and the place where its caller waits."""

    __slots__ = ("args", "error", "future", "kwargs", "loop", "result", "unit")

    def __init__(self, unit: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.unit = unit
        self.args = args
        self.kwargs = kwargs
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    @property
    def abandoned(self) -> bool:
        """Its caller was cancelled before anybody began."""
        return self.future.cancelled()

    def run(self, tx: Transaction) -> None:
        self.result = self.unit(tx, *self.args, **self.kwargs)


Jobs = SimpleQueue[Job | None]
"""None asks one thread to end."""


def submit(queue: Jobs, job: Job) -> "asyncio.Future[Any]":
    """Hands the job to the threads. Raises Refused("overloaded") when too many wait already."""
    if queue.qsize() >= MOST_WAITING:
        raise Refused("overloaded", "Too many requests wait for the database; try again.", status=503, retry_after=1)
    queue.put(job)
    return job.future


def give_back(jobs: Iterable[Job]) -> None:
    """Gives results and errors to their callers, with one wake-up for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, own in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, own)
        except RuntimeError:
            _log.info("the event loop ended before its answers came", extra={"answers": len(own)})


def _resolve(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)


def stop_if_cancelled() -> None:
    """For endless loops: in Python 3.11 `asyncio.wait_for`, which libraries use, may swallow a cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def call_back(tx: Transaction) -> None:
    """Runs what was to run after the commit. A failure there cannot undo the commit; it is logged."""
    for callback in tx.callbacks:
        try:
            callback()
        except Exception:  # noqa: BLE001 - whatever it is, the commit stands
            _log.exception("a callback after a commit failed")
