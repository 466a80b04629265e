"""The command line as a whole (C2)."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from services.cli.app import COMMANDS, fallnetz
from tests.cli.spoken import spoken

LOADED = """
import sys
from click.testing import CliRunner
from services.cli.app import fallnetz
CliRunner().invoke(fallnetz, ["deadline", "--charter", "bielefeld", "--received", "2026-12-11T10:00:00+01:00"])
print(*sys.modules)
"""


def test_the_help_page_says_what_each_command_does() -> None:
    shown = CliRunner().invoke(fallnetz, ["--help"])
    assert shown.exit_code == 0
    for name in COMMANDS:
        assert name in shown.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_page_of_its_own(name: str) -> None:
    shown = CliRunner().invoke(fallnetz, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert f"fallnetz {name}" in spoken(shown.stdout)


def test_a_misspelt_command_is_named_with_the_nearest_one() -> None:
    shown = CliRunner().invoke(fallnetz, ["dedline"])
    assert shown.exit_code == 2
    assert "deadline" in spoken(shown.stderr)


def test_computing_a_deadline_loads_no_service_runtime() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "services.cli.deadline" in loaded
    assert not loaded & {"sqlalchemy", "nats", "httpx", "litestar", "canaille", "services.cli.up", "services.cli.demo"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_a_completion_script(shell: str) -> None:
    shown = CliRunner().invoke(fallnetz, ["completion", shell])
    assert shown.exit_code == 0
    assert "_FALLNETZ_COMPLETE" in shown.stdout


def test_demo_names_the_state_that_holds_no_installation() -> None:
    shown = CliRunner().invoke(fallnetz, ["demo", "--state", "nowhere"])
    assert shown.exit_code == 2
    assert "holds no installation. Start one with `fallnetz up --state nowhere`." in spoken(shown.stderr)
