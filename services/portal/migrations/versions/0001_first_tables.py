"""First tables: the chassis's, sessions, sign-ins under way, drafts."""

from alembic import op
from sqlalchemy import Column, LargeBinary, PrimaryKeyConstraint, String, Text, UniqueConstraint

from services.chassis import schema
from services.chassis.columns import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema.create(op)  # type: ignore[arg-type] # the module stands for the operations under way
    op.create_table(
        "sessions",
        Column("id", String(length=80), nullable=False),
        Column("digest", String(length=64), nullable=False),
        Column("person", String(length=64), nullable=False),
        Column("agent", String(length=80), nullable=False),
        Column("started_at", Moment(), nullable=False),
        Column("seen_at", Moment(), nullable=False),
        Column("ends_at", Moment(), nullable=False),
        Column("tokens", LargeBinary(), nullable=False),
        Column("standing", LargeBinary(), nullable=False),
        Column("note", Text(), nullable=True),
        PrimaryKeyConstraint("id", name="sessions_key"),
        UniqueConstraint("digest", name="sessions_digest_once"),
    )
    op.create_index("sessions_by_person", "sessions", ["person"])
    op.create_index("sessions_by_ends_at", "sessions", ["ends_at"])
    op.create_table(
        "sign_ins",
        Column("state", String(length=64), nullable=False),
        Column("visitor", String(length=64), nullable=False),
        Column("begun_at", Moment(), nullable=False),
        Column("sealed", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("state", name="sign_ins_key"),
    )
    op.create_index("sign_ins_by_begun_at", "sign_ins", ["begun_at"])
    op.create_table(
        "drafts",
        Column("owner", String(length=64), nullable=False),
        Column("path", String(length=300), nullable=False),
        Column("saved_at", Moment(), nullable=False),
        Column("sealed", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("owner", "path", name="drafts_key"),
    )
    op.create_index("drafts_by_saved_at", "drafts", ["saved_at"])


def downgrade() -> None:
    """Not offered: whoever goes back signs in again, on an empty database."""
    raise NotImplementedError("remove the portal's database and migrate anew: everybody signs in again")
