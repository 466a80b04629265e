"""When a link to confirm another address was last asked for."""

from alembic import op
from sqlalchemy import Column

from services.chassis.columns import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    asked = "Real time; when a link to confirm an address was last asked for."
    op.add_column("preferences", Column("redirect_sent_at", Moment(), nullable=True, comment=asked))


def downgrade() -> None:
    """Not offered on purpose: dropping tables would drop the proof of what was sent."""
    raise NotImplementedError("restore the backup that was made before the upgrade")
