"""Migrations: one history for each service, any number of copies at once, and tables that agree with the code."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, inspect, text

from services.chassis import schema
from services.chassis.migrating import differences, migrate
from tests import databases

MIGRATE = "import sys; from services.chassis.database import migrate; migrate(sys.argv[1], 'membership')"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'membership.sqlite'}"
        return
    name = f"empty_{tmp_path.name.replace('-', '_')[:40]}"
    yield databases.postgresql().create(name)
    databases.postgresql().drop(name)


def revisions(url: str) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    engine.dispose()
    return found


@pytest.mark.parametrize("service", ["membership", "notifications"])
def test_a_new_database_gets_all_tables_and_a_second_run_changes_nothing(empty_url: str, service: str) -> None:
    migrate(empty_url, service)
    before = revisions(empty_url)
    migrate(empty_url, service)
    assert revisions(empty_url) == before
    assert len(before) == 1
    engine = create_engine(empty_url)
    assert set(schema.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_several_copies_that_start_at_once_migrate_once(empty_url: str) -> None:
    copies = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, empty_url], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    errors = [copy.communicate(timeout=60)[1] for copy in copies]
    assert [copy.returncode for copy in copies] == [0, 0, 0], errors
    assert len(revisions(empty_url)) == 1


def test_the_chassis_tables_agree_with_what_was_migrated(empty_url: str) -> None:
    migrate(empty_url, "notifications")
    own = MetaData()
    schema.chassis_tables(own)
    missing = [found for found in differences(empty_url, own) if not str(found).startswith("('remove_")]
    assert missing == []


def test_an_unknown_service_is_refused(empty_url: str) -> None:
    with pytest.raises(ValueError, match="no service 'membreship'"):
        migrate(empty_url, "membreship")
