"""Access: API keys, providers that speak for one member, invitations; answers that hold a secret are emptied."""

from alembic import op
from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    column,
    table,
    text,
)

from services.chassis.columns import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("members", Column("issuer", Text(), nullable=True))
    op.create_index(
        "members_of_issuer",
        "members",
        ["network", "issuer"],
        unique=True,
        sqlite_where=text("issuer IS NOT NULL AND left_at IS NULL"),
        postgresql_where=text("issuer IS NOT NULL AND left_at IS NULL"),
    )
    op.add_column("persons", Column("invited_until", Moment(), nullable=True))
    _keys()
    answers = table("answers", column("method", String), column("answer", LargeBinary))
    op.execute(answers.update().where(answers.c.method == "apply").values(answer=b""))  # they held applicants' keys


def downgrade() -> None:
    """Not offered on purpose: dropping tables would drop the proof of what was decided."""
    raise NotImplementedError("restore the backup that was made before the upgrade")


def _keys() -> None:
    op.create_table(
        "api_keys",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=40), nullable=False),
        Column("member", String(length=80), nullable=False),
        Column("person", String(length=80), nullable=True, comment="Whose personal key it is."),
        Column("label", Text(), nullable=False),
        Column("scopes", Text(), nullable=False),
        Column("hint", String(length=20), nullable=False),
        Column("digest", String(length=64), nullable=True, comment="Hex SHA-256 of the secret."),
        Column("client_issuer", Text(), nullable=True),
        Column("client_subject", Text(), nullable=True),
        Column("created_at", Moment(), nullable=False),
        Column("expires_at", Moment(), nullable=False),
        Column("revoked_at", Moment(), nullable=True),
        ForeignKeyConstraint(["member"], ["members.id"], name="api_keys_member_known"),
        ForeignKeyConstraint(["person"], ["persons.id"], name="api_keys_person_known"),
        PrimaryKeyConstraint("id", name="api_keys_key"),
    )
    op.create_index("api_keys_by_digest", "api_keys", ["digest"], unique=True)
    op.create_index("api_keys_of_member", "api_keys", ["member", "id"], unique=False)
    op.create_index(
        "api_keys_of_client",
        "api_keys",
        ["client_issuer", "client_subject"],
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    )
