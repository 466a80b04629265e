"""Rows of exclusions. The reason stays here and never enters a fact."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, Index, Row, String, Table, Text, bindparam, select, text, tuple_, update

from contracts.ids import MemberId, NetworkId
from contracts.membership.leaving import ExclusionState
from services.chassis.columns import Moment
from services.chassis.database import Prepared, Transaction, upsert
from services.membership.folding import folded
from services.membership.leaving.rules import RUNNING, Exclusion
from services.membership.schema import metadata

exclusions = Table(
    "exclusions",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(40), nullable=False),
    Column("concerned", String(80), nullable=False),
    Column("requested_by", String(80), nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("state_since", Moment, nullable=False),
    Column("ballot", String(80)),
    Column("decided_at", Moment),
    Column("effective_at", Moment),
    Column("receipt_reason", Text),
    Column("words", Text, nullable=False, comment="The name of the member concerned, folded for search."),
)
_RUNNING = text("state IN ('requested', 'announced', 'passed')")
Index(
    "exclusions_running_once",
    exclusions.c.network,
    exclusions.c.concerned,
    unique=True,
    sqlite_where=_RUNNING,
    postgresql_where=_RUNNING,
)
Index("exclusions_in_time", exclusions.c.network, exclusions.c.requested_at, exclusions.c.id)
Index(
    "exclusions_running",
    exclusions.c.network,
    exclusions.c.requested_at,
    exclusions.c.id,
    sqlite_where=_RUNNING,
    postgresql_where=_RUNNING,
)
Index("exclusions_in_order", exclusions.c.network, exclusions.c.id)
Index("exclusions_waiting", exclusions.c.network, exclusions.c.state, exclusions.c.state_since)


class Stored(Struct, frozen=True, kw_only=True):
    """An exclusion with what is kept beside its state."""

    exclusion: Exclusion
    reason: str
    requested_at: datetime
    state_since: datetime


_here = exclusions.c.id == bindparam("exclusion")
_load = select(exclusions).where(exclusions.c.network == bindparam("in_network"), _here)
_lock = _load.with_for_update()
_all = select(exclusions).where(exclusions.c.network == bindparam("in_network"))
_page = (
    _all.where((bindparam("before") == "") | (exclusions.c.id < bindparam("before")))
    .order_by(exclusions.c.id.desc())
    .limit(bindparam("most"))
)
_waiting = _all.where(exclusions.c.state.in_(("requested", "passed"))).order_by(exclusions.c.state_since)
_concerning = _all.where(
    exclusions.c.concerned == bindparam("member"), exclusions.c.state.in_([state.value for state in RUNNING])
)
_save = (
    update(exclusions)
    .where(_here)
    .values(
        state=bindparam("new_state"), state_since=bindparam("at"), ballot=bindparam("new_ballot"),
        decided_at=bindparam("new_decided"), effective_at=bindparam("new_effective"),
    )
)  # fmt: skip
_ADDED = ("id", "network", "concerned", "requested_by", "requested_at", "reason", "state", "state_since", "words")
_add = {
    dialect: Prepared(upsert(exclusions, dialect).on_conflict_do_nothing(), _ADDED)
    for dialect in ("sqlite", "postgresql")
}
_concerned = select(exclusions.c.id, exclusions.c.concerned).where(
    exclusions.c.network == bindparam("in_network"), exclusions.c.id.in_(bindparam("ids", expanding=True))
)
_note = update(exclusions).where(_here).values(receipt_reason=bindparam("why"))


def _stored(row: Row[Any]) -> Stored:
    exclusion = Exclusion(
        id=row.id, network=row.network, concerned=row.concerned, requested_by=row.requested_by,
        state=ExclusionState(row.state), ballot=row.ballot, decided_at=row.decided_at, effective_at=row.effective_at,
    )  # fmt: skip
    return Stored(exclusion=exclusion, reason=row.reason, requested_at=row.requested_at, state_since=row.state_since)


def add(tx: Transaction, stored: Stored, name: str) -> bool:
    """`name`: of the member concerned. False: an exclusion of the same member is running."""
    found = stored.exclusion
    values = {
        "id": found.id,
        "network": found.network,
        "concerned": found.concerned,
        "requested_by": found.requested_by,
        "requested_at": stored.requested_at,
        "reason": stored.reason,
        "state": found.state.value,
        "state_since": stored.state_since,
        "words": folded(name),
    }
    return tx.run(_add[tx.dialect], **values) == 1


def find(tx: Transaction, network: NetworkId, exclusion: str, *, lock: bool = False) -> Stored | None:
    """One exclusion; with `lock` its row is held until the transaction ends."""
    row = tx.execute(_lock if lock else _load, {"in_network": network, "exclusion": exclusion}).first()
    return _stored(row) if row else None


def save(tx: Transaction, exclusion: Exclusion, at: datetime) -> None:
    tx.execute(
        _save,
        {
            "exclusion": exclusion.id,
            "new_state": exclusion.state.value,
            "at": at,
            "new_ballot": exclusion.ballot,
            "new_decided": exclusion.decided_at,
            "new_effective": exclusion.effective_at,
        },
    )


def note_receipt(tx: Transaction, exclusion: str, reason: str) -> None:
    """Keeps what the office wrote about how the message reached the member concerned (T2)."""
    tx.execute(_note, {"exclusion": exclusion, "why": reason})


def page(tx: Transaction, network: NetworkId, before: str, most: int) -> list[Stored]:
    """The newest first."""
    return [_stored(row) for row in tx.execute(_page, {"in_network": network, "before": before, "most": most})]


def in_time(
    tx: Transaction, network: NetworkId, running: bool | None, before: tuple[datetime, str], most: int
) -> list[Stored]:
    """By the request's moment, the newest first, from a position on. `running` True: only those that go on, False: only
    those that are over."""
    asked = select(exclusions).where(
        exclusions.c.network == network,
        tuple_(exclusions.c.requested_at, exclusions.c.id) < tuple_(*before),
    )
    if running is not None:
        asked = asked.where(_RUNNING if running else exclusions.c.state.not_in([state.value for state in RUNNING]))
    rows = tx.execute(asked.order_by(exclusions.c.requested_at.desc(), exclusions.c.id.desc()).limit(most))
    return [_stored(row) for row in rows]


def with_words(
    tx: Transaction, network: NetworkId, words: Sequence[str], before: str, most: int, *, announced: bool
) -> list[Stored]:
    """Those with all the folded words in the name of the member concerned; the newest first."""
    asked = _page.where(exclusions.c.ballot.is_not(None)) if announced else _page
    asked = asked.where(*(exclusions.c.words.contains(word, autoescape=True) for word in words))
    return [_stored(row) for row in tx.execute(asked, {"in_network": network, "before": before, "most": most})]


def concerned(tx: Transaction, network: NetworkId, ids: Sequence[str]) -> dict[str, MemberId]:
    """The members concerned."""
    return {row.id: row.concerned for row in tx.execute(_concerned, {"in_network": network, "ids": list(ids)})}


def waiting(tx: Transaction, network: NetworkId) -> list[Stored]:
    """Those in which the office has the next step."""
    return [_stored(row) for row in tx.execute(_waiting, {"in_network": network})]


def concerning(tx: Transaction, network: NetworkId, member: MemberId) -> list[Stored]:
    """The running exclusions of one member: one at most."""
    return [_stored(row) for row in tx.execute(_concerning, {"in_network": network, "member": member})]
