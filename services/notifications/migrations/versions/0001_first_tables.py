"""First tables: the chassis's, the projection of networks, notices with their steps and attempts, reminders."""

from alembic import op
from sqlalchemy import Boolean, Column, Integer, PrimaryKeyConstraint, String, Text, UniqueConstraint, text

from services.chassis import schema
from services.chassis.columns import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema.create(op)  # type: ignore[arg-type] # the module stands for the operations under way
    _projection()
    _notices()
    _reminders()


def downgrade() -> None:
    """Not offered on purpose: dropping tables would drop the proof of what was decided."""
    raise NotImplementedError("restore the backup that was made before the upgrade")


def _projection() -> None:
    op.create_table(
        "networks",
        Column("id", String(length=80), nullable=False),
        Column("sandbox", Boolean(), nullable=False),
        Column("time_zone", String(length=80), nullable=False),
        PrimaryKeyConstraint("id", name="networks_key"),
    )
    op.create_table(
        "offices",
        Column("network", String(length=80), nullable=False),
        Column("member", String(length=80), nullable=True),
        Column("since", Moment(), nullable=False),
        PrimaryKeyConstraint("network", name="offices_key"),
    )
    op.create_table(
        "members",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=80), nullable=False),
        Column("joined_at", Moment(), nullable=True),
        Column("left_at", Moment(), nullable=True),
        PrimaryKeyConstraint("id", name="members_key"),
    )
    op.create_index("members_of_network", "members", ["network", "id"], unique=False)
    op.create_table(
        "ballots",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=80), nullable=False),
        Column("opening", Text(), nullable=False),
        PrimaryKeyConstraint("id", name="ballots_key"),
    )
    op.create_table(
        "exclusions",
        Column("id", String(length=80), nullable=False),
        Column("concerned", String(length=80), nullable=False),
        PrimaryKeyConstraint("id", name="exclusions_key"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=80), nullable=False),
        Column("source", String(length=300), nullable=False, comment="The fact or reminder that asked for it."),
        Column("purpose", String(length=40), nullable=False),
        Column("about", String(length=80), nullable=False),
        Column("member", String(length=80), nullable=True),
        Column(
            "recipient",
            String(length=80),
            nullable=False,
            comment="The member, or what it is about where there is none.",
        ),
        Column("addressee", String(length=20), nullable=False),
        Column("channel", String(length=20), nullable=False),
        Column("content", Text(), nullable=False),
        Column("reminder_of", String(length=80), nullable=True),
        Column("state", String(length=20), nullable=False),
        Column("sending", Integer(), nullable=False),
        Column("seen_in", Integer(), nullable=False),
        Column("created_at", Moment(), nullable=False),
        Column("confirmed_at", Moment(), nullable=True),
        Column("language", String(length=10), nullable=True),
        Column("failure", Text(), nullable=True),
        Column("attempts", Integer(), nullable=False),
        Column("due_at", Moment(), nullable=True),
        Column("first_tried_at", Moment(), nullable=True, comment="Real time, of the present sending."),
        Column("leased_until", Moment(), nullable=True),
        Column("fence", Integer(), nullable=False),
        PrimaryKeyConstraint("id", name="notices_key"),
        UniqueConstraint("source", "purpose", "recipient", "addressee", name="notices_never_twice"),
    )
    op.create_index("notices_about", "notices", ["about", "member", "id"], unique=False)
    op.create_index(
        "notices_due",
        "notices",
        ["due_at"],
        unique=False,
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    )
    op.create_index("notices_of_member", "notices", ["network", "member", "id"], unique=False)
    op.create_index("notices_of_network", "notices", ["network", "id"], unique=False)
    op.create_index(
        "notices_undelivered",
        "notices",
        ["network", "id"],
        unique=False,
        sqlite_where=text("state IN ('bounced', 'failed')"),
        postgresql_where=text("state IN ('bounced', 'failed')"),
    )
    op.create_table(
        "steps",
        Column("notice", String(length=80), nullable=False),
        Column("sequence", Integer(), nullable=False),
        Column("sending", Integer(), nullable=False),
        Column("state", String(length=20), nullable=False),
        Column("at", Moment(), nullable=False),
        Column("evidence", Text(), nullable=False),
        PrimaryKeyConstraint("notice", "sequence", name="steps_key"),
    )
    op.create_table(
        "attempts",
        Column("notice", String(length=80), nullable=False),
        Column("number", Integer(), nullable=False),
        Column("sending", Integer(), nullable=False),
        Column("begun_at", Moment(), nullable=False, comment="Real time, just before the message goes over the wire."),
        Column("ended_at", Moment(), nullable=True),
        Column("result", String(length=200), nullable=True, comment="NULL: in doubt."),
        PrimaryKeyConstraint("notice", "number", name="attempts_key"),
    )


def _reminders() -> None:
    op.create_table(
        "reminders",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=80), nullable=False),
        Column("about", String(length=80), nullable=False),
        Column("recipient", String(length=80), nullable=False, comment="The member; empty for an applicant."),
        Column("purpose", String(length=40), nullable=False),
        Column("number", Integer(), nullable=False),
        Column("due_at", Moment(), nullable=False),
        Column("wake_at", Moment(), nullable=True, comment="As due_at while it waits, else NULL."),
        Column("reminder", Text(), nullable=False),
        Column("state", String(length=20), nullable=False, comment="waiting, sent, overtaken, stopped"),
        PrimaryKeyConstraint("id", name="reminders_key"),
    )
    op.create_index("reminders_plan", "reminders", ["about", "recipient", "purpose", "number"], unique=True)
    op.create_index("reminders_waking", "reminders", ["wake_at"], unique=False)
    op.create_index("reminders_waking_there", "reminders", ["network", "wake_at"], unique=False)
    op.create_table(
        "stops",
        Column("about", String(length=80), nullable=False),
        Column("recipient", String(length=80), nullable=False, comment="Empty: everybody's."),
        Column("purpose", String(length=40), nullable=False),
        PrimaryKeyConstraint("about", "recipient", "purpose", name="stops_key"),
    )
