"""`fallnetz dead-letters`: what an operator sees of facts that could not be applied, and how they are applied again."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.json import encode
from sqlalchemy import create_engine

from contracts.event import Event, event_subject, event_type, headers
from contracts.ids import NetworkId, OrganisationId, RecordId
from contracts.membership.networks import NetworkFounded
from contracts.membership.words import SERVICE
from services.chassis import dead_letters as chassis_dead_letters
from services.chassis.transaction import Transaction
from services.cli.dead_letters import dead_letters
from tests import databases, notebook

NETWORK = NetworkId("bielefeld")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = databases.fresh("sqlite", "notifications", tmp_path)
    for name, value in {
        "DATABASE_URL": url,
        "LINK_KEY": "k" * 40,
        "PUBLIC_URL": "http://127.0.0.1:1",
        "SMTP_HOST": "127.0.0.1",
    }.items():
        monkeypatch.setenv(f"FALLNETZ_NOTIFICATIONS_{name}", value)
    return url


def call(*arguments: str) -> Result:
    return CliRunner().invoke(dead_letters, [*arguments])


def listed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(call("list", "--service", "notifications", "--output", "json").stdout)
    return found


def bury(url: str, body: bytes) -> None:
    fact = NetworkFounded
    event = Event(
        id="1",
        source="/local/membership",
        type=event_type(SERVICE, fact),
        time=notebook.at(1),
        network=NETWORK,
        record=RecordId("bielefeld"),
        sequence=1,
        digest="0" * 64,
    )
    engine = create_engine(url)
    with engine.begin() as connection:
        subject = event_subject(NETWORK, OrganisationId("local"), SERVICE, fact)
        chassis_dead_letters.keep(
            Transaction(connection), "notifications-notices", subject, headers(event), body, "ValueError at x:1", 8
        )
    engine.dispose()


GOOD = encode(NetworkFounded(network=NETWORK, charter_version=1, time_zone="Europe/Berlin", sandbox=True))


def test_nothing_to_list_is_said_and_ends_with_0(url: str) -> None:
    found = call("list", "--service", "notifications")
    assert (found.exit_code, found.stdout) == (0, "No dead letters.\n")


def test_what_waits_is_listed_with_its_cause_and_ends_with_1(url: str) -> None:
    bury(url, GOOD)
    assert call("list", "--service", "notifications").exit_code == 1
    (letter,) = listed()
    assert (letter["listener"], letter["cause"], letter["deliveries"]) == (
        "notifications-notices",
        "ValueError at x:1",
        8,
    )
    assert letter["type"] == "membership.network.founded.v1"


def test_a_replayed_letter_is_applied_once_and_no_longer_waits(url: str) -> None:
    bury(url, GOOD)
    letter = listed()[0]["id"]
    first = call("replay", "--service", "notifications", letter, "--output", "json")
    assert (first.exit_code, json.loads(first.stdout)) == (0, [{"letter": letter, "outcome": "applied"}])
    again = call("replay", "--service", "notifications", letter, "--output", "json")
    assert json.loads(again.stdout) == [{"letter": letter, "outcome": "applied before"}]
    assert listed() == []


def test_a_letter_that_cannot_be_read_stays_and_ends_with_1(url: str) -> None:
    bury(url, b"{")
    replayed = call("replay", "--service", "notifications", "--all", "--output", "json")
    assert replayed.exit_code == 1
    assert "unreadable" in replayed.stdout
    assert len(listed()) == 1


def test_a_database_that_does_not_exist_is_named_and_not_made(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "missing.sqlite"
    monkeypatch.setenv("FALLNETZ_NOTIFICATIONS_DATABASE_URL", f"sqlite:///{missing}")
    found = call("list", "--service", "notifications")
    assert found.exit_code == 2
    assert "FALLNETZ_NOTIFICATIONS_DATABASE_URL" in found.stderr
    assert not missing.exists()


def test_naming_no_letter_is_unusable(url: str) -> None:
    assert call("replay", "--service", "notifications").exit_code == 2
