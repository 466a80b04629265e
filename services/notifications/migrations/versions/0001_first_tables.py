"""First tables."""

import importlib
from pathlib import Path

from alembic import op

from services.chassis import schema
from services.notifications.schema import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema.create(op)  # type: ignore[arg-type] # the module stands for the operations under way
    for found in sorted(Path(__file__).parent.parent.parent.glob("*/tables*.py")):
        importlib.import_module(f"services.notifications.{found.parent.name}.{found.stem}")
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
