"""Rows of webhooks, of what is to be delivered to them, and of every attempt. `due_at` is real time."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, structs
from sqlalchemy import (
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)

from contracts.ids import DeliveryId, MemberId, NetworkId, WebhookId
from services.chassis.database import Encoded, Moment, Prepared, Transaction
from services.notifications.schema import metadata

State = Literal["active", "paused", "failing"]
DeliveryState = Literal["waiting", "delivered", "failed"]

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(80), nullable=False),
    Column("member", String(80), nullable=False),
    Column("url", Text, nullable=False),
    Column("types", Encoded[list[str]](list[str]), nullable=False),
    Column("state", String(20), nullable=False, comment="active, paused, failing"),
    Column("version", Integer, nullable=False),
    Column("secret", Text, nullable=False, comment="Sealed."),
    Column("old_secret", Text, comment="Sealed; signs beside the new one until its end."),
    Column("old_secret_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("last_success_at", Moment),
)
Index("webhooks_of_member", webhooks.c.network, webhooks.c.member, webhooks.c.id)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("webhook", String(80), nullable=False),
    Column("network", String(80), nullable=False),
    Column("change", Integer, comment="NULL: a test."),
    Column("type", String(120), nullable=False),
    Column("about", Encoded[dict[str, str]](dict[str, str]), nullable=False),
    Column("at", Moment, nullable=False, comment="Of the change, by the network's clock."),
    Column("state", String(20), nullable=False, comment="waiting, delivered, failed"),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, comment="Real time; NULL: nothing to send."),
    Column("tries", Integer, nullable=False, comment="Since it was asked for (again)."),
    Column("leased_until", Moment),
    Column("fence", Integer, nullable=False),
)
_QUEUED = text("due_at IS NOT NULL")
Index("deliveries_due", deliveries.c.due_at, sqlite_where=_QUEUED, postgresql_where=_QUEUED)
Index("deliveries_of_webhook", deliveries.c.webhook, deliveries.c.id)
Index("deliveries_created_at", deliveries.c.created_at)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("delivery", String(80), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("status", Integer),
    Column("failure", String(40)),
    Column("milliseconds", Integer, nullable=False),
)


class Webhook(Struct, frozen=True, kw_only=True):
    """One webhook as stored."""

    id: WebhookId
    network: NetworkId
    member: MemberId
    url: str
    types: list[str]
    state: State
    version: int
    secret: str
    old_secret: str | None
    old_secret_until: datetime | None
    created_at: datetime
    last_success_at: datetime | None


class Sending(Struct, frozen=True, kw_only=True):
    """One delivery as stored."""

    id: DeliveryId
    webhook: WebhookId
    network: NetworkId
    change: int | None
    type: str
    about: dict[str, str]
    at: datetime
    state: DeliveryState
    created_at: datetime
    due_at: datetime | None
    tries: int
    fence: int


# Webhooks ------------------------------------------------------------------------------------------------------------

_LISTENING = Prepared(
    select(webhooks.c.id, webhooks.c.member, webhooks.c.types).where(
        webhooks.c.network == bindparam("network"), webhooks.c.state == "active"
    )
)


def add(tx: Transaction, webhook: Webhook) -> None:
    tx.execute(webhooks.insert().values(**structs.asdict(webhook)))


def find(tx: Transaction, webhook: str, *, lock: bool = False) -> Webhook | None:
    """A webhook; with `lock` it stays as it is until the transaction's end."""
    statement = select(webhooks).where(webhooks.c.id == webhook)
    row = tx.execute(statement.with_for_update() if lock and tx.dialect == "postgresql" else statement).first()
    return _webhook(row) if row is not None else None


def save(tx: Transaction, webhook: str, **changed: Any) -> None:
    tx.execute(update(webhooks).where(webhooks.c.id == webhook).values(**changed))


def listed(tx: Transaction, network: NetworkId, member: MemberId, after: str, most: int) -> list[Webhook]:
    """A member's webhooks, oldest first."""
    mine = and_(webhooks.c.network == network, webhooks.c.member == member, webhooks.c.id > after)
    return [_webhook(row) for row in tx.execute(select(webhooks).where(mine).order_by(webhooks.c.id).limit(most))]


def count(tx: Transaction, network: NetworkId, member: MemberId) -> int:
    mine = and_(webhooks.c.network == network, webhooks.c.member == member)
    return int(tx.execute(select(func.count()).select_from(webhooks).where(mine)).scalar_one())


def listening(tx: Transaction, network: NetworkId) -> list[tuple[WebhookId, MemberId, list[str]]]:
    """The active webhooks of a network, with what each wants to hear."""
    return [(WebhookId(row[0]), MemberId(row[1]), row[2]) for row in tx.rows(_LISTENING, network=network)]


def remove(tx: Transaction, webhook: str) -> None:
    """With its secret and everything that was or is to be delivered."""
    mine = select(deliveries.c.id).where(deliveries.c.webhook == webhook)
    tx.execute(delete(delivery_attempts).where(delivery_attempts.c.delivery.in_(mine)))
    tx.execute(delete(deliveries).where(deliveries.c.webhook == webhook))
    tx.execute(delete(webhooks).where(webhooks.c.id == webhook))


def of_member(tx: Transaction, network: NetworkId, member: MemberId) -> list[WebhookId]:
    mine = and_(webhooks.c.network == network, webhooks.c.member == member)
    return [WebhookId(row[0]) for row in tx.execute(select(webhooks.c.id).where(mine))]


def every(tx: Transaction) -> list[Webhook]:
    return [_webhook(row) for row in tx.execute(select(webhooks))]


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        id=WebhookId(row.id), network=NetworkId(row.network), member=MemberId(row.member), url=row.url,
        types=row.types, state=row.state, version=row.version, secret=row.secret, old_secret=row.old_secret,
        old_secret_until=row.old_secret_until, created_at=row.created_at, last_success_at=row.last_success_at,
    )  # fmt: skip
