"""The door to the database. A unit of work is one synchronous function in one transaction, on a database thread.

    view = await database.write(carry_out, ballot_id, command, now)     # carry_out(tx, ballot_id, command, now)

SQLite has one writer thread with group commit (`sqlite.py`), PostgreSQL a few threads (`postgresql.py`).
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from sqlalchemy import Table, make_url
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect

from services.chassis import sqlite
from services.chassis.columns import Encoded, Moment
from services.chassis.jobs import Job, Jobs, submit
from services.chassis.problems import Refused
from services.chassis.transaction import Prepared, Transaction

__all__ = ["Database", "Encoded", "Moment", "Prepared", "Transaction", "migrate", "upsert"]

P = ParamSpec("P")
T = TypeVar("T")


READERS = {"sqlite": 2, "postgresql": 4}
"""Threads that read. SQLite answers in this process, where one thread at a time runs Python: a second one goes on while
the first searches long, more would only take the processor from each other."""


class _HasThread(Protocol):
    thread: threading.Thread


class Database:
    """Raises for every unit what the unit raises, and Refused with status 503 where the storage fails:
    `storage-unavailable` (disk full, server away), `database-busy` (locked by others), `overloaded`.
    """

    def __init__(
        self, url: str, *, readers: int | None = None, writers: int = 16, busy_seconds: float = sqlite.BUSY_SECONDS
    ) -> None:
        """`url`: `sqlite:////path/x.sqlite` or `postgresql+psycopg://…`. `writers` counts for PostgreSQL only.
        `readers`: None for what suits the database (`READERS`)."""
        parsed = make_url(url)
        self.dialect = parsed.get_backend_name()
        if self.dialect not in ("sqlite", "postgresql"):
            raise ValueError(f"the database is SQLite or PostgreSQL (postgresql+psycopg://…), not {self.dialect}")
        self._writing: Jobs = Jobs()
        self._reading: Jobs = Jobs()
        self._listeners: list[Callable[[], None]] = []
        self._closed = False
        self._writers: list[_HasThread]
        self._readers: list[_HasThread]
        readers = readers or READERS[self.dialect]
        if self.dialect == "sqlite":
            self._writers = [sqlite.Writer(parsed, self._writing, self._committed, busy_seconds)]
            self._readers = [sqlite.Reader(parsed, self._reading, n, busy_seconds) for n in range(readers)]
            return
        from services.chassis import postgresql  # its driver is loaded only where it is used

        self._write_engine = postgresql.engine_for(parsed, writers)
        self._read_engine = postgresql.engine_for(parsed, readers, read_only=True)
        worker = postgresql.Worker
        self._writers = [
            worker(self._write_engine, self._writing, f"writer-{n}", self._committed) for n in range(writers)
        ]
        self._readers = [worker(self._read_engine, self._reading, f"reader-{n}", None) for n in range(readers)]

    async def write(self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Carries out one unit; returns after its commit is durable. What it raises rolls back this unit only.

        A cancelled caller leaves a unit that has begun to its end. On PostgreSQL a unit may run more than once.
        """
        return cast(T, await self._submit(self._writing, Job(unit, args, kwargs)))

    async def read(self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Carries out a unit that only reads, on one snapshot."""
        return cast(T, await self._submit(self._reading, Job(unit, args, kwargs)))

    def _submit(self, queue: Jobs, job: Job) -> "asyncio.Future[Any]":
        if self._closed:
            raise Refused("stopping", "The service is stopping; try again.", status=503, retry_after=2)
        return submit(queue, job)

    def on_journal(self, listener: Callable[[], None]) -> None:
        """`listener` is called on a database thread after every commit that added to the journal."""
        self._listeners.append(listener)

    def _committed(self) -> None:
        for listener in self._listeners:
            listener()

    async def close(self) -> None:
        """Carries out what waits, then ends all threads and connections."""
        if self._closed:
            return
        self._closed = True
        for queue, workers in ((self._writing, self._writers), (self._reading, self._readers)):
            for _ in workers:
                queue.put(None)
        for worker in (*self._writers, *self._readers):
            await asyncio.to_thread(worker.thread.join)
        if self.dialect == "postgresql":
            self._write_engine.dispose()
            self._read_engine.dispose()


def migrate(url: str, service: str) -> None:
    """Brings a service's database to its newest form; see `migrating`, whose tools running services do not load."""
    from services.chassis import migrating

    migrating.migrate(url, service)


def upsert(table: Table, dialect: str) -> "sqlite_dialect.Insert | postgresql_dialect.Insert":
    """An insert with `on_conflict_do_update` and `on_conflict_do_nothing`, for either database."""
    return sqlite_dialect.insert(table) if dialect == "sqlite" else postgresql_dialect.insert(table)
