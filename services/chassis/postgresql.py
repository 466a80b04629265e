"""PostgreSQL behind the database's door: units on a few threads, each with a connection of its own.

A unit may run more than once: after a serialisation failure, a deadlock, a lost race for a journal position or a lost
connection it starts again in a new transaction. It must therefore change nothing outside the database.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import psycopg
from psycopg import errors
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from services.chassis.jobs import Job, Jobs, call_back, give_back
from services.chassis.problems import Refused
from services.chassis.transaction import Transaction

ATTEMPTS = 12
RACED = frozenset({"journal_chain", "answers_pkey", "leases_pkey", "relay_cursor_pkey"})
"""Constraints on which two units may meet without either being wrong: the later one looks again."""
RECONNECT_SECONDS = 1.5
"""How long a unit waits for a server that restarts; below the two seconds that a request waits."""


def engine_for(url: URL, size: int, *, read_only: bool = False) -> Engine:
    level = "REPEATABLE READ" if read_only else "READ COMMITTED"
    options = "-c default_transaction_read_only=on" if read_only else ""
    return create_engine(
        url,
        isolation_level=level,
        pool_size=size,
        max_overflow=0,
        pool_pre_ping=True,
        pool_use_lifo=True,
        connect_args={"connect_timeout": 5, "options": options, "prepare_threshold": 2},
    )


def _cause(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _raced(error: BaseException) -> bool:
    cause = _cause(error)
    if isinstance(cause, errors.SerializationFailure | errors.DeadlockDetected):
        return True
    return isinstance(cause, errors.UniqueViolation) and cause.diag.constraint_name in RACED


def _away(error: BaseException) -> bool:
    cause = _cause(error)
    if isinstance(cause, errors.DiskFull | errors.QueryCanceled | errors.LockNotAvailable):
        return False
    return isinstance(cause, errors.OperationalError | errors.InterfaceError)


def refusal(error: BaseException, *, reading: bool = False) -> BaseException:
    """The refusal that fits a failure of the storage; any other error as it is. To write while reading is a mistake in
    the unit, not in the storage."""
    cause = _cause(error)
    if reading and isinstance(cause, errors.ReadOnlySqlTransaction):
        return error
    if _raced(error) or isinstance(cause, errors.LockNotAvailable | errors.QueryCanceled):
        detail = "Too many requests change the same record; nothing was changed. Try again."
        return Refused("database-busy", detail, status=503, retry_after=1)
    if isinstance(
        cause, errors.OperationalError | errors.InterfaceError | errors.IoError | errors.ReadOnlySqlTransaction
    ):
        detail = "The database cannot be reached or written. Repeat the request with the same key later."
        return Refused("storage-unavailable", detail, status=503, retry_after=30)
    return error


class Worker:
    """A thread that carries out one unit after another, each in a transaction of its own."""

    def __init__(self, engine: Engine, jobs: Jobs, name: str, committed: Callable[[], None] | None) -> None:
        self._engine = engine
        self._jobs = jobs
        self._committed = committed
        """None: the thread only reads."""
        self._connection: Connection | None = None
        self.thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.abandoned:
                self._carry_out(job)
                give_back((job,))
        self._drop()

    def _carry_out(self, job: Job) -> None:
        started = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            try:
                self._attempt(job)
            except _InDoubtError as doubt:
                job.error = refusal(doubt.cause)
                return
            except Exception as error:  # noqa: BLE001 - it belongs to the caller
                if not self._again(error, attempt, started):
                    job.error = refusal(error, reading=self._committed is None)
                    return
            else:
                return

    def _attempt(self, job: Job) -> None:
        connection = self._connection = self._connection or self._engine.connect()
        driver = cast(psycopg.Connection[Any], cast(Any, connection.connection).dbapi_connection)
        try:
            tx = Transaction(connection)
            job.run(tx)
        except BaseException:
            with contextlib.suppress(Exception):
                driver.rollback()
            raise
        try:
            driver.commit()  # not through SQLAlchemy, which has not seen the prepared statements
        except Exception as error:
            if _away(error):
                raise _InDoubtError(error) from error
            raise
        call_back(tx)
        if tx.journaled and self._committed is not None:
            self._committed()

    def _again(self, error: Exception, attempt: int, started: float) -> bool:
        """Whether to try once more; waits a moment if so."""
        if _away(error):
            self._drop()
            if time.monotonic() - started > RECONNECT_SECONDS:
                return False
        elif not _raced(error) or attempt >= ATTEMPTS:
            return False
        time.sleep(random.uniform(0, min(0.25, 0.002 * 2**attempt)))  # noqa: S311 - only spreads retries
        return True

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.invalidate()
            with contextlib.suppress(Exception):
                self._connection.close()
            self._connection = None


class _InDoubtError(Exception):
    """The connection broke during COMMIT: the unit may or may not stand, so it is not run again by itself."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause
