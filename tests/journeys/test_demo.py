"""`fallnetz demo` as somebody calls it."""

import hashlib
import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.world import SENNE, TROCKENDOCK, WORLD

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def told() -> Any:
    command = [sys.executable, "-m", "services.cli.app", "demo", "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_demo_admits_a_seventh_member_and_excludes_one(told: Any) -> None:
    six = {member.name for member in WORLD.members}
    assert set(told["members_after_admission"]) == six | {SENNE.name}
    assert set(told["members"]) == (six | {SENNE.name}) - {TROCKENDOCK.name}
    assert told["journal_verified"] is True


def test_the_applicants_welcome_carries_the_signed_agreement(told: Any) -> None:
    """A3: the file, and the digest of the charter at its end."""
    [evidence] = [step["evidence"] for step in told["steps"] if "agreement" in step["what"]]
    assert re.fullmatch(r"Kooperationsvereinbarung-[a-z0-9-]+-v1\.txt", evidence["file"])
    charter = (ROOT / "deploy/charters/bielefeld.toml").read_bytes()
    assert evidence["digest"] == hashlib.sha256(charter).hexdigest()


def test_three_objections_of_six_do_not_reject_and_four_approvals_of_six_do_not_exclude(told: Any) -> None:
    found = [
        (one["kind"], one["electorate"], one["needed"], one["tally"]["object"], one["tally"]["approve"], one["outcome"])
        for one in told["ballots"]
    ]
    assert found == [
        ("admission", 6, 4, 3, 0, "passed"),
        ("exclusion", 6, 5, 0, 4, "failed"),
        ("exclusion", 6, 5, 0, 5, "passed"),
    ]


def test_windows_count_from_each_receipt_over_christmas_and_new_year(told: Any) -> None:
    windows = {one["received_at"][:10]: one["last_day"] for one in told["ballots"][0]["windows"]}
    assert windows == {
        "2026-12-08": "2026-12-22",
        "2026-12-09": "2026-12-23",
        "2026-12-10": "2026-12-24",  # Christmas Eve is no holiday (BGB § 193)
        "2026-12-11": "2026-12-28",  # both holidays and a Sunday
        "2026-12-12": "2026-12-28",
        "2026-12-18": "2027-01-04",  # New Year and a weekend
    }
    assert datetime.fromisoformat(told["ballots"][0]["effective_at"]) == datetime.fromisoformat(
        "2027-01-05T00:00+01:00"
    )


def test_every_step_has_a_moment_and_evidence(told: Any) -> None:
    moments = [datetime.fromisoformat(step["time"]) for step in told["steps"]]
    assert moments == sorted(moments)
    assert all(step["what"] and isinstance(step["evidence"], dict) for step in told["steps"])
