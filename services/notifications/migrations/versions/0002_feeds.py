"""The changes feed, webhooks with their deliveries, what people wish; in which function a notice's reader was told."""

from alembic import op
from sqlalchemy import Boolean, Column, Integer, PrimaryKeyConstraint, String, Text, text

from services.chassis.columns import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "notices",
        Column("role", String(length=20), nullable=True, comment="Of the recipient, as it was sent."),
    )
    _changes()
    _webhooks()
    _preferences()


def downgrade() -> None:
    """Not offered on purpose: dropping tables would drop the proof of what was sent."""
    raise NotImplementedError("restore the backup that was made before the upgrade")


def _changes() -> None:
    op.create_table(
        "feeds",
        Column("network", String(length=80), nullable=False),
        Column("last", Integer(), nullable=False, comment="The highest number given."),
        Column("forgotten", Integer(), nullable=False, comment="The highest number dropped; 0: none."),
        PrimaryKeyConstraint("network", name="feeds_key"),
    )
    op.create_table(
        "changes",
        Column("network", String(length=80), nullable=False),
        Column("id", Integer(), nullable=False, autoincrement=False),
        Column("type", String(length=120), nullable=False),
        Column("about", Text(), nullable=False),
        Column("office_only", Boolean(), nullable=False),
        Column("at", Moment(), nullable=False, comment="When the fact was recorded, by the network's clock."),
        Column("noted_at", Moment(), nullable=False, comment="Real time; changes are dropped by it."),
        PrimaryKeyConstraint("network", "id", name="changes_key"),
    )
    op.create_index("changes_noted_at", "changes", ["noted_at"], unique=False)
    op.create_table(
        "announced_applications",
        Column("application", String(length=80), nullable=False),
        PrimaryKeyConstraint("application", name="announced_applications_key"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=80), nullable=False),
        Column("member", String(length=80), nullable=False),
        Column("url", Text(), nullable=False),
        Column("types", Text(), nullable=False),
        Column("state", String(length=20), nullable=False, comment="active, paused, failing"),
        Column("version", Integer(), nullable=False),
        Column("secret", Text(), nullable=False, comment="Sealed."),
        Column("old_secret", Text(), nullable=True, comment="Sealed; signs beside the new one until its end."),
        Column("old_secret_until", Moment(), nullable=True),
        Column("created_at", Moment(), nullable=False),
        Column("last_success_at", Moment(), nullable=True),
        PrimaryKeyConstraint("id", name="webhooks_key"),
    )
    op.create_index("webhooks_of_member", "webhooks", ["network", "member", "id"], unique=False)
    op.create_table(
        "deliveries",
        Column("id", String(length=80), nullable=False),
        Column("webhook", String(length=80), nullable=False),
        Column("network", String(length=80), nullable=False),
        Column("change", Integer(), nullable=True, comment="NULL: a test."),
        Column("type", String(length=120), nullable=False),
        Column("about", Text(), nullable=False),
        Column("at", Moment(), nullable=False, comment="Of the change, by the network's clock."),
        Column("state", String(length=20), nullable=False, comment="waiting, delivered, failed"),
        Column("created_at", Moment(), nullable=False),
        Column("due_at", Moment(), nullable=True, comment="Real time; NULL: nothing to send."),
        Column("tries", Integer(), nullable=False, comment="Since it was asked for (again)."),
        Column("leased_until", Moment(), nullable=True),
        Column("fence", Integer(), nullable=False),
        PrimaryKeyConstraint("id", name="deliveries_key"),
    )
    waiting = text("due_at IS NOT NULL")
    op.create_index(
        "deliveries_due", "deliveries", ["due_at"], unique=False, sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("deliveries_of_webhook", "deliveries", ["webhook", "id"], unique=False)
    op.create_index("deliveries_created_at", "deliveries", ["created_at"], unique=False)
    op.create_table(
        "delivery_attempts",
        Column("delivery", String(length=80), nullable=False),
        Column("number", Integer(), nullable=False),
        Column("at", Moment(), nullable=False),
        Column("status", Integer(), nullable=True),
        Column("failure", String(length=40), nullable=True),
        Column("milliseconds", Integer(), nullable=False),
        PrimaryKeyConstraint("delivery", "number", name="delivery_attempts_key"),
    )


def _preferences() -> None:
    op.create_table(
        "preferences",
        Column("network", String(length=80), nullable=False),
        Column("person", String(length=80), nullable=False),
        Column("member", String(length=80), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("wishes", Text(), nullable=False),
        Column("redirect_asked", Integer(), nullable=False, comment="The version that brought the other address."),
        Column("redirect_confirmed", Boolean(), nullable=False),
        PrimaryKeyConstraint("network", "person", name="preferences_key"),
    )
    op.create_index("preferences_of_member", "preferences", ["network", "member"], unique=False)
