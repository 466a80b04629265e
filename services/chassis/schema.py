"""The tables that every service has beside its own. Each service creates them in its first migration.

`create(op)` is frozen once released: a later change to these tables is a function of its own (`widen_inbox(op)`) that
each service calls in its next migration.
"""

from types import SimpleNamespace
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from services.chassis.columns import Moment

if TYPE_CHECKING:
    from alembic.operations import Operations  # slow to load, and running services do not migrate

metadata = MetaData()

POSITION = BigInteger().with_variant(Integer, "sqlite")

journal = Table(
    "journal",
    metadata,
    Column("position", POSITION, primary_key=True, autoincrement=True),
    Column("turn", BigInteger, nullable=False, comment="Order in which the relay takes rows; see journal.py."),
    Column("network", String(80), nullable=False),
    Column("record", String(80), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(80), nullable=False),
    Column("route", String(200), comment="<audience>.<entity>.<event>; NULL: the fact does not leave."),
    Column("body", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("actor", String(400)),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    UniqueConstraint("record", "sequence", name="journal_chain"),
    Index("journal_network", "network", "position"),
    sqlite_autoincrement=True,
)
Index("journal_turn", journal.c.turn, journal.c.position).ddl_if(dialect="postgresql")

relay_cursor = Table(
    "relay_cursor",
    metadata,
    Column("stream", String(80), primary_key=True),
    Column("turn", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("broker", String(80), nullable=False, comment="When the stream was created, as the broker says."),
    Column("acknowledged", BigInteger, nullable=False, comment="Highest sequence that the stream has given us."),
)

inbox = Table(
    "inbox",
    metadata,
    Column("listener", String(80), primary_key=True),
    Column("message_id", String(300), primary_key=True),
    Column("received_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

answers = Table(
    "answers",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("actor", String(400), primary_key=True),
    Column("method", String(80), primary_key=True),
    Column("content", String(64), nullable=False, comment="Hex SHA-256 of what was asked."),
    Column("answer", LargeBinary, nullable=False),
    Column("answered_at", Moment, nullable=False),
    Index("answers_answered_at", "answered_at"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("listener", String(80), nullable=False),
    Column("message_id", String(300), nullable=False),
    Column("subject", String(400), nullable=False),
    Column("headers", Text, nullable=False, comment="JSON object."),
    Column("body", LargeBinary, nullable=False),
    Column("cause", Text, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("died_at", Moment, nullable=False),
    Column("replayed_at", Moment),
    UniqueConstraint("listener", "message_id", name="dead_letters_message"),
)

stuck_deadlines = Table(
    "stuck_deadlines",
    metadata,
    Column("deadline", String(80), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("cause", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_failed_at", Moment, nullable=False),
    Column("next_try_at", Moment, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("token", BigInteger, nullable=False, comment="Rises with every change of holder."),
    Column("ends_at", Moment, nullable=False),
)

test_clocks = Table(
    "test_clocks",
    metadata,
    Column("network", String(80), primary_key=True),
    Column("moment", Moment, nullable=False),
)

_FINAL = {
    "sqlite": [
        f"""CREATE TRIGGER journal_is_final_{number} BEFORE {verb} ON journal
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"""
        for number, verb in enumerate(("UPDATE", "DELETE"))
    ],
    "postgresql": [
        """CREATE FUNCTION journal_is_final() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$""",
        """CREATE TRIGGER journal_is_final BEFORE DELETE OR UPDATE OF
            position, network, record, sequence, kind, body, recorded_at, actor, previous, digest
            ON journal FOR EACH ROW EXECUTE FUNCTION journal_is_final()""",
    ],
}


@event.listens_for(journal, "after_create")
def _forbid_rewriting(_table: Table, connection: Connection, **_: object) -> None:
    """A slip in code cannot rewrite history. Whoever owns the database still can; then the chain shows it."""
    for statement in _FINAL[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def create_all(connection: Connection) -> None:
    """Creates the tables that are missing."""
    metadata.create_all(connection)


def create(op: "Operations") -> None:
    """For a service's first migration: `schema.create(op)`."""
    create_all(op.get_bind())


def chassis_tables(into: MetaData) -> SimpleNamespace:
    """Declares the same tables on a service's own metadata, so that its migrations can be compared with it."""
    return SimpleNamespace(**{name: table.to_metadata(into) for name, table in metadata.tables.items()})
