"""`fallnetz charter check` and `explain`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.cli.charter import charter
from services.cli.charters import read


def run(*arguments: str) -> Result:
    return CliRunner().invoke(charter, list(arguments))


@pytest.mark.parametrize("name", ["bielefeld", "breda", "skanderborg"])
def test_the_charters_that_come_with_the_software_are_right(name: str) -> None:
    assert run("check", name).exit_code == 0


def test_every_error_is_named_with_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(read("bielefeld").replace('region = "DE-NW"', 'region = "DE-XX"').replace("secret", "secrit"))
    lines = file.read_text().splitlines()
    result = run("check", str(file), "--output", "json")
    assert result.exit_code == 1
    errors = {error["field"]: error["line"] for error in json.loads(result.stdout)["errors"]}
    assert lines[errors["time.region"] - 1].startswith("region")
    assert lines[errors["ballots.secrit"] - 1].startswith("secrit")
    plain = run("check", str(file))
    assert f"{file}:{errors['time.region']}: time.region:" in plain.stderr
    assert plain.stdout == ""


def test_what_is_no_charter_cannot_be_checked(tmp_path: Path) -> None:
    assert run("check", "nowhere").exit_code == 2
    assert run("check", str(tmp_path)).exit_code == 2
    (tmp_path / "latin.toml").write_bytes("name = 'Büro'".encode("latin-1"))
    assert run("check", str(tmp_path / "latin.toml")).exit_code == 2


@pytest.mark.parametrize(("language", "word"), [("de", "Zugang"), ("en", "receipt")])
def test_a_charter_is_explained_in_words(language: str, word: str) -> None:
    result = run("explain", "bielefeld", "--language", language)
    assert result.exit_code == 0
    assert word in result.stdout
    assert "BGB § 193" in result.stdout


def test_a_broken_charter_is_not_explained(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("name = 3")
    assert run("explain", str(tmp_path / "broken.toml")).exit_code == 2
