"""Queries of deliveries: the queue, the log, its end. Whoever takes a delivery holds a lease with a rising fence."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, or_, select, update

from contracts.ids import DeliveryId, NetworkId, WebhookId
from contracts.notifications.webhooks import Attempt
from services.chassis.database import Moment, Prepared, Transaction
from services.notifications.webhooks.tables import Sending, deliveries, delivery_attempts, webhooks

_COLUMNS = [
    "id", "webhook", "network", "change", "type", "about", "at", "state", "created_at", "due_at", "tries", "fence",
]  # fmt: skip
_ADD = Prepared(deliveries.insert(), _COLUMNS)
_FREE = and_(
    deliveries.c.due_at <= bindparam("real_now", type_=Moment),
    or_(deliveries.c.leased_until.is_(None), deliveries.c.leased_until <= bindparam("real_now", type_=Moment)),
)
_DUE = Prepared(
    select(deliveries.c.webhook)
    .distinct()
    .select_from(deliveries.join(webhooks, webhooks.c.id == deliveries.c.webhook))
    .where(_FREE, webhooks.c.state == "active")
)


def add(tx: Transaction, rows: Sequence[Sending]) -> None:
    given = [{name: getattr(row, name) for name in _COLUMNS} for row in rows]
    if given:
        tx.run_many(_ADD, given)


def with_due(tx: Transaction, real_now: datetime, without: Collection[WebhookId]) -> list[WebhookId]:
    """Active webhooks for which something is due."""
    return [WebhookId(row[0]) for row in tx.rows(_DUE, real_now=real_now) if row[0] not in without]


def claim(tx: Transaction, webhook: WebhookId, real_now: datetime, until: datetime, most: int) -> list[Sending]:
    """Takes what is due for one webhook, oldest first; nobody else gets it before `until`."""
    due = select(deliveries.c.id).where(_FREE, deliveries.c.webhook == webhook).order_by(deliveries.c.id).limit(most)
    if tx.dialect == "postgresql":
        due = due.with_for_update(skip_locked=True)
    taken = [row[0] for row in tx.execute(due, {"real_now": real_now})]
    if not taken:
        return []
    leased = {"leased_until": until, "fence": deliveries.c.fence + 1}
    tx.execute(update(deliveries).where(deliveries.c.id.in_(taken)).values(**leased))
    rows = tx.execute(select(deliveries).where(deliveries.c.id.in_(taken)).order_by(deliveries.c.id))
    return [_sending(row) for row in rows]


def find(tx: Transaction, delivery: str, *, lock: bool = False) -> Sending | None:
    statement = select(deliveries).where(deliveries.c.id == delivery)
    row = tx.execute(statement.with_for_update() if lock and tx.dialect == "postgresql" else statement).first()
    return _sending(row) if row is not None else None


def save(tx: Transaction, delivery: str, **changed: Any) -> None:
    tx.execute(update(deliveries).where(deliveries.c.id == delivery).values(**changed))


def resume(tx: Transaction, webhook: WebhookId, real_now: datetime) -> None:
    """What waits is due at once."""
    waiting = and_(deliveries.c.webhook == webhook, deliveries.c.state == "waiting")
    tx.execute(update(deliveries).where(waiting).values(due_at=real_now, tries=0))


def listed(tx: Transaction, webhook: WebhookId, state: str | None, before: str | None, most: int) -> list[Sending]:
    """Newest first."""
    statement = select(deliveries).where(deliveries.c.webhook == webhook).order_by(deliveries.c.id.desc()).limit(most)
    if state is not None:
        statement = statement.where(deliveries.c.state == state)
    if before is not None:
        statement = statement.where(deliveries.c.id < before)
    return [_sending(row) for row in tx.execute(statement)]


def note_attempt(tx: Transaction, delivery: str, attempt: Attempt) -> None:
    number = len(attempts_of(tx, [delivery]).get(delivery, [])) + 1
    row = {"at": attempt.at, "status": attempt.status, "failure": attempt.failure}
    row |= {"milliseconds": attempt.milliseconds}
    tx.execute(delivery_attempts.insert().values(delivery=delivery, number=number, **row))


def attempts_of(tx: Transaction, wanted: Sequence[str]) -> dict[str, list[Attempt]]:
    """By delivery, in their order."""
    statement = select(delivery_attempts).where(delivery_attempts.c.delivery.in_(wanted))
    found: dict[str, list[Attempt]] = {}
    for row in tx.execute(statement.order_by(delivery_attempts.c.delivery, delivery_attempts.c.number)):
        attempt = Attempt(at=row.at, status=row.status, failure=row.failure, milliseconds=row.milliseconds)
        found.setdefault(row.delivery, []).append(attempt)
    return found


def forget(tx: Transaction, before: datetime) -> int:
    """Drops what came to its end and is older; gives the number of deliveries."""
    old = select(deliveries.c.id).where(deliveries.c.created_at < before, deliveries.c.state != "waiting")
    tx.execute(delete(delivery_attempts).where(delivery_attempts.c.delivery.in_(old)))
    return tx.execute(delete(deliveries).where(deliveries.c.id.in_(old))).rowcount


def _sending(row: Row[Any]) -> Sending:
    return Sending(
        id=DeliveryId(row.id), webhook=WebhookId(row.webhook), network=NetworkId(row.network), change=row.change,
        type=row.type, about=row.about, at=row.at, state=row.state, created_at=row.created_at, due_at=row.due_at,
        tries=row.tries, fence=row.fence,
    )  # fmt: skip
