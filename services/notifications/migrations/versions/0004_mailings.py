"""What one fact sends to all members, as a whole; those of the past are gathered from their notices."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, String, Text

from services.chassis.columns import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailings",
        Column("source", String(length=300), nullable=False, comment="The fact that asked for it."),
        Column("purpose", String(length=40), nullable=False),
        Column("network", String(length=80), nullable=False),
        Column("about", String(length=80), nullable=False),
        Column("content", Text(), nullable=False, comment="Of its first notice."),
        Column("created_at", Moment(), nullable=False),
        PrimaryKeyConstraint("source", "purpose", name="mailings_key"),
    )
    op.create_index("mailings_of_network", "mailings", ["network", "created_at", "source"])
    op.execute(
        "INSERT INTO mailings (source, purpose, network, about, content, created_at)"
        " SELECT notices.source, notices.purpose, notices.network, notices.about, notices.content, notices.created_at"
        " FROM notices JOIN (SELECT min(id) AS first FROM notices"
        " WHERE addressee = 'member' AND purpose IN"
        " ('admission-ballot', 'exclusion-ballot', 'ballot-result', 'resignation', 'directory')"
        " GROUP BY source, purpose) AS firsts"
        " ON firsts.first = notices.id"
    )


def downgrade() -> None:
    """Not offered on purpose: dropping tables would drop the proof of what was sent."""
    raise NotImplementedError("restore the backup that was made before the upgrade")
