"""Rows of applications. What an applicant wrote stays here and never enters a fact."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Column,
    Index,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)

from contracts.ids import ApplicationId, NetworkId
from contracts.membership.admission import ApplicationState
from contracts.membership.members import PersonDetails
from services.chassis.columns import Encoded, Moment
from services.chassis.database import Transaction
from services.chassis.deadlines import DueKey, due_keys
from services.membership.admission.rules import Application
from services.membership.folding import folded
from services.membership.schema import metadata

applications = Table(
    "applications",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("state_since", Moment, nullable=False),
    Column("name", Text, nullable=False),
    Column("field_of_work", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("contact", Encoded(PersonDetails), nullable=False),
    Column("representative", Encoded(PersonDetails), nullable=False),
    Column("deputy", Encoded(PersonDetails), nullable=False),
    Column("key_hash", String(64), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("question", Text),
    Column("answer", Text),
    Column("declined_because", Text),
    Column("ballot", String(80)),
    Column("decided_at", Moment),
    Column("welcomed_at", Moment),
    Column("expires_at", Moment),
    Column("due_at", Moment),
    Column("member", String(80)),
    Column("words", Text, nullable=False, comment="Name and field of work, folded for search."),
    Column("lapses_at", Moment, comment="While it is not confirmed."),
    Column("answered_at", Moment),
    Column("answer_way", String(20), comment="Of an answer that the office recorded."),
    Column("answer_from", Text, comment="Who gave it."),
)
Index("applications_in_order", applications.c.network, applications.c.id)
Index("applications_in_time", applications.c.network, applications.c.received_at, applications.c.id)
_RUNS = ("received", "questioned", "announced", "passed", "welcomed")
_RUNNING = text("state IN ('received', 'questioned', 'announced', 'passed', 'welcomed')")
Index(
    "applications_running",
    applications.c.network,
    applications.c.received_at,
    applications.c.id,
    sqlite_where=_RUNNING,
    postgresql_where=_RUNNING,
)
Index("applications_waiting", applications.c.network, applications.c.state, applications.c.state_since)
Index("applications_due", applications.c.due_at)
Index("applications_due_in_network", applications.c.network, applications.c.due_at)

NEWS_MAY_TAKE = timedelta(hours=1)
"""How long a confirmation that was given in time may be on its way here, as while the broker is away."""


class Texts(Struct, frozen=True, kw_only=True):
    """What the applicant and the office wrote (A1, A2)."""

    name: str
    field_of_work: str
    address: str
    contact: PersonDetails
    representative: PersonDetails
    deputy: PersonDetails
    question: str | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    answer_way: str | None = None
    answer_from: str | None = None


class Stored(Struct, frozen=True, kw_only=True):
    """An application with everything that is kept beside its state."""

    application: Application
    texts: Texts
    key_hash: str
    """Hex SHA-256 of the applicant's key."""
    received_at: datetime
    state_since: datetime


_here = applications.c.id == bindparam("application")
_load = select(applications).where(applications.c.network == bindparam("in_network"), _here)
_lock = _load.with_for_update()
_confirmed = applications.c.state != ApplicationState.UNCONFIRMED.value
_newest = select(applications).where(applications.c.network == bindparam("in_network"), _confirmed)
_announced = applications.c.ballot.is_not(None)
_waiting = (
    select(applications)
    .where(
        applications.c.network == bindparam("in_network"), applications.c.state.in_(("received", "passed", "welcomed"))
    )
    .order_by(applications.c.state_since)
)
_save = (
    update(applications)
    .where(_here)
    .values(
        state=bindparam("new_state"), state_since=bindparam("at"), ballot=bindparam("new_ballot"),
        decided_at=bindparam("new_decided"), welcomed_at=bindparam("new_welcomed"), expires_at=bindparam("new_expires"),
        due_at=bindparam("new_due"), member=bindparam("new_member"), lapses_at=bindparam("new_lapses"),
    )
)  # fmt: skip
_network = select(applications.c.network).where(_here)
_names = select(applications.c.id, applications.c.name).where(
    applications.c.network == bindparam("in_network"), applications.c.id.in_(bindparam("ids", expanding=True))
)


def _stored(row: Row[Any]) -> Stored:
    application = Application(
        id=row.id, network=row.network, state=ApplicationState(row.state), ballot=row.ballot, decided_at=row.decided_at,
        welcomed_at=row.welcomed_at, expires_at=row.expires_at, member=row.member, lapses_at=row.lapses_at,
    )  # fmt: skip
    texts = Texts(**{field: getattr(row, field) for field in Texts.__struct_fields__})
    return Stored(
        application=application, texts=texts, key_hash=row.key_hash, received_at=row.received_at,
        state_since=row.state_since,
    )  # fmt: skip


def add(tx: Transaction, stored: Stored) -> None:
    values = {field: getattr(stored.texts, field) for field in Texts.__struct_fields__}
    tx.execute(
        insert(applications),
        {
            **values,
            "id": stored.application.id,
            "network": stored.application.network,
            "state": stored.application.state.value,
            "state_since": stored.state_since,
            "key_hash": stored.key_hash,
            "received_at": stored.received_at,
            "lapses_at": stored.application.lapses_at,
            "due_at": _due(stored.application),
            "words": folded(f"{stored.texts.name} {stored.texts.field_of_work}"),
        },
    )


def find(tx: Transaction, network: NetworkId, application: str, *, lock: bool = False) -> Stored | None:
    """One application; with `lock` its row is held until the transaction ends."""
    row = tx.execute(_lock if lock else _load, {"in_network": network, "application": application}).first()
    return _stored(row) if row else None


def save(tx: Transaction, application: Application, at: datetime) -> None:
    """Keeps the state. The due moment stands on the row that it belongs to, while it is awaited."""
    tx.execute(
        _save,
        {
            "application": application.id,
            "new_state": application.state.value,
            "at": at,
            "new_ballot": application.ballot,
            "new_decided": application.decided_at,
            "new_welcomed": application.welcomed_at,
            "new_expires": application.expires_at,
            "new_due": _due(application),
            "new_member": application.member,
            "new_lapses": application.lapses_at,
        },
    )


def _due(application: Application) -> datetime | None:
    """What lapses is erased a little later: the news of a confirmation in time may still be on its way (T4)."""
    if application.state is ApplicationState.WELCOMED:
        return application.expires_at
    return application.lapses_at + NEWS_MAY_TAKE if application.lapses_at is not None else None


def receive(tx: Transaction, application: ApplicationId, at: datetime) -> None:
    """Keeps when an application from outside was received: at the confirmation of its address."""
    tx.execute(update(applications).where(applications.c.id == application).values(received_at=at))


def erase(tx: Transaction, application: ApplicationId) -> None:
    tx.execute(delete(applications).where(applications.c.id == application))


def write(tx: Transaction, application: ApplicationId, **texts: str) -> None:
    """Keeps a text: `question` or `declined_because`."""
    tx.execute(update(applications).where(applications.c.id == application).values(**texts))


def write_answer(
    tx: Transaction, application: ApplicationId, answer: str, at: datetime, way: str | None, told_by: str | None
) -> None:
    """Keeps the answer to the office's question; the newest takes the place of the one before."""
    values = {"answer": answer, "answered_at": at, "answer_way": way, "answer_from": told_by}
    tx.execute(update(applications).where(applications.c.id == application).values(**values))


def page(tx: Transaction, network: NetworkId, before: str | None, most: int, *, unannounced: bool) -> list[Stored]:
    """The newest first, without unconfirmed ones; those that were never put to the members only with `unannounced`."""
    asked = _newest.where(true() if unannounced else _announced)
    asked = asked.where(or_(bindparam("before") == "", applications.c.id < bindparam("before")))
    rows = tx.execute(
        asked.order_by(applications.c.id.desc()).limit(most), {"in_network": network, "before": before or ""}
    )
    return [_stored(row) for row in rows]


def waiting(tx: Transaction, network: NetworkId) -> list[Stored]:
    """Those in which the office has the next step."""
    return [_stored(row) for row in tx.execute(_waiting, {"in_network": network})]


def in_time(
    tx: Transaction, network: NetworkId, running: bool | None, before: tuple[datetime, str], most: int
) -> list[Stored]:
    """By arrival, the newest first, from a position on; without unconfirmed ones. `running` True: only those that go
    on, False: only those that are over."""
    asked = select(applications).where(
        applications.c.network == network,
        _confirmed,
        tuple_(applications.c.received_at, applications.c.id) < tuple_(*before),
    )
    if running is not None:
        asked = asked.where(_RUNNING if running else applications.c.state.not_in(_RUNS))
    rows = tx.execute(asked.order_by(applications.c.received_at.desc(), applications.c.id.desc()).limit(most))
    return [_stored(row) for row in rows]


def with_words(
    tx: Transaction, network: NetworkId, words: Sequence[str], before: str, most: int, *, unannounced: bool
) -> list[Stored]:
    """Those with all the folded words in name or field of work, as `page` shows them."""
    asked = _newest.where(true() if unannounced else _announced)
    asked = asked.where(or_(bindparam("before") == "", applications.c.id < bindparam("before")))
    asked = asked.where(*(applications.c.words.contains(word, autoescape=True) for word in words))
    rows = tx.execute(asked.order_by(applications.c.id.desc()).limit(most), {"in_network": network, "before": before})
    return [_stored(row) for row in rows]


def names(tx: Transaction, network: NetworkId, ids: Sequence[str]) -> dict[str, str]:
    """The applicants' names."""
    return {row.id: row.name for row in tx.execute(_names, {"in_network": network, "ids": list(ids)})}


def due(tx: Transaction, real_now: datetime, limit: int) -> list[DueKey]:
    """Applications whose time for the copy or for the confirmation is over, by each network's own clock."""
    columns = applications.c
    return due_keys(tx, key=columns.id, network=columns.network, due_at=columns.due_at, real_now=real_now, limit=limit)


def network_of(tx: Transaction, application: str) -> NetworkId | None:
    row = tx.execute(_network, {"application": application}).first()
    return NetworkId(row.network) if row else None
