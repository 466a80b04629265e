"""`fallnetz journal export` and `replay` against real databases and a real broker (promise 3, small)."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import nats
import pytest
from click.testing import CliRunner, Result

from contracts.event import Fact
from contracts.ids import MemberId, NetworkId
from contracts.membership.members import MemberLeft
from contracts.membership.networks import OfficeAppointed
from contracts.membership.words import LeftBecause
from services.chassis import journal as chassis_journal
from services.chassis.database import Database
from services.chassis.nats_server import NatsServer
from services.chassis.provisioning import STREAM
from services.chassis.transaction import Transaction
from services.cli.journal import journal
from tests.cli.spoken import spoken

NETWORK, NOW = NetworkId("bielefeld"), datetime(2026, 12, 11, 9, tzinfo=UTC)


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(journal, list(arguments))


def fact(number: int) -> Fact:
    member = MemberId(f"mem_{number}")
    if number % 2:
        return OfficeAppointed(network=NETWORK, member=member)
    return MemberLeft(network=NETWORK, member=member, effective_at=NOW, because=LeftBecause.RESIGNED)


@pytest.fixture
def filled(database_url: str) -> str:
    """The url of a database with 1,200 facts in three records: more than one page."""

    async def fill() -> None:
        database = Database(database_url)
        for record in ("mem_a", "mem_b", "mem_c"):
            facts = [fact(number) for number in range(400)]
            await database.write(chassis_journal.record, network=NETWORK, record=record, facts=facts, now=NOW)
        await database.close()

    asyncio.run(fill())
    return database_url


def test_a_databases_journal_is_exported_whole_and_verifies(filled: str, tmp_path: Path) -> None:
    result = run("export", "--database", filled)
    assert result.exit_code == 0, result.stderr
    assert len(result.stdout.splitlines()) == 1_200
    (tmp_path / "export").write_text(result.stdout)
    verified = run("verify", str(tmp_path / "export"), "--output", "json")
    assert json.loads(verified.stdout) == {"entries": 1_200, "records": 3, "anchored": False, "faults": []}


def test_an_altered_database_is_found_out(filled: str, tmp_path: Path) -> None:
    """Promise 13: somebody who owns the database takes the lock off the table and changes one row."""
    unlock = (
        ["DROP TRIGGER journal_is_final_0", "DROP TRIGGER journal_is_final_1"]
        if filled.startswith("sqlite")
        else ["ALTER TABLE journal DISABLE TRIGGER journal_is_final"]
    )
    change = "UPDATE journal SET body = replace(body, 'mem_200', 'mem_201') WHERE record = 'mem_b' AND sequence = 201"
    asyncio.run(statements(filled, [*unlock, change]))
    (tmp_path / "export").write_text(run("export", "--database", filled).stdout)
    result = run("verify", str(tmp_path / "export"), "--output", "json")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)["faults"]
    assert (found["slug"], found["record"], found["sequence"]) == ("altered", "mem_b", 201)


async def statements(url: str, texts: list[str]) -> None:
    def run_all(tx: Transaction) -> None:
        for text in texts:
            tx.connection.exec_driver_sql(text)

    database = Database(url)
    await database.write(run_all)
    await database.close()


def test_an_emptied_broker_is_refilled(filled: str, tmp_path: Path) -> None:
    environment = {"FALLNETZ_MEMBERSHIP_DATABASE_URL": filled, "FALLNETZ_ORGANISATION": "local"}
    for directory in ("first", "second"):  # the second server begins with an empty store
        with NatsServer(tmp_path / directory) as server:
            result = run("replay", "--service", "membership", **environment, FALLNETZ_NATS_URL=server.url)
            assert result.exit_code == 0, result.stderr
            assert json.loads(result.stdout) == {"service": "membership", "published": 1_200}
            assert asyncio.run(messages(server.url)) == 1_200


async def messages(url: str) -> int:
    client = await nats.connect(url)
    found = await client.jetstream().stream_info(STREAM)
    await client.close()
    return found.state.messages


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("export",), "Give either --url"),
        (("export", "--url", "http://127.0.0.1:1"), "Name the network"),
        (("export", "--url", "http://127.0.0.1:1", "--network", "x"), "The gateway does not answer"),
        (("export", "--url", "nonsense", "--network", "x"), "The gateway does not answer"),
        (("export", "--database", "sqlite:////nowhere/x.sqlite"), "There is no database"),
        (("export", "--database", "nonsense"), "no database url"),
        (("replay", "--service", "membership", "--state", "/nowhere"), "is no state directory"),
    ],
)
def test_what_cannot_be_reached_is_named(arguments: tuple[str, ...], named: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert named in spoken(result.stderr)
