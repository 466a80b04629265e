"""Profiles with their former versions, offers, terms of the office, unconfirmed applications, words for search."""

import json
from collections.abc import Callable
from typing import Any

from alembic import op
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    column,
    select,
    table,
    text,
)
from sqlalchemy.dialects import postgresql

from services.chassis import ids
from services.chassis.columns import Moment
from services.membership.folding import folded

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_RUNNING_APPLICATIONS = "state IN ('received', 'questioned', 'announced', 'passed', 'welcomed')"
_RUNNING_EXCLUSIONS = "state IN ('requested', 'announced', 'passed')"


def upgrade() -> None:
    _profiles()
    _offers()
    _procedures()
    _office()
    op.create_index("votes_of_member", "votes", ["ballot", "member", "number"], unique=False)
    # A member's open ballots are found from the network's open ones; by this index through all that there ever were.
    op.drop_index("electors_by_member", "electors")


def downgrade() -> None:
    """Not offered on purpose: dropping tables would drop the proof of what was decided."""
    raise NotImplementedError("restore the backup that was made before the upgrade")


def _sorted() -> Any:
    return Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _profiles() -> None:
    for name in ("phone", "email", "website"):
        op.add_column("members", Column(name, Text(), nullable=False, server_default=""))
    changes = "Counts the profile's changes."
    op.add_column("members", Column("version", Integer(), nullable=False, server_default="1", comment=changes))
    _add_words("members", "Name and kind, folded for search.")
    op.create_index("members_left", "members", ["network", "left_because", "left_at", "id"], unique=False)
    _add_words("persons", "The name, folded for search.")
    op.create_index("persons_in_order", "persons", ["network", "id"], unique=False)
    _fold("members", ["name", "kind"], lambda row: folded(f"{row.name} {row.kind}"))
    _fold("persons", ["name"], lambda row: folded(row.name))
    op.create_table(
        "former_profiles",
        Column("member", String(length=80), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("until", Moment(), nullable=False),
        Column("address", Text(), nullable=True),
        Column("phone", Text(), nullable=False),
        Column("email", Text(), nullable=False),
        Column("website", Text(), nullable=False),
        Column("changed", Text(), nullable=False, comment="What the next version says otherwise."),
        ForeignKeyConstraint(["member"], ["members.id"], name="former_profiles_member_known"),
        PrimaryKeyConstraint("member", "version", name="former_profiles_key"),
    )
    op.create_index("former_profiles_in_time", "former_profiles", ["member", "until", "version"], unique=False)


def _offers() -> None:
    op.create_table(
        "offers",
        Column("id", String(length=80), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("network", String(length=40), nullable=False),
        Column("member", String(length=80), nullable=False),
        Column("added_at", Moment(), nullable=False),
        Column("since", Moment(), nullable=False),
        Column("until", Moment(), nullable=True, comment="NULL: as it is now."),
        Column("ended", Boolean(), nullable=False, comment="No other version follows."),
        Column("title_key", _sorted(), nullable=False),
        Column("details", Text(), nullable=False),
        Column("words", Text(), nullable=False, comment="All fields, folded for search."),
        ForeignKeyConstraint(["member"], ["members.id"], name="offers_member_known"),
        PrimaryKeyConstraint("id", "version", name="offers_key"),
    )
    op.create_index(
        "offers_present",
        "offers",
        ["network", "title_key", "id"],
        unique=False,
        sqlite_where=text("until IS NULL"),
        postgresql_where=text("until IS NULL"),
    )
    op.create_index("offers_in_order", "offers", ["network", "title_key", "id", "version"], unique=False)
    op.create_index("offers_of_member", "offers", ["member", "title_key", "id", "version"], unique=False)
    op.create_index("offers_begun", "offers", ["member", "since", "id", "version"], unique=False)
    op.create_index("offers_over", "offers", ["member", "until", "id", "version"], unique=False)


def _procedures() -> None:
    _add_words("applications", "Name and field of work, folded for search.")
    op.add_column("applications", Column("lapses_at", Moment(), nullable=True, comment="While it is not confirmed."))
    _add_words("exclusions", "The name of the member concerned, folded for search.")
    _fold("applications", ["name", "field_of_work"], lambda row: folded(f"{row.name} {row.field_of_work}"))
    members = table("members", column("id", String), column("words", Text))
    exclusions = table("exclusions", column("concerned", String), column("words", Text))
    concerned = select(members.c.words).where(members.c.id == exclusions.c.concerned).scalar_subquery()
    op.execute(exclusions.update().values(words=concerned))
    _in_order("applications", "received_at", _RUNNING_APPLICATIONS)
    _in_order("exclusions", "requested_at", _RUNNING_EXCLUSIONS)


def _in_order(procedures: str, began_at: str, running: str) -> None:
    op.create_index(f"{procedures}_in_time", procedures, ["network", began_at, "id"], unique=False)
    op.create_index(
        f"{procedures}_running",
        procedures,
        ["network", began_at, "id"],
        unique=False,
        sqlite_where=text(running),
        postgresql_where=text(running),
    )


def _office() -> None:
    op.create_table(
        "office_terms",
        Column("id", String(length=80), nullable=False),
        Column("network", String(length=40), nullable=False),
        Column("member", String(length=80), nullable=False),
        Column("since", Moment(), nullable=False),
        Column("until", Moment(), nullable=True),
        PrimaryKeyConstraint("id", name="office_terms_key"),
    )
    op.create_index("office_terms_in_order", "office_terms", ["network", "id"], unique=False)
    op.create_index("office_terms_of_member", "office_terms", ["member", "since", "id"], unique=False)
    _recall_terms()


def _recall_terms() -> None:
    """The journal knows who held the office before this table was there."""
    journal = table(
        "journal", column("position", Integer), column("kind", String), column("network", String),
        column("body", Text), column("recorded_at", Moment()),
    )  # fmt: skip
    terms = table(
        "office_terms", column("id", String), column("network", String), column("member", String),
        column("since", Moment()), column("until", Moment()),
    )  # fmt: skip
    facts = select(journal).where(journal.c.kind.in_(["OfficeAppointed", "OfficeVacated"])).order_by(journal.c.position)
    for fact in op.get_bind().execute(facts).all():
        ending = terms.update().where(terms.c.network == fact.network, terms.c.until.is_(None))
        op.execute(ending.values(until=fact.recorded_at))
        if fact.kind == "OfficeAppointed":
            row = {
                "id": ids.new("off"), "network": fact.network, "member": json.loads(fact.body)["member"],
                "since": fact.recorded_at, "until": None,
            }  # fmt: skip
            op.execute(terms.insert().values(**row))


def _add_words(name: str, comment: str) -> None:
    op.add_column(name, Column("words", Text(), nullable=False, server_default="", comment=comment))


def _fold(name: str, columns: list[str], words: Callable[[Any], str]) -> None:
    """What the running service writes with every row, for the rows that are there."""
    found = table(name, column("id", String), column("words", Text), *(column(each, Text) for each in columns))
    connection = op.get_bind()
    for row in connection.execute(select(found)).all():
        connection.execute(found.update().where(found.c.id == row.id).values(words=words(row)))
