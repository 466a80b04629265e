"""What an older release has stored is found, listed and told after the upgrade, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, create_engine, select

from services.chassis.migrating import configuration, migrate
from tests import databases

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'membership.sqlite'}"
        return
    name = f"old_{tmp_path.name.replace('-', '_')[:40]}"
    yield databases.postgresql().create(name)
    databases.postgresql().drop(name)


def before_profiles(connection: Connection) -> None:
    """A network with a member, a representative, an application, an exclusion, and an office that moved once."""
    config = configuration("membership")
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")
    found = MetaData()
    found.reflect(connection)
    tables = found.tables
    naive = AT.replace(tzinfo=None) if connection.dialect.name == "sqlite" else AT
    for member in ("mem_1", "mem_2"):
        connection.execute(
            tables["members"].insert().values(
                id=member, network="bielefeld", name=f"Köhler-Stiftung {member}", name_key=member, kind="charity",
                joined_at=naive,
            )
        )  # fmt: skip
    person = {"id": "per_1", "network": "bielefeld", "member": "mem_1", "name": "Jörg Weiß", "email": "j@example.org"}
    connection.execute(tables["persons"].insert().values(**person, language="de"))
    details = '{"name":"A","email":"a@example.org"}'
    connection.execute(
        tables["applications"].insert().values(
            id="app_1", network="bielefeld", state="received", state_since=naive, name="Förderkreis",
            field_of_work="housing", address="x", contact=details, representative=details, deputy=details,
            key_hash="0", received_at=naive,
        )
    )  # fmt: skip
    connection.execute(
        tables["exclusions"].insert().values(
            id="exc_1", network="bielefeld", concerned="mem_1", requested_by="mem_2", requested_at=naive, reason="x",
            state="requested", state_since=naive,
        )
    )  # fmt: skip
    for sequence, (kind, member, hour) in enumerate(
        (("OfficeAppointed", "mem_1", 9), ("OfficeAppointed", "mem_2", 10), ("OfficeVacated", "mem_2", 11)), start=1
    ):
        connection.execute(
            tables["journal"].insert().values(
                turn=0, network="bielefeld", record="bielefeld", sequence=sequence, kind=kind,
                body=f'{{"member":"{member}","network":"bielefeld"}}', recorded_at=naive.replace(hour=hour),
                previous=str(sequence - 1), digest=str(sequence),
            )
        )  # fmt: skip
    connection.commit()


def test_what_is_stored_is_folded_for_search_and_the_terms_of_the_office_are_recalled(old_url: str) -> None:
    engine = create_engine(old_url)
    with engine.connect() as connection:
        before_profiles(connection)
    migrate(old_url, "membership")
    found = MetaData()
    with engine.connect() as connection:
        found.reflect(connection)
        tables = found.tables
        words = {
            name: connection.execute(select(tables[name].c.words).order_by(tables[name].c.id)).scalars().first()
            for name in ("members", "persons", "applications", "exclusions")
        }
        terms = connection.execute(select(tables["office_terms"]).order_by(tables["office_terms"].c.id)).all()
        profile = connection.execute(select(tables["members"])).first()
    engine.dispose()
    assert words == {
        "members": "kohler-stiftung mem_1 charity", "persons": "jorg weiss", "applications": "forderkreis housing",
        "exclusions": "kohler-stiftung mem_1 charity",
    }  # fmt: skip
    assert [(term.member, term.since.hour, term.until.hour) for term in terms] == [("mem_1", 9, 10), ("mem_2", 10, 11)]
    assert profile is not None
    assert (profile.version, profile.phone, profile.email, profile.website) == (1, "", "", "")
