"""Bringing a service's database to its newest form: one alembic history for each service, one environment for all."""

import time
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from services.chassis import relay_rows, sqlite

_ENVIRONMENT = Path(__file__).parent / "migrations"
_SERVICES = Path(__file__).parent.parent
_LOCK = 0x46_61_6C_6C  # any number that all copies agree on
_PATIENCE_SECONDS = 60.0


def migrate(url: str, service: str) -> None:
    """Carries out what `services/<service>/migrations/versions` has and the database lacks.

    Mends the journal's turns after a restore, see `relay_rows.mend_turns`. Safe when several copies of a service start
    at once: one migrates, the others wait for it and find nothing to do.
    """
    if service not in {path.name for path in _SERVICES.iterdir()}:
        raise ValueError(f"there is no service {service!r}")
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            _lock(connection)
            config = configuration(service)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            relay_rows.mend_turns(connection)
            connection.exec_driver_sql("COMMIT")
    finally:
        engine.dispose()


def configuration(service: str) -> Config:
    """For alembic's own commands as well, e.g. `command.revision(configuration("membership"), "Add notes")`."""
    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(_SERVICES / service / "migrations" / "versions"))
    config.set_main_option("path_separator", "newline")
    return config


def differences(url: str, metadata: MetaData) -> list[object]:
    """What the tables in the database and those in the code do not agree on; empty when migrations are complete."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            options = {"include_object": _on_this_database(connection.dialect.name)}
            found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    finally:
        engine.dispose()
    return list(found)


def _on_this_database(dialect: str) -> Callable[..., bool]:
    """Alembic does not know that the relay's index is wanted on PostgreSQL only."""

    def wanted(_item: object, name: str | None, *_: object) -> bool:
        return dialect == "postgresql" or name != "journal_turn"

    return wanted


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        return sqlite.engine_for(parsed, busy_seconds=_PATIENCE_SECONDS)
    return create_engine(url, isolation_level="AUTOCOMMIT")


def _lock(connection: Connection) -> None:
    """Both databases change their tables within transactions; the lock ends with it, also when the process dies."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    until = time.monotonic() + _PATIENCE_SECONDS
    connection.exec_driver_sql("BEGIN")
    while not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar():
        if time.monotonic() > until:
            raise OperationalError("waiting for another migration", None, TimeoutError())
        time.sleep(0.1)
