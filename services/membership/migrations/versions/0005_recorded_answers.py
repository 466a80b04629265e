"""How and when an applicant's answer reached the office, and who gave it (A2)."""

from alembic import op
from sqlalchemy import Column, String, Text

from services.chassis.columns import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("applications", Column("answered_at", Moment(), nullable=True))
    way = "Of an answer that the office recorded."
    op.add_column("applications", Column("answer_way", String(length=20), nullable=True, comment=way))
    op.add_column("applications", Column("answer_from", Text(), nullable=True, comment="Who gave it."))


def downgrade() -> None:
    """Not offered on purpose: dropping tables would drop the proof of what was decided."""
    raise NotImplementedError("restore the backup that was made before the upgrade")
