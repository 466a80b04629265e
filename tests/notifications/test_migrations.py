"""Tables of notifications: what the migrations make is what the code expects."""

from services.chassis.migrating import differences
from services.notifications import app, schema


def test_the_migrations_make_the_tables_of_the_code(database_url: str) -> None:
    """On SQLite and on PostgreSQL; `database_url` has been migrated already."""
    assert app.NAME, "importing the app declares the tables of all features"
    assert differences(database_url, schema.metadata) == []
