"""A newcomer's first call, as the README shows it."""

import httpx
from click.testing import CliRunner

from services.cli.app import fallnetz
from services.cli.installation.running import Installation
from tests.cli.spoken import spoken


def test_a_token_from_the_command_line_opens_the_api(installation: Installation) -> None:
    state = str(installation.state.directory)
    asked = CliRunner().invoke(fallnetz, ["token", "stadt", "--state", state])
    assert asked.exit_code == 0, asked.output
    answer = httpx.get(f"{installation.url}/api/v1/me", headers={"Authorization": f"Bearer {asked.stdout.strip()}"})
    assert answer.status_code == 200
    offices = [one["office"] for one in answer.json()["standings"] if one["network"] == "bielefeld"]
    assert offices == [True]


def test_an_unknown_person_is_told_whom_to_take(installation: Installation) -> None:
    asked = CliRunner().invoke(fallnetz, ["token", "nobody", "--state", str(installation.state.directory)])
    assert asked.exit_code == 2
    assert "Take one of the names that `fallnetz up` prints." in spoken(asked.stderr)
