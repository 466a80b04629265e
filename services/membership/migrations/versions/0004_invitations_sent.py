"""When an invitation was last sent, and to which function it invited."""

from alembic import op
from sqlalchemy import Column, String

from services.chassis.columns import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sent = "Real time; when an invitation was last sent."
    op.add_column("persons", Column("invited_at", Moment(), nullable=True, comment=sent))
    op.add_column("persons", Column("invited_as", String(length=20), nullable=True, comment="Function invited to."))


def downgrade() -> None:
    """Not offered on purpose: dropping tables would drop the proof of what was decided."""
    raise NotImplementedError("restore the backup that was made before the upgrade")
