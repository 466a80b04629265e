"""The journal: append-only facts in the transaction of the state. Audit, outbox and replay are this one table.

Every record (a ballot, a network) has a hash chain of its own. `turn` is the order in which the relay takes rows: on
PostgreSQL the transaction's id, but never below that of the record's row before. A transaction that began early and
then waited for the record would otherwise be relayed before the one that it waited for. Everything below the oldest
running transaction is final, so the relay may pass (turn, position) without leaving anything behind. SQLite commits
one after the other: there `turn` is 0 and the position suffices.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import Text, bindparam, select, text

from contracts.event import Fact
from contracts.ids import NetworkId
from contracts.journal import JournalEntry
from services.chassis.chain import GENESIS, Fault, Head, heads, link, link_parts, verify, written
from services.chassis.columns import Moment
from services.chassis.relay import Relay, replay
from services.chassis.schema import journal
from services.chassis.transaction import Prepared, Transaction

__all__ = ["Fault", "Head", "Relay", "entries", "heads", "record", "replay", "replay_facts", "verify"]

AnyFact = TypeVar("AnyFact", bound=Fact)

_COLUMNS = [
    "turn",
    "network",
    "record",
    "sequence",
    "kind",
    "route",
    "body",
    "recorded_at",
    "actor",
    "previous",
    "digest",
]
_TEXTS = ("network", "record", "kind", "route", "body", "actor", "genesis", "before", "after")
_HEAD = Prepared(
    select(journal.c.sequence, journal.c.digest)
    .where(journal.c.record == bindparam("of"))
    .order_by(journal.c.sequence.desc())
    .limit(1)
)
_APPEND = Prepared(journal.insert(), _COLUMNS)
_APPEND_THERE = Prepared(
    text("""
        INSERT INTO journal
            (turn, network, record, sequence, kind, route, body, recorded_at, actor, previous, digest)
        SELECT
            greatest(pg_current_xact_id()::text::bigint, head.turn), :network, :record, coalesce(head.sequence, 0) + 1,
            :kind, :route, :body, :recorded_at, :actor, coalesce(head.digest, :genesis),
            encode(sha256(convert_to(
                coalesce(head.digest, :genesis) || :before || (coalesce(head.sequence, 0) + 1)::text || :after, 'UTF8'
            )), 'hex')
        FROM (VALUES (1)) AS one LEFT JOIN LATERAL
            (SELECT sequence, digest, turn FROM journal WHERE record = :record ORDER BY sequence DESC LIMIT 1) AS head
            ON true
    """).bindparams(*(bindparam(name, type_=Text) for name in _TEXTS), bindparam("recorded_at", type_=Moment))
)
"""On PostgreSQL the server links the row to the one before: a round trip less for each command."""
_encoder = msgspec.json.Encoder(order="deterministic")


def record(
    tx: Transaction,
    *,
    network: NetworkId,
    record: str,
    facts: Sequence[Fact],
    now: datetime,
    actor: str | None = None,
) -> None:
    """Appends facts to a record, chained to what it has. `now`: the network's moment; `actor`: an opaque id.

    Call it under the lock of the row whose state changes. Two transactions that append to one record without a lock
    are told apart by the chain's unique constraint; PostgreSQL then runs the later one again.
    """
    if not facts:
        return
    if now.tzinfo is None:
        raise ValueError("a moment needs a time zone; pass an aware datetime")
    now = now.astimezone(UTC)
    if tx.dialect == "sqlite":
        _append_here(tx, network, record, facts, now, actor)
    else:
        _append_there(tx, network, record, facts, now, actor)
    tx.journaled = True


def _append_here(
    tx: Transaction, network: str, record: str, facts: Sequence[Fact], now: datetime, actor: str | None
) -> None:
    found = tx.rows(_HEAD, of=record)
    sequence, previous = found[0] if found else (0, GENESIS)
    at = written(now)
    rows = []
    for fact in facts:
        sequence += 1
        kind, route = _named(type(fact))
        body = _encoder.encode(fact).decode()
        digest = link(previous, network, record, sequence, kind, body, at, actor)
        row = {"network": network, "record": record, "sequence": sequence, "kind": kind, "route": route, "body": body}
        row |= {"recorded_at": now, "actor": actor, "previous": previous, "digest": digest, "turn": 0}
        rows.append(row)
        previous = digest
    tx.run_many(_APPEND, rows)


def _append_there(
    tx: Transaction, network: str, record: str, facts: Sequence[Fact], now: datetime, actor: str | None
) -> None:
    for fact in facts:
        kind, route = _named(type(fact))
        body = _encoder.encode(fact).decode()
        before, after = link_parts(network, record, kind, body, written(now), actor)
        tx.run(
            _APPEND_THERE,
            network=network,
            record=record,
            kind=kind,
            route=route,
            body=body,
            recorded_at=now,
            actor=actor,
            genesis=GENESIS,
            before=before,
            after=after,
        )


_names: dict[type[Fact], tuple[str, str | None]] = {}


def _named(fact: type[Fact]) -> tuple[str, str | None]:
    """A fact's kind, and its route on the bus if it leaves at all."""
    names = _names.get(fact)
    if names is None:
        route = f"{fact.audience}.{fact.entity}.{fact.event}" if fact.public else None
        names = _names[fact] = (cast(str, fact.__struct_config__.tag), route)
    return names


def entries(
    tx: Transaction,
    record: str | None = None,
    network: str | None = None,
    after: int = 0,
    limit: int = 1000,
) -> list[JournalEntry]:
    """Rows after a position, in order of position: of one record, one network, or all."""
    statement = select(journal).where(journal.c.position > after).order_by(journal.c.position).limit(limit)
    if record is not None:
        statement = statement.where(journal.c.record == record)
    if network is not None:
        statement = statement.where(journal.c.network == network)
    return [_entry(row) for row in tx.execute(statement).mappings()]


def _entry(row: Any) -> JournalEntry:
    return JournalEntry(
        position=row["position"],
        network=row["network"],
        record=row["record"],
        sequence=row["sequence"],
        kind=row["kind"],
        body=row["body"],
        recorded_at=written(row["recorded_at"]),
        actor=row["actor"],
        previous=row["previous"],
        digest=row["digest"],
    )


def replay_facts(tx: Transaction, record: str, types: tuple[type[AnyFact], ...]) -> list[AnyFact]:
    """A record's facts of the given types, in order; other kinds are passed over."""
    kinds = {_named(kind)[0]: kind for kind in types}
    statement = (
        select(journal.c.kind, journal.c.body)
        .where(journal.c.record == record, journal.c.kind.in_(kinds))
        .order_by(journal.c.sequence)
    )
    return [msgspec.json.decode(row.body, type=kinds[row.kind]) for row in tx.execute(statement)]
