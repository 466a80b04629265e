"""First tables."""

from alembic import op

from services.chassis import schema
from services.notifications.networks import tables as networks
from services.notifications.notices import reminder_tables, tables
from services.notifications.schema import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_DECLARED = (networks, tables, reminder_tables)
"""Importing them declares the tables."""


def upgrade() -> None:
    schema.create(op)  # type: ignore[arg-type] # the module stands for the operations under way
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
