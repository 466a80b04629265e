"""Ballots to look at, opened by the office through the API."""

from services.cli.demo import law
from services.cli.demo.stage import Stage
from services.cli.installation.seeding import details
from tests.world import SENNE

RECEIVED = law.local(2026, 12, 11, 10)
"""A Friday: the window ends after the holidays, on Monday 28 December."""


def opened(stage: Stage, *received: str) -> str:
    """An admission's ballot, which these members received on 11 December. Gives its id."""
    body = {
        "name": SENNE.name,
        "field_of_work": SENNE.field_of_work,
        "address": SENNE.address,
        "contact": details(SENNE.representative, None),
        "representative": details(SENNE.representative, None),
        "deputy": details(SENNE.deputy, None),
        "will_to_cooperate": True,
    }
    application = stage.office.post(f"{stage.path}/applications", body)["application"]["id"]
    ballot = str(stage.office.post(f"{stage.path}/applications/{application}/announcement")["id"])
    stage.go_to(RECEIVED)
    for user in received:
        receipt = {"member": stage.member(user), "kind": "letter", "received_at": RECEIVED.isoformat(), "reason": "x"}
        stage.office.post(f"{stage.path}/ballots/{ballot}/receipts", receipt)
    return ballot


def vote(stage: Stage, ballot: str, user: str, choice: str) -> None:
    stage.api.of(user).post(f"{stage.path}/ballots/{ballot}/votes", {"choice": choice})
