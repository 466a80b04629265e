"""Exported ballot records, written by hand for the offline commands: six members and one admission."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Fact = dict[str, Any]

ELECTORS = ["mem_a", "mem_b", "mem_c", "mem_d", "mem_e", "mem_f"]
RECEIVED = "2026-12-11T09:00:00Z"
ENDS = "2026-12-28T23:00:00Z"


def opened(**changes: Any) -> Fact:
    """An objection ballot by the agreement's rules, announced on 10 December 2026."""
    terms = {
        "fact": "BallotOpened", "network": "bielefeld", "ballot": "bal_1", "motion": "objection",
        "subject": "admission", "subject_id": "app_1", "electors": ELECTORS,
        "threshold": {"numerator": 1, "denominator": 2, "reach": False}, "window_days": 14, "charter_version": 1,
        "calendar_version": "DE-NW holidays 0 table 2026.1", "time_zone": "Europe/Berlin", "change_allowed": True,
        "full_window": False, "secret": False, "deputy_may_override": False,
        "counts_as_receipt": ["accepted-by-server", "confirmed-by-link", "letter"],
        "opened_at": "2026-12-10T08:00:00Z", "nudges": [],
    }  # fmt: skip
    return {**terms, **changes}


def of(kind: str, /, **fields: Any) -> Fact:
    return {"fact": kind, "network": "bielefeld", "ballot": "bal_1", **fields}


def receipt(member: str, /, **changes: Any) -> Fact:
    terms = {"kind": "confirmed-by-link", "received_at": RECEIVED, "last_day": "2026-12-28", "window_ends_at": ENDS}
    return of("ReceiptEstablished", **{"member": member, **terms, **changes})


def vote(member: str, choice: str, at: str = "2026-12-12T10:00:00Z", kind: str = "VoteCast") -> Fact:
    return of(kind, member=member, person="per_1", role="representative", choice=choice, at=at)


def closed(**changes: Any) -> Fact:
    """The end of a ballot with three objections of six."""
    tally = {"electorate": 6, "no_objection": 1, "object": 3, "approve": 0, "reject": 0, "abstain": 0, "silent": 2}
    terms = {
        "subject": "admission", "subject_id": "app_1", "outcome": "passed", "tally": tally, "needed": 4,
        "effective_at": ENDS, "early": False,
    }  # fmt: skip
    return of("BallotClosed", **{**terms, **changes})


def admission(**changes: Any) -> list[Fact]:
    """Six receipts, three objections, one consent, two silent; closed at the law's moment."""
    return [
        opened(**changes),
        *(receipt(member) for member in ELECTORS),
        *(vote(member, "object") for member in ELECTORS[:3]),
        vote("mem_d", "no-objection"),
        closed(),
    ]


def entries(facts: Iterable[Fact], record: str = "bal_1", first: int = 1) -> list[Fact]:
    """Journal entries with a right hash chain, made as `contracts.journal` describes it."""
    found: list[Fact] = []
    previous = "0" * 64
    for sequence, fact in enumerate(facts, 1):
        body, at = json.dumps(fact, separators=(",", ":"), sort_keys=True), "2026-12-12T10:00:00.000000Z"
        row = ["bielefeld", record, sequence, fact["fact"], body, at, None]
        canonical = json.dumps(row, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(previous.encode() + canonical.encode()).hexdigest()
        found.append(
            {
                "position": first + sequence - 1, "network": "bielefeld", "record": record, "sequence": sequence,
                "kind": fact["fact"], "body": body, "recorded_at": at, "actor": None,
                "previous": previous, "digest": digest,
            }
        )  # fmt: skip
        previous = digest
    return found


def export(path: Path, facts: Iterable[Fact]) -> str:
    """A record as `GET …/ballots/{id}/record` gives it. Returns the file's name."""
    path.write_text(json.dumps({"network": "bielefeld", "record": "bal_1", "entries": entries(facts)}))
    return str(path)
