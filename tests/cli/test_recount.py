"""B6: the tally can be recomputed by anyone from the ballot's record, with code that is not the engine's."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.cli.ballot import ballot
from tests.cli import records
from tests.cli.records import ELECTORS, Fact, admission, closed, of, opened, receipt, vote


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(ballot, list(arguments), input=text)


def recounted(tmp_path: Path, facts: list[Fact]) -> tuple[dict[str, Any], Result]:
    result = run("recount", records.export(tmp_path / "ballot.json", facts), "--output", "json")
    return json.loads(result.stdout), result


def test_the_recount_shares_no_code_with_the_engine() -> None:
    """Asked of a fresh interpreter, so that nothing imported by other tests hides a dependency."""
    seen = (
        "import sys, services.cli.recount; print(*(m for m in sys.modules if m.startswith(('services', 'contracts'))))"
    )
    loaded = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout.split()
    strangers = [name for name in loaded if not name.startswith("services.cli.recount")]
    assert strangers == ["services", "services.cli"]


def test_three_objections_of_six_do_not_stop_an_admission(tmp_path: Path) -> None:
    """A2, B2: more than 50 % of 6 is 4."""
    found, result = recounted(tmp_path, admission())
    assert result.exit_code == 0
    assert (found["electorate"], found["needed"], found["tally"]["object"]) == (6, 4, 3)
    assert (found["outcome"], found["effective_at"], found["early"]) == ("passed", "2026-12-28T23:00:00+00:00", False)
    assert [window["last_day"] for window in found["windows"]] == ["2026-12-28"] * 6
    assert found["differences"] == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"outcome": "failed"}, "outcome recorded failed, recounted passed"),
        ({"needed": 3}, "needed recorded 3, recounted 4"),
        ({"early": True}, "early recorded True, recounted False"),
        ({"effective_at": "2026-12-28T22:59:59Z"}, "effective_at recorded 2026-12-28T22:59:59Z, recounted"),
        ({"tally": {"electorate": 6, "object": 4, "silent": 2}}, "tally.object recorded 4, recounted 3"),
    ],
)
def test_every_difference_from_the_recorded_end_is_named(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    found, result = recounted(tmp_path, [*admission()[:-1], closed(**change)])
    assert result.exit_code == 1
    assert any(difference.startswith(named) for difference in found["differences"])
    assert f"difference: {named}" in result.stderr


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (receipt("mem_a", last_day="2026-12-25"), "mem_a: last day recorded 2026-12-25, recounted 2026-12-28"),
        (receipt("mem_a", window_ends_at="2026-12-29T00:00:00Z"), "mem_a: window recorded until 2026-12-29T00:00:00Z"),
        (receipt("mem_a", kind="delivery-report"), "mem_a: delivery-report does not count as receipt"),
        (receipt("mem_x"), "mem_x: a receipt is recorded, but it is no elector"),
    ],
)
def test_a_wrong_receipt_is_named(tmp_path: Path, wrong: Fact, named: str) -> None:
    """T1, T3."""
    found, result = recounted(tmp_path, [opened(), wrong])
    assert result.exit_code == 1
    assert any(difference.startswith(named) for difference in found["differences"])


def test_a_vote_in_the_last_second_counts_and_one_second_later_does_not(tmp_path: Path) -> None:
    """T5, whatever the record called them."""
    timely = vote("mem_a", "object", "2026-12-28T22:59:59Z", kind="LateVoteRecorded")
    late = vote("mem_b", "object", "2026-12-28T23:00:00Z")
    found, result = recounted(tmp_path, [opened(), receipt("mem_a"), receipt("mem_b"), timely, late])
    assert found["tally"]["object"] == 1
    assert [difference.split(":")[0] for difference in found["differences"]] == ["mem_a", "mem_b"]
    assert result.exit_code == 1


def test_the_last_timely_vote_stands(tmp_path: Path) -> None:
    """B4."""
    changed = vote("mem_a", "no-objection", "2026-12-13T10:00:00Z")
    found, _ = recounted(tmp_path, [opened(), receipt("mem_a"), vote("mem_a", "object"), changed])
    assert (found["tally"]["object"], found["tally"]["no_objection"], found["outcome"]) == (0, 1, "open")


def test_a_change_that_the_charter_forbids_is_named(tmp_path: Path) -> None:
    changed = vote("mem_a", "no-objection", "2026-12-13T10:00:00Z")
    facts = [opened(change_allowed=False), receipt("mem_a"), vote("mem_a", "object"), changed]
    found, _ = recounted(tmp_path, facts)
    assert found["differences"] == ["mem_a: the vote was changed, which the charter does not allow"]


def test_a_late_vote_stays_late_when_a_bounce_refutes_the_receipt_afterwards(tmp_path: Path) -> None:
    """T3, T5: it is judged by the window that ran when it came; in the new window the member may vote again."""
    late = vote("mem_a", "object", "2026-12-29T09:00:00Z", kind="LateVoteRecorded")
    bounced = of("ReceiptRefuted", member="mem_a", at="2026-12-29T10:00:00Z", notice="not_1")
    window = {"last_day": "2027-01-12", "window_ends_at": "2027-01-12T23:00:00Z"}
    again = receipt("mem_a", kind="letter", received_at="2026-12-29T08:00:00Z", **window)
    facts = [opened(), receipt("mem_a", kind="accepted-by-server"), late, bounced, again]
    found, _ = recounted(tmp_path, facts)
    assert (found["tally"]["object"], found["windows"][0]["last_day"], found["differences"]) == (0, "2027-01-12", [])


def test_a_member_that_left_is_neither_counted_nor_in_the_denominator(tmp_path: Path) -> None:
    """B3: three objections of five are more than half."""
    left = of("ElectorDropped", member="mem_f", at="2026-12-20T10:00:00Z")
    found, _ = recounted(tmp_path, [*admission()[:-1], left])
    assert (found["electorate"], found["needed"], found["foreseen"]["outcome"]) == (5, 3, "failed")


def test_a_ballot_that_was_opened_with_another_calendar_is_recounted_with_a_note(tmp_path: Path) -> None:
    """B8: its windows may differ because the law was another one."""
    _, result = recounted(tmp_path, admission(calendar_version="DE-NW holidays 0 table 2031.2"))
    assert result.exit_code == 0
    assert "note: opened with" in result.stderr


def test_a_ballot_whose_record_has_no_end_is_open_whatever_is_foreseen(tmp_path: Path) -> None:
    """An export taken while windows run: votes may still come."""
    found, result = recounted(tmp_path, admission()[:-1])
    assert (found["outcome"], found["effective_at"], result.exit_code) == ("open", None, 0)
    assert found["foreseen"]["outcome"] == "passed"


def test_a_member_without_receipt_keeps_the_ballot_open(tmp_path: Path) -> None:
    """T2: with three objections the missing member's answer decides."""
    facts = [opened(), *(receipt(m) for m in ELECTORS[:5]), *(vote(m, "object") for m in ELECTORS[:3])]
    found, result = recounted(tmp_path, [*facts, closed()])
    assert found["differences"] == ["recorded as passed, recounted as still open"]
    assert result.exit_code == 1


def test_a_ballot_ends_early_when_nothing_can_alter_it(tmp_path: Path) -> None:
    """B5: without changes, the fourth objection of six decides."""
    terms = {"change_allowed": False}
    votes = [vote(member, "object", f"2026-12-12T1{hour}:00:00Z") for hour, member in enumerate(ELECTORS[:4])]
    found, _ = recounted(tmp_path, [opened(**terms), *(receipt(member) for member in ELECTORS), *votes])
    assert found["foreseen"] == {"outcome": "failed", "effective_at": "2026-12-12T13:00:00+00:00", "early": True}


def test_the_charter_may_demand_the_full_window(tmp_path: Path) -> None:
    """B5."""
    terms = {"change_allowed": False, "full_window": True}
    found, _ = recounted(
        tmp_path, [opened(**terms), *(receipt(m) for m in ELECTORS), *(vote(m, "object") for m in ELECTORS)]
    )
    assert found["foreseen"] == {"outcome": "failed", "effective_at": "2026-12-28T23:00:00+00:00", "early": False}


@pytest.mark.parametrize(
    ("threshold", "electorate", "needed"),
    [((1, 2, False), 6, 4), ((3, 4, False), 6, 5), ((3, 4, True), 6, 5), ((1, 2, True), 6, 3), ((1, 1, True), 6, 6)],
)
def test_thresholds_are_exact(tmp_path: Path, threshold: tuple[int, int, bool], electorate: int, needed: int) -> None:
    """B2."""
    terms = dict(zip(("numerator", "denominator", "reach"), threshold, strict=True))
    found, _ = recounted(tmp_path, [opened(threshold=terms, electors=ELECTORS[:electorate])])
    assert found["needed"] == needed


def test_an_export_with_one_entry_per_line_is_read_from_stdin() -> None:
    lines = "\n".join(json.dumps(entry) for entry in records.entries(admission()))
    result = run("recount", "-", "--output", "json", text=lines)
    assert (result.exit_code, json.loads(result.stdout)["agrees"]) == (0, True)


def test_of_several_ballots_one_is_chosen_by_name() -> None:
    other = [{**fact, "ballot": "bal_2"} for fact in admission()]
    lines = "\n".join(json.dumps(entry) for entry in records.entries([*admission(), *other]))
    refused = run("recount", "-", text=lines)
    assert refused.exit_code == 2
    assert "bal_1, bal_2" in refused.stderr
    assert (
        json.loads(run("recount", "-", "--ballot", "bal_2", "--output", "json", text=lines).stdout)["ballot"] == "bal_2"
    )


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "holds no journal entry"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"entries": [{"position": 1}]}', "entry 1: no journal entry"),
        (b'{"position": "1"}', "no journal entry"),
        (json.dumps(records.entries([closed()])).encode(), "holds no ballot"),
        (json.dumps(records.entries([opened(calendar_version="ZZ 1")])).encode(), "knows no calendar"),
        (json.dumps(records.entries([opened(electors=None)])).encode(), "lacks or garbles"),
        (json.dumps(records.entries([opened(time_zone="../etc")])).encode(), "lacks or garbles"),
        (
            json.dumps(records.entries([opened(), receipt("mem_a", received_at="9999-12-31T23:59:59Z")])).encode(),
            "lacks or garbles",
        ),
    ],
)
def test_what_cannot_be_recounted_is_refused_by_reason(tmp_path: Path, content: bytes, named: str) -> None:
    file = tmp_path / "export"
    file.write_bytes(content)
    result = run("recount", str(file))
    assert result.exit_code == 2
    assert named in " ".join(result.stderr.replace("│", " ").split())
    assert result.stdout == ""


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = run("recount", str(tmp_path / "none.json"))
    assert result.exit_code == 2
    assert "none.json" in result.stderr.replace("\n", "").replace("│", "").replace(" ", "")
