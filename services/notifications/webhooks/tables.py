"""Rows of webhooks, of what is to be delivered to them, and of every attempt. `due_at` is real time."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, text

from services.chassis.database import Encoded, Moment
from services.notifications.schema import metadata

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
