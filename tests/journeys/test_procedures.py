"""Procedures from the first request to the last mail, through HTTP and links: what the demo does not show."""

from datetime import timedelta
from typing import Any

from services.cli.demo import ballots, law
from services.cli.demo.admission import SIX, announce, apply
from services.cli.demo.ballots import Played
from services.cli.demo.stage import Stage, moment
from tests.world import DIAKONIE, SENNE, STADT


def announced(stage: Stage) -> tuple[str, str, Played]:
    """(application, applicant's key, ballot)"""
    application, key = apply(stage)
    return application, key, announce(stage, application)


def all_receive(stage: Stage, played: Played) -> None:
    at = law.local(2026, 12, 9, 9)
    stage.go_to(at)
    for user in played.electors:
        ballots.received_by_letter(stage, played, user, at, "Handed to the post box by the office")


def test_four_objections_of_six_reject_and_the_applicant_is_told(stage: Stage) -> None:
    """A4, B2: more than half of six is four."""
    application, _, played = announced(stage)
    all_receive(stage, played)
    for user in SIX[:4]:
        ballots.vote(stage, played, user, "object")
    report = ballots.decided(stage, played, law.local(2026, 12, 28, 9), passes=False)
    assert report["tally"]["object"] == 4
    assert stage.office.get(f"{stage.path}/applications/{application}")["state"] == "rejected"
    assert stage.mail_of(application, "application-rejected", SENNE.representative.email)
    assert len(stage.directory()) == 6


def test_a_member_that_resigns_in_mid_ballot_drops_out_of_the_electorate(stage: Stage) -> None:
    """B3, L1: of five, three objections are more than half; everyone else is informed and gets the directory."""
    application, _, played = announced(stage)
    all_receive(stage, played)
    for user in ("bethel", "gfs", "trockendock"):
        ballots.vote(stage, played, user, "object")
    ballots.vote(stage, played, "diakonie", "no-objection")
    stage.api.of("diakonie").post(f"{stage.path}/resignations", {"member": stage.member("diakonie")})
    rest = [user for user in SIX if user != "diakonie"]
    for user in rest:
        assert stage.mail_of_notice(stage.member("diakonie"), "resignation", user)
    stage.directory_sent(rest, edition=1)
    stage.refused("not-authorised", lambda: stage.api.of("diakonie").get(f"{stage.path}/ballots/{played.id}"))
    assert DIAKONIE.name not in stage.directory()

    stage.go_to(law.local(2026, 12, 28, 9))
    ballot: Any = stage.eventually(
        "the decision", lambda: found if (found := stage.ballot(played.id))["outcome"] else None
    )
    counted = {key: value for key, value in ballot["tally"].items() if value}
    assert counted == {"electorate": 5, "object": 3, "silent": 2}
    assert (ballot["needed"], ballot["outcome"]) == (3, "failed")
    assert stage.office.get(f"{stage.path}/applications/{application}")["state"] == "rejected"


def test_an_applicant_that_withdraws_in_the_last_minute_ends_the_ballot(stage: Stage) -> None:
    """A6."""
    application, key, played = announced(stage)
    all_receive(stage, played)
    stage.go_to(law.decided_at(played.receipts.values()) - timedelta(minutes=1))
    done = stage.api.applicant(key).post(f"{stage.path}/applications/{application}/withdrawal")
    assert done["state"] == "withdrawn"
    assert stage.ballot(played.id)["cancelled"] is True
    stage.go_to(law.local(2027, 1, 7))
    assert stage.ballot(played.id)["outcome"] is None
    vote = f"{stage.path}/ballots/{played.id}/votes"
    stage.refused("ballot-cancelled", lambda: stage.api.of("bethel").post(vote, {"choice": "object"}))


def test_the_holder_of_the_office_cannot_resign_before_the_handover(stage: Stage) -> None:
    """L4: after the handover it can."""
    stadt, bethel = stage.member("stadt"), stage.member("bethel")
    body = {"member": stadt}
    detail = stage.refused("holds-the-office", lambda: stage.office.post(f"{stage.path}/resignations", body))
    assert "koordinierende Stelle" in detail
    stage.office.post(f"{stage.path}/office", {"member": bethel})
    left = stage.api.of("stadt").post(f"{stage.path}/resignations", body)
    assert moment(left["left_at"]) == stage.now
    assert STADT.name not in [member["name"] for member in stage.operator.items(f"{stage.path}/members")]


def test_an_elector_without_receipt_keeps_the_ballot_open(stage: Stage) -> None:
    """T2: never closed by assumption; the office sees who is missing."""
    _, _, played = announced(stage)
    at = law.local(2026, 12, 9, 9)
    stage.go_to(at)
    for user in SIX[:5]:
        ballots.received_by_letter(stage, played, user, at, "Handed to the post box by the office")
    stage.go_to(law.local(2027, 3, 1))
    assert stage.ballot(played.id)["outcome"] is None

    def missing() -> list[str]:
        """Shows as soon as the mail server has taken the notice."""
        tasks = stage.office.items(f"{stage.path}/tasks")
        return [task["member"] for task in tasks if task["kind"] == "receipt-missing"]

    assert stage.eventually("the office's task", missing) == [stage.member("stadt")]


def test_the_same_request_with_the_same_key_is_carried_out_once(stage: Stage) -> None:
    _, _, played = announced(stage)
    ballots.received_by_link(stage, played, "bethel", law.local(2026, 12, 9, 9))
    vote = f"{stage.path}/ballots/{played.id}/votes"
    voter = stage.api.of("bethel")
    first = voter.post(vote, {"choice": "object"}, key="vote-of-bethel")
    assert voter.post(vote, {"choice": "object"}, key="vote-of-bethel") == first
    stage.refused("idempotency-key-reused", lambda: voter.post(vote, {"choice": "no-objection"}, key="vote-of-bethel"))
    assert stage.elector(played.id, "bethel")["choice"] == "object"
