"""`fallnetz deadline`: T1 and T6 through the door that people use."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.cli.deadline import deadline
from tests.cli.spoken import spoken

EXAMPLE = ("--charter", "bielefeld", "--received", "2026-12-11T10:00:00+01:00")


def run(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(deadline, list(arguments), input=text)


def explained(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--output", "json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_agreements_example_ends_on_the_monday_after_christmas() -> None:
    """T1, T6."""
    found = explained(*EXAMPLE, "--language", "en")
    assert (found["last_day"], found["ends_at"]) == ("2026-12-28", "2026-12-29T00:00:00+01:00")
    assert found["received_at"] == "2026-12-11T10:00:00+01:00"
    assert [(step["kind"], step["day"]) for step in found["steps"]] == [
        ("received", "2026-12-11"), ("not-counted", "2026-12-11"), ("counted", "2026-12-25"), ("holiday", "2026-12-25"),
        ("holiday", "2026-12-26"), ("weekend", "2026-12-27"), ("ends", "2026-12-28"),
    ]  # fmt: skip
    said = " ".join(step["text"] for step in found["steps"])
    for words in (
        "Fri 11 Dec 2026",
        "Fri 25 Dec 2026 is a public holiday",
        "Sat 26 Dec 2026",
        "Sun 27 Dec 2026",
        "23:59",
    ):
        assert words in said
    assert {step["source"] for step in found["steps"]} >= {"BGB § 187 (1)", "BGB § 188 (1)", "BGB § 193"}


def test_the_explanation_is_given_in_the_readers_language() -> None:
    """T6. The charter's first language is the default."""
    said = " ".join(step["text"] for step in explained(*EXAMPLE)["steps"])
    assert "zählt nicht mit" in said
    assert "23:59 Uhr MEZ" in said
    assert (
        "Fr, 25. Dez. 2026 ist ein Feiertag" in run(*EXAMPLE).stdout.replace("\n", " ").replace("│", "")[:5000] or said
    )


def test_the_moment_may_be_given_with_any_offset() -> None:
    """23:30 UTC on the 10th is the 11th in Bielefeld."""
    found = explained("--charter", "bielefeld", "--received", "2026-12-10T23:30:00Z")
    assert (found["received_at"], found["last_day"]) == ("2026-12-11T00:30:00+01:00", "2026-12-28")


def test_other_networks_count_by_their_own_law() -> None:
    """15 May 2026 is equated with a holiday in the Netherlands, 5 June is Grundlovsdag in Denmark."""
    assert explained("--charter", "breda", "--received", "2026-04-24T12:00:00+02:00")["last_day"] == "2026-05-18"
    assert explained("--charter", "skanderborg", "--received", "2026-05-26T12:00:00+02:00")["last_day"] == "2026-06-08"


def test_admissions_and_exclusions_may_have_windows_of_their_own() -> None:
    """Ten and fourteen days in the Danish example."""
    received = ("--charter", "skanderborg", "--received", "2026-05-18T12:00:00+02:00")
    assert explained(*received, "--subject", "admission")["last_day"] == "2026-05-28"
    assert explained(*received, "--subject", "exclusion")["last_day"] == "2026-06-01"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--charter", "bielefeld"), "either --received"),
        ((*EXAMPLE, "--batch", "-"), "either --received"),
        (("--charter", "nowhere", "--received", "2026-12-11T10:00:00+01:00"), "Known charters: bielefeld"),
        (("--charter", "bielefeld", "--received", "2026-12-11T10:00:00"), "has no time zone"),
        (("--charter", "bielefeld", "--received", "2026-12-11"), "has no time zone"),
        (("--charter", "bielefeld", "--received", "yesterday"), "is no moment"),
        (("--charter", "bielefeld", "--received", ""), "is no moment"),
        (("--charter", "bielefeld", "--received", "2026-02-30T10:00:00+01:00"), "is no moment"),
        (("--charter", "bielefeld", "--received", "9999-12-31T23:59:59-12:00"), "covers the years"),
        (("--charter", "bielefeld", "--received", "0001-01-01T00:00:00+14:00"), "covers the years"),
        (("--charter", "bielefeld", "--batch", "/nowhere.csv"), "cannot be read"),
    ],
)
def test_unusable_input_is_refused_with_what_to_do(arguments: tuple[str, ...], named: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert named in spoken(result.stderr)


def test_a_broken_charter_is_refused_by_line_and_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a long path would break the message's lines anywhere
    Path("broken.toml").write_text('name = "x"\nlanguages = ["de"]\n[time]\nzone = "Mars/Olympus"\n')
    result = run("--charter", "broken.toml", "--received", "2026-12-11T10:00:00+01:00")
    assert result.exit_code == 2
    assert "broken.toml:4: time.zone" in spoken(result.stderr)


def test_a_batch_of_a_hundred_thousand_receipts_is_quick(tmp_path: Path) -> None:
    """Each local day is computed once. The limit is loose on purpose."""
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    moments = [(begin + timedelta(seconds=1_577 * number)).isoformat() for number in range(100_000)]
    file = tmp_path / "receipts.csv"
    file.write_text("member,received_at\n" + "".join(f"m{n},{moment}\n" for n, moment in enumerate(moments)))
    command = [sys.executable, "-m", "services.cli.app", "deadline", "--charter", "bielefeld", "--batch", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["received_at"] for row in rows] == moments
    assert (rows[0]["last_day"], rows[0]["ends_at"]) == ("2020-01-15", "2020-01-16T00:00:00+01:00")


def test_a_batch_gives_the_same_ends_as_single_receipts() -> None:
    moments = ["2026-12-11T10:00:00+01:00", "2026-03-28T23:59:59Z", "2026-10-11T00:00:00+02:00"]
    result = run("--charter", "bielefeld", "--batch", "-", text="received_at\n" + "\n".join(moments))
    assert result.stdout.splitlines()[0] == "received_at,last_day,ends_at"
    for moment, row in zip(moments, csv.DictReader(io.StringIO(result.stdout)), strict=True):
        single = explained("--charter", "bielefeld", "--received", moment)
        assert (row["last_day"], row["ends_at"]) == (single["last_day"], single["ends_at"])


def test_quotes_empty_lines_and_a_byte_order_mark_are_read_as_csv_has_them() -> None:
    text = '\ufeffnote,received_at\r\n"two\nlines","2026-12-11T10:00:00+01:00"\r\n\r\n'
    result = run("--charter", "bielefeld", "--batch", "-", text=text.encode())
    assert result.stdout.splitlines()[1:] == ["2026-12-11T10:00:00+01:00,2026-12-28,2026-12-29T00:00:00+01:00"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "line 1: the header needs one column received_at"),
        (b"when\n2026-12-11T10:00:00+01:00\n", "line 1: the header needs one column received_at"),
        (b"received_at,received_at\n", "line 1: the header needs one column received_at"),
        (b"received_at\n2026-12-11T10:00:00+01:00\n2026-12-11T10:00:00\n", "line 3:"),
        (b"received_at\n2026-12-11T10:00:00+01:00\n\xff\n", "line 3: not UTF-8"),
        (b"id,received_at\n1\n", "line 2:"),
        (b'received_at\n"2026-12-11T10:00:00+01:00" x\n', "line 2: no CSV"),
        (b"received_at\n2046-12-11T10:00:00+01:00\n", "line 2:"),
    ],
)
def test_one_bad_line_leaves_nothing_written(content: bytes, named: str) -> None:
    result = run("--charter", "bielefeld", "--batch", "-", text=content)
    assert (result.exit_code, result.stdout) == (2, "")
    assert named in spoken(result.stderr)
