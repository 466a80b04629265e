"""The relay's side of the database: rows in order, their envelopes, and the mark that says how far it has come."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Select, bindparam, literal_column, or_, select, tuple_

from contracts.event import Event, headers, token
from contracts.ids import NetworkId, OrganisationId, RecordId
from services.chassis import leases
from services.chassis.publishing import Outgoing
from services.chassis.schema import journal, relay_cursor
from services.chassis.transaction import Prepared, Transaction


class Cursor(NamedTuple):
    turn: int
    position: int


BEGINNING = Cursor(-1, 0)


class Row(NamedTuple):
    turn: int
    position: int
    network: str
    record: str
    sequence: int
    route: str
    body: str
    recorded_at: datetime
    digest: str


class Found(NamedTuple):
    rows: list[Row]
    upto: Cursor
    unsettled: bool
    """PostgreSQL: there are rows that may go only when an older transaction has ended."""


class Start(NamedTuple):
    cursor: Cursor
    acknowledged: int
    refilling: bool


_HORIZON: Any = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", BigInteger)


def _rows() -> Select[Any]:
    columns = (journal.c[name] for name in Row._fields)
    return select(*columns).where(journal.c.route.is_not(None)).limit(bindparam("most"))


_FETCH = {
    "sqlite": Prepared(_rows().where(journal.c.position > bindparam("after")).order_by(journal.c.position)),
    "postgresql": Prepared(
        _rows()
        .where(
            tuple_(journal.c.turn, journal.c.position)
            > tuple_(bindparam("turn_after", type_=BigInteger), bindparam("after", type_=BigInteger)),
            journal.c.turn < _HORIZON,
        )
        .order_by(journal.c.turn, journal.c.position)
    ),
}
_UNSETTLED = Prepared(select(journal.c.position).where(journal.c.turn >= _HORIZON).limit(1))


def fetch(tx: Transaction, after: Cursor, limit: int) -> Found:
    """The next public rows that nothing can come before any more."""
    if tx.dialect == "sqlite":
        found = tx.rows(_FETCH["sqlite"], after=after.position, most=limit)
        unsettled = False
    else:
        found = tx.rows(_FETCH["postgresql"], turn_after=after.turn, after=after.position, most=limit)
        unsettled = len(found) < limit and bool(tx.rows(_UNSETTLED))
    rows = [Row._make(row) for row in found]
    upto = Cursor(rows[-1].turn, rows[-1].position) if rows else after
    return Found(rows, upto, unsettled)


def begin(tx: Transaction, lease: leases.Lease, stream: str, broker: str, last_sequence: int) -> Start:
    """Where the relay goes on. Begins anew when the stream is another one or has lost what it had acknowledged."""
    leases.confirm(tx, lease)
    marks = tx.execute(select(relay_cursor).where(relay_cursor.c.stream == stream)).mappings().first()
    if marks is None:
        values = {"turn": BEGINNING.turn, "position": BEGINNING.position, "broker": broker, "acknowledged": 0}
        tx.execute(relay_cursor.insert().values(stream=stream, **values))
        return Start(BEGINNING, 0, refilling=False)
    if marks["broker"] == broker and last_sequence >= marks["acknowledged"]:
        return Start(Cursor(marks["turn"], marks["position"]), marks["acknowledged"], refilling=False)
    anew = {"turn": BEGINNING.turn, "position": BEGINNING.position, "broker": broker, "acknowledged": 0}
    tx.execute(relay_cursor.update().where(relay_cursor.c.stream == stream).values(anew))
    return Start(BEGINNING, 0, refilling=marks["acknowledged"] > 0)


_MARK = Prepared(
    relay_cursor.update()
    .where(relay_cursor.c.stream == bindparam("of"))
    .values(turn=bindparam("to_turn"), position=bindparam("to_position"), acknowledged=bindparam("to_sequence"))
)


def mark(tx: Transaction, lease: leases.Lease, stream: str, upto: Cursor, acknowledged: int) -> None:
    """Everything up to the cursor is with the broker. Raises LeaseLostError where another copy is at work."""
    leases.confirm(tx, lease)
    tx.run(_MARK, of=stream, to_turn=upto.turn, to_position=upto.position, to_sequence=acknowledged)


def mend_turns(connection: Connection) -> None:
    """After a restore into a new PostgreSQL server, before anything is written: transaction ids begin anew there, below
    those that the rows bear, and such rows would never count as settled. What was relayed gets turn 0, the rest
    turn 1; new transactions have higher ids. Does nothing otherwise."""
    ahead = "SELECT 1 FROM journal WHERE turn >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint LIMIT 1"
    if connection.dialect.name != "postgresql" or not connection.exec_driver_sql(ahead).first():
        return
    marks = connection.execute(select(relay_cursor.c.turn, relay_cursor.c.position)).first()
    if marks is None:
        connection.execute(journal.update().values(turn=0))
        return
    relayed = or_(journal.c.turn < marks.turn, (journal.c.turn == marks.turn) & (journal.c.position <= marks.position))
    connection.execute(journal.update().where(~relayed).values(turn=1))
    connection.execute(journal.update().where(relayed, journal.c.turn != 1).values(turn=0))
    connection.execute(relay_cursor.update().values(turn=0, position=2**62))


def event_id(position: int, digest: str) -> str:
    """The position alone would come again with another fact after a restore from an older backup, and whoever saw the
    lost one would drop the new one."""
    return f"{position}-{digest[:16]}"


class Envelopes:
    """Turns rows into messages of one service."""

    def __init__(self, service: str, organisation: OrganisationId, stream: str) -> None:
        self._service = token(service)
        self._organisation = token(organisation)
        self._source = f"/{organisation}/{service}"
        self._stream = stream
        self._names: dict[tuple[str, str], tuple[str, str]] = {}

    def of(self, row: Row) -> Outgoing:
        subject, type_ = self._named(row.network, row.route)
        event = Event(
            id=event_id(row.position, row.digest),
            source=self._source,
            type=type_,
            time=row.recorded_at,
            network=NetworkId(row.network),
            record=RecordId(row.record),
            sequence=row.sequence,
            digest=row.digest,
        )
        found = headers(event)
        found["Nats-Msg-Id"] = event.message_id
        found["Nats-Expected-Stream"] = self._stream
        return Outgoing(subject, row.body.encode(), found)

    def _named(self, network: str, route: str) -> tuple[str, str]:
        """Subject and CloudEvents type, as `contracts.event` builds them from the fact's class."""
        names = self._names.get((network, route))
        if names is None:
            audience, what = route.split(".", 1)
            subject = f"evt.{token(network)}.{self._organisation}.{audience}.{self._service}.{what}.v1"
            names = self._names[network, route] = (subject, f"{self._service}.{what}.v1")
        return names
