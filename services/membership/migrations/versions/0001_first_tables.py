"""First tables: the chassis's, networks with their charters and calendars, members, procedures, ballots."""

from alembic import op
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    text,
)
from sqlalchemy.dialects import postgresql

from services.chassis import schema
from services.chassis.columns import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema.create(op)  # type: ignore[arg-type] # the module stands for the operations under way
    _networks()
    _members()
    _procedures()
    _ballots()


def downgrade() -> None:
    """Not offered on purpose: dropping tables would drop the proof of what was decided."""
    raise NotImplementedError("restore the backup that was made before the upgrade")


def _networks() -> None:
    op.create_table(
        "networks",
        Column("id", String(length=40), nullable=False),
        Column("name", Text(), nullable=False),
        Column("time_zone", Text(), nullable=False),
        Column("region", Text(), nullable=False),
        Column("languages", Text(), nullable=False),
        Column("charter_version", Integer(), nullable=False),
        Column("sandbox", Boolean(), nullable=False),
        Column("founded_at", Moment(), nullable=False),
        Column("office", String(length=80), nullable=True),
        Column("office_since", Moment(), nullable=True),
        Column("edition", Integer(), nullable=False),
        Column("began_at", Moment(), nullable=True),
        PrimaryKeyConstraint("id", name="networks_key"),
    )
    op.create_table(
        "charter_versions",
        Column("network", String(length=40), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("adopted_at", Moment(), nullable=False),
        Column("text", Text(), nullable=False),
        Column("charter", Text(), nullable=False),
        PrimaryKeyConstraint("network", "version", name="charter_versions_key"),
    )
    op.create_table(
        "calendars",
        Column("version", String(length=100), nullable=False),
        Column("region", String(length=20), nullable=False),
        Column("first_year", Integer(), nullable=False),
        Column("last_year", Integer(), nullable=False),
        Column("closed", Text(), nullable=False, comment="Day → its name."),
        PrimaryKeyConstraint("version", name="calendars_key"),
    )
    op.create_table(
        "heartbeat",
        Column("row", Integer(), autoincrement=False, nullable=False, comment="Always 1."),
        Column("beat_at", Moment(), nullable=False),
        PrimaryKeyConstraint("row", name="heartbeat_key"),
    )


def _members() -> None:
    op.create_table(
        "members",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=40), nullable=False),
        Column("name", Text(), nullable=False),
        Column("name_key", Text().with_variant(postgresql.TEXT(collation="C"), "postgresql"), nullable=False),
        Column("kind", Text(), nullable=False),
        Column("address", Text(), nullable=True),
        Column("joined_at", Moment(), nullable=False),
        Column("left_at", Moment(), nullable=True),
        Column("left_because", String(length=20), nullable=True),
        Column("application", String(length=80), nullable=True),
        PrimaryKeyConstraint("id", name="members_key"),
    )
    op.create_index("members_in_order", "members", ["network", "name_key", "id"], unique=False)
    op.create_index(
        "members_present_name",
        "members",
        ["network", "name_key"],
        unique=True,
        sqlite_where=text("left_at IS NULL"),
        postgresql_where=text("left_at IS NULL"),
    )
    op.create_table(
        "persons",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=40), nullable=False),
        Column("member", String(length=80), nullable=False),
        Column("name", Text(), nullable=False),
        Column("email", Text(), nullable=False),
        Column("language", String(length=10), nullable=False),
        Column("issuer", Text(), nullable=True),
        Column("subject", Text(), nullable=True),
        ForeignKeyConstraint(["member"], ["members.id"], name="persons_member_known"),
        PrimaryKeyConstraint("id", name="persons_key"),
    )
    op.create_index("persons_by_member", "persons", ["member"], unique=False)
    op.create_index("persons_by_sign_in", "persons", ["issuer", "subject", "network"], unique=False)
    op.create_table(
        "representations",
        Column("member", String(length=80), nullable=False),
        Column("role", String(length=20), nullable=False),
        Column("since", Date(), nullable=False),
        Column("network", String(length=40), nullable=False),
        Column("person", String(length=80), nullable=False),
        ForeignKeyConstraint(["member"], ["members.id"], name="representations_member_known"),
        ForeignKeyConstraint(["person"], ["persons.id"], name="representations_person_known"),
        PrimaryKeyConstraint("member", "role", "since", name="representations_key"),
    )
    op.create_index("representations_by_person", "representations", ["person"], unique=False)


def _procedures() -> None:
    op.create_table(
        "applications",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=40), nullable=False),
        Column("state", String(length=20), nullable=False),
        Column("state_since", Moment(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("field_of_work", Text(), nullable=False),
        Column("address", Text(), nullable=False),
        Column("contact", Text(), nullable=False),
        Column("representative", Text(), nullable=False),
        Column("deputy", Text(), nullable=False),
        Column("key_hash", String(length=64), nullable=False),
        Column("received_at", Moment(), nullable=False),
        Column("question", Text(), nullable=True),
        Column("answer", Text(), nullable=True),
        Column("declined_because", Text(), nullable=True),
        Column("ballot", String(length=80), nullable=True),
        Column("decided_at", Moment(), nullable=True),
        Column("welcomed_at", Moment(), nullable=True),
        Column("expires_at", Moment(), nullable=True),
        Column("due_at", Moment(), nullable=True),
        Column("member", String(length=80), nullable=True),
        PrimaryKeyConstraint("id", name="applications_key"),
    )
    op.create_index("applications_due", "applications", ["due_at"], unique=False)
    op.create_index("applications_due_in_network", "applications", ["network", "due_at"], unique=False)
    op.create_index("applications_in_order", "applications", ["network", "id"], unique=False)
    op.create_index("applications_waiting", "applications", ["network", "state", "state_since"], unique=False)
    op.create_table(
        "exclusions",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=40), nullable=False),
        Column("concerned", String(length=80), nullable=False),
        Column("requested_by", String(length=80), nullable=False),
        Column("requested_at", Moment(), nullable=False),
        Column("reason", Text(), nullable=False),
        Column("state", String(length=20), nullable=False),
        Column("state_since", Moment(), nullable=False),
        Column("ballot", String(length=80), nullable=True),
        Column("decided_at", Moment(), nullable=True),
        Column("effective_at", Moment(), nullable=True),
        Column("receipt_reason", Text(), nullable=True),
        PrimaryKeyConstraint("id", name="exclusions_key"),
    )
    op.create_index("exclusions_in_order", "exclusions", ["network", "id"], unique=False)
    op.create_index(
        "exclusions_running_once",
        "exclusions",
        ["network", "concerned"],
        unique=True,
        sqlite_where=text("state IN ('requested', 'announced', 'passed')"),
        postgresql_where=text("state IN ('requested', 'announced', 'passed')"),
    )
    op.create_index("exclusions_waiting", "exclusions", ["network", "state", "state_since"], unique=False)


def _ballots() -> None:
    op.create_table(
        "ballots",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=40), nullable=False),
        Column("subject", String(length=20), nullable=False),
        Column("subject_id", String(length=80), nullable=False),
        Column("open", Integer(), nullable=False, comment="1 or 0, as lists ask for it."),
        Column("secret", Boolean(), nullable=False),
        Column("opened_at", Moment(), nullable=False),
        Column(
            "due_at",
            Moment(),
            nullable=True,
            comment="When it is decided by the facts so far; NULL: over, or a receipt is missing.",
        ),
        Column("terms", Text(), nullable=False),
        Column("outages", Text(), nullable=False),
        Column("closed", Text(), nullable=True),
        Column("cancelled", Text(), nullable=True),
        PrimaryKeyConstraint("id", name="ballots_key"),
    )
    op.create_index("ballots_by_subject", "ballots", ["subject_id"], unique=False)
    op.create_index("ballots_due", "ballots", ["due_at"], unique=False)
    op.create_index("ballots_due_in_network", "ballots", ["network", "due_at"], unique=False)
    op.create_index("ballots_in_order", "ballots", ["network", "opened_at", "id"], unique=False)
    op.create_index("ballots_open_in_order", "ballots", ["network", "open", "opened_at", "id"], unique=False)
    op.create_table(
        "electors",
        Column("ballot", String(length=80), nullable=False),
        Column("member", String(length=80), nullable=False),
        Column("place", Integer(), nullable=False),
        Column("notified_at", Moment(), nullable=True),
        Column("undeliverable_at", Moment(), nullable=True),
        Column("dropped_at", Moment(), nullable=True),
        Column("receipt_kind", String(length=40), nullable=True),
        Column("received_at", Moment(), nullable=True),
        Column("last_day", Date(), nullable=True),
        Column("window_ends_at", Moment(), nullable=True),
        Column("receipt_notice", String(length=80), nullable=True),
        ForeignKeyConstraint(["ballot"], ["ballots.id"], name="electors_ballot_known"),
        PrimaryKeyConstraint("ballot", "member", name="electors_key"),
    )
    op.create_index("electors_by_member", "electors", ["member", "ballot"], unique=False)
    op.create_index("electors_by_window", "electors", ["window_ends_at"], unique=False)
    op.create_table(
        "votes",
        Column("ballot", String(length=80), nullable=False),
        Column("number", Integer(), nullable=False, comment="Order of arrival in the ballot, from 1."),
        Column("member", String(length=80), nullable=False),
        Column("person", String(length=80), nullable=False),
        Column("role", String(length=20), nullable=False),
        Column("choice", String(length=20), nullable=False),
        Column("at", Moment(), nullable=False),
        Column(
            "late", Boolean(), nullable=False, comment="Arrived after the member's window: on record, not counted (T5)."
        ),
        Column("reason", Text(), nullable=True),
        PrimaryKeyConstraint("ballot", "number", name="votes_key"),
    )
    op.create_table(
        "evidence",
        Column("id", String(length=80), nullable=False),
        Column("ballot", String(length=80), nullable=False),
        Column("member", String(length=80), nullable=False),
        Column("kind", String(length=40), nullable=False),
        Column("at", Moment(), nullable=False),
        Column("notice", String(length=80), nullable=True),
        Column("recorded_at", Moment(), nullable=False),
        Column(
            "recorded_by",
            String(length=80),
            nullable=True,
            comment="The person of the office; NULL: it came from a channel.",
        ),
        Column("reason", Text(), nullable=True),
        PrimaryKeyConstraint("id", name="evidence_key"),
    )
    op.create_index("evidence_by_ballot", "evidence", ["ballot", "member"], unique=False)
