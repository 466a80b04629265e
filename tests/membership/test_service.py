"""The service as it is started: settings from the environment, migrations, requests through a real broker."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contracts import membership
from contracts.ids import NetworkId
from contracts.membership.members import IMPORT_REGISTER, LIST_MEMBERS, ImportRegister, ListMembers
from contracts.membership.networks import FOUND_NETWORK, GET_NETWORK, FoundNetwork, GetNetwork, NewNetwork
from contracts.request import Method, Refused
from services.chassis.bus import Bus
from services.chassis.migrating import differences, migrate
from services.chassis.nats_server import NatsServer
from services.membership import app, schema
from tests.membership.door import CHARTER, ISSUER, OPERATOR, REGISTER, ROOT, STRANGER, refused


def started(url: str, broker: str, **more: str) -> "subprocess.Popen[str]":
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FALLNETZ_")}
    environ |= {
        "FALLNETZ_MEMBERSHIP_DATABASE_URL": url,
        "FALLNETZ_NATS_URL": broker,
        "FALLNETZ_MEMBERSHIP_OPERATORS": f"{ISSUER}|operator",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "services.membership"], cwd=ROOT, env=environ | more, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_every_request_of_the_contract_is_answered_once() -> None:
    named = (each for feature in membership.FEATURES for each in vars(feature).values())
    methods = {each.name for each in named if isinstance(each, Method)}
    answered = [name for registry in app.REQUESTS for name in registry.answerers]
    assert sorted(answered) == sorted(methods)


def test_the_migrations_make_the_tables_of_the_code(database_url: str) -> None:
    """On SQLite and on PostgreSQL; `database_url` has been migrated already."""
    found = [str(difference) for difference in differences(database_url, schema.metadata)]
    # The journal's second index is for PostgreSQL only; copies of tables forget that.
    assert [each for each in found if "journal_turn" not in each or "postgresql" in database_url] == []


async def test_the_started_service_answers_through_the_broker(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/membership.sqlite"
    migrate(url, "membership")
    with NatsServer(tmp_path / "nats") as broker:
        process = started(url, broker.url)
        bus = Bus(broker.url, name="test")
        try:
            await bus.connect()
            network = NetworkId("lippe")
            founding = FoundNetwork(body=NewNetwork(id=network, charter=CHARTER))
            for _ in range(100):
                try:
                    await bus.ask(FOUND_NETWORK, founding, actor=OPERATOR)
                    break
                except Refused as refusal:
                    assert refusal.slug == "service-unavailable"  # noqa: PT017 - not there yet
                    await asyncio.sleep(0.1)
            register = ImportRegister(network=network, csv=REGISTER)
            report = await bus.ask(IMPORT_REGISTER, register, network=network, actor=OPERATOR)
            assert report.added == 6
            page = await bus.ask(LIST_MEMBERS, ListMembers(network=network), network=network, actor=OPERATOR)
            assert len(page.items) == 6
            with refused("not-authorised", 403):
                await bus.ask(GET_NETWORK, GetNetwork(network=network), network=network, actor=STRANGER)
        finally:
            await bus.close()
            process.terminate()
            output, _ = await asyncio.to_thread(process.communicate, timeout=20)
        assert process.returncode == 0, output


@pytest.mark.parametrize("setting", ["nobody", "|x", "a|", "service|notifications"])
def test_operators_that_are_written_wrongly_stop_the_start(tmp_path: Path, setting: str) -> None:
    process = started(f"sqlite:///{tmp_path}/m.sqlite", "nats://127.0.0.1:1", FALLNETZ_MEMBERSHIP_OPERATORS=setting)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "FALLNETZ_MEMBERSHIP_OPERATORS" in output
    assert setting not in output
