"""Promise 13, offline: whoever has an export sees what was done to it. Also B6 `ballot verify`."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.cli.ballot import ballot
from services.cli.journal import journal
from tests.cli import records

Entries = list[dict[str, Any]]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(journal, list(arguments))


def written(path: Path, entries: Entries) -> str:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return str(path)


@pytest.fixture
def export() -> Entries:
    """Two ballots in one journal."""
    other = [{**fact, "ballot": "bal_2"} for fact in records.admission()]
    return [*records.entries(records.admission()), *records.entries(other, "bal_2", first=100)]


def faults(path: Path, entries: Entries, *anchor: str) -> set[str]:
    result = run("verify", written(path / "export.ndjson", entries), *anchor, "--output", "json")
    found = {fault["slug"] for fault in json.loads(result.stdout)["faults"]}
    assert result.exit_code == (1 if found else 0)
    return found


def test_an_untouched_export_has_no_fault(tmp_path: Path, export: Entries) -> None:
    assert faults(tmp_path, export) == set()
    whole = tmp_path / "record.json"
    whole.write_text(json.dumps({"network": "bielefeld", "record": "bal_1", "entries": export[:12]}))
    assert run("verify", str(whole)).stdout == "12 entries in 1 records: nothing is wrong.\n"


@pytest.mark.parametrize(
    "field", ["network", "record", "kind", "body", "recorded_at", "actor", "previous", "digest", "sequence"]
)
def test_an_altered_field_shows_in_every_row(tmp_path: Path, export: Entries, field: str) -> None:
    for row in random.Random(7).sample(range(len(export)), 6):
        value = export[row][field]
        changed = {**export[row], field: value + 1 if isinstance(value, int) else f"{value}0" if value else "per_9"}
        assert faults(tmp_path, [*export[:row], changed, *export[row + 1 :]]), (field, row)


def test_a_dropped_row_shows(tmp_path: Path, export: Entries) -> None:
    for row in range(11):  # the twelfth is the record's last: that is cutting off, below
        assert "missing" in faults(tmp_path, export[:row] + export[row + 1 :])


def test_two_rows_in_another_order_show(tmp_path: Path, export: Entries) -> None:
    for row in range(11):
        swapped = [*export[:row], export[row + 1], export[row], *export[row + 2 :]]
        assert faults(tmp_path, swapped)


def test_a_row_that_was_put_in_shows(tmp_path: Path, export: Entries) -> None:
    assert faults(tmp_path, [*export[:5], export[4], *export[5:]])


@pytest.mark.parametrize("kept", range(1, 12))
def test_what_was_cut_off_shows_against_an_earlier_export(tmp_path: Path, export: Entries, kept: int) -> None:
    anchor = written(tmp_path / "earlier.ndjson", export)
    shorter = export[:kept] + export[12:]
    assert faults(tmp_path, shorter) == set(), "nothing inside a file can show that its end is missing"
    assert faults(tmp_path, shorter, "--anchor", anchor) == {"truncated"}


def test_a_record_that_vanished_shows_against_an_earlier_export(tmp_path: Path, export: Entries) -> None:
    anchor = written(tmp_path / "earlier.ndjson", export)
    assert faults(tmp_path, export[:12], "--anchor", anchor) == {"vanished"}


def test_a_journal_that_was_rolled_back_and_went_on_otherwise_shows(tmp_path: Path, export: Entries) -> None:
    """A restored backup whose later rows differ: every digest fits, and yet it is not the same journal."""
    anchor = written(tmp_path / "earlier.ndjson", export[:12])
    otherwise = records.entries([*records.admission()[:-2], records.vote("mem_d", "object"), records.closed()])
    assert faults(tmp_path, otherwise) == set()
    assert faults(tmp_path, otherwise, "--anchor", anchor) == {"rewritten"}


def test_a_journal_that_went_on_is_no_fault(tmp_path: Path, export: Entries) -> None:
    anchor = written(tmp_path / "earlier.ndjson", export[:7])
    assert faults(tmp_path, export, "--anchor", anchor) == set()


def test_faults_are_named_for_people(tmp_path: Path, export: Entries) -> None:
    result = run("verify", written(tmp_path / "export", [*export[:3], *export[4:]]))
    assert result.exit_code == 1
    assert "missing" in result.stdout


@pytest.mark.parametrize("content", [b"", b"nonsense", b'{"position": 1}', b"\x00\x00", b'{"a": 1}\nx'])
def test_what_is_no_export_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "export").write_bytes(content)
    result = run("verify", str(tmp_path / "export"))
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_ballot_is_verified_with_its_chain(tmp_path: Path, export: Entries) -> None:
    """B6: a vote that was changed in the export, digest and all, but not in the chain behind it."""
    right = CliRunner().invoke(ballot, ["verify", written(tmp_path / "right", export[:12])])
    assert right.exit_code == 0
    turned = json.loads(export[7]["body"]) | {"choice": "no-objection"}
    forged = [*export[:7], {**export[7], "body": json.dumps(turned)}, *export[8:12]]
    result = CliRunner().invoke(ballot, ["verify", written(tmp_path / "forged", forged)])
    assert result.exit_code == 1
    assert "difference: hash chain, row 8: altered" in result.stderr
    assert "difference: tally.object recorded 3, recounted 2" in result.stderr
