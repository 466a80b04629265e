"""SQLite behind the database's door: one writer thread with group commit, a few threads that only read.

The writer takes whatever waits into one transaction. Each unit stands in a savepoint, so that a failing one harms no
neighbour; all of them are acknowledged after the one commit.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from services.chassis.jobs import Job, Jobs, call_back, give_back
from services.chassis.problems import Refused
from services.chassis.transaction import Transaction

BUSY_SECONDS = 1.5
"""How long a batch waits for a lock that another process holds; below the two seconds that a request waits."""
MOST_IN_BATCH = 256
LONGEST_BATCH_SECONDS = 0.05
MOST_READS_TOGETHER = 8

_STORAGE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def refusal(error: BaseException, *, reading: bool = False) -> BaseException:
    """The refusal that fits a failure of the storage; any other error as it is. To write while reading is a mistake in
    the unit, not in the storage."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in _LOCKED:
        detail = "Another process holds the database; nothing was changed. Try again."
        return Refused("database-busy", detail, status=503, retry_after=1)
    if code in _STORAGE and not (reading and code == sqlite3.SQLITE_READONLY):
        detail = "The database cannot be written (disk full or failing). Repeat the request with the same key later."
        return Refused("storage-unavailable", detail, status=503, retry_after=30)
    return error


def engine_for(url: URL, *, read_only: bool = False, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Connections that leave transactions to us: durable on every commit, foreign keys on."""
    arguments = {"timeout": busy_seconds, "check_same_thread": False, "cached_statements": 512}
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    return engine


def driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, cast(Any, connection.connection).dbapi_connection)


class Writer:
    """The thread through which everything is written."""

    def __init__(self, url: URL, jobs: Jobs, committed: Callable[[], None], busy_seconds: float) -> None:
        self._jobs = jobs
        self._committed = committed
        self._connection = engine_for(url, busy_seconds=busy_seconds).connect()
        self._driver = driver(self._connection)
        self.thread = threading.Thread(target=self._work, name="sqlite-writer", daemon=True)
        self.thread.start()

    def _work(self) -> None:
        going = True
        while going:
            job = self._jobs.get()
            if job is None:
                break
            going = self._batch(job)
        self._connection.close()

    def _batch(self, first: Job) -> bool:
        """One commit for all that wait. False when asked to end."""
        taken: list[Job] = []
        done: list[Transaction] = []
        going = True
        try:
            self._driver.execute("BEGIN IMMEDIATE")
            going = self._fill(first, taken, done)
            self._driver.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - every caller of the batch gets it
            self._abandon(taken or [first], error)
            return going
        for tx in done:
            call_back(tx)
        if any(tx.journaled for tx in done):
            self._committed()
        give_back(taken)
        return going

    def _fill(self, first: Job, taken: list[Job], done: list[Transaction]) -> bool:
        until = time.monotonic() + LONGEST_BATCH_SECONDS
        job: Job | None = first
        while job is not None:
            if not job.abandoned:
                taken.append(job)
                self._carry_out(job, done)
            if len(taken) >= MOST_IN_BATCH or time.monotonic() > until:
                return True
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return True
        return False

    def _carry_out(self, job: Job, done: list[Transaction]) -> None:
        tx = Transaction(self._connection)
        execute = self._driver.execute
        execute("SAVEPOINT unit")
        try:
            job.run(tx)
        except Exception as error:
            if not self._driver.in_transaction:
                raise  # SQLite gave up the whole transaction: nobody in the batch may be acknowledged
            execute("ROLLBACK TO unit")
            job.error = refusal(error)
        else:
            done.append(tx)
        execute("RELEASE unit")

    def _abandon(self, taken: list[Job], error: Exception) -> None:
        if self._driver.in_transaction:
            self._driver.rollback()
        for job in taken:
            if job.error is None:
                job.error = refusal(error)
        give_back(taken)


class Reader:
    """A thread with a connection that cannot write; each unit sees one snapshot."""

    def __init__(self, url: URL, jobs: Jobs, number: int, busy_seconds: float) -> None:
        self._jobs = jobs
        self._connection = engine_for(url, read_only=True, busy_seconds=busy_seconds).connect()
        self._driver = driver(self._connection)
        self.thread = threading.Thread(target=self._work, name=f"sqlite-reader-{number}", daemon=True)
        self.thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._batch([job, *self._waiting()])
        self._connection.close()

    def _waiting(self) -> Iterator[Job]:
        """A few more that wait: they share the snapshot, and their callers are woken together."""
        for _ in range(MOST_READS_TOGETHER - 1):
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            if job is None:
                self._jobs.put(None)
                return
            yield job

    def _batch(self, jobs: list[Job]) -> None:
        try:
            self._driver.execute("BEGIN")
            for job in jobs:
                self._carry_out(job)
        except Exception as error:  # noqa: BLE001 - every caller of the batch gets it
            for job in jobs:
                job.error = job.error or refusal(error, reading=True)
        finally:
            self._driver.rollback()
        give_back(jobs)

    def _carry_out(self, job: Job) -> None:
        if job.abandoned:
            return
        try:
            job.run(Transaction(self._connection))
        except Exception as error:  # noqa: BLE001 - it belongs to the caller
            job.error = refusal(error, reading=True)
