"""A member answers a ballot in the portal: receipt, answer, check, receipt of the answer, change (P3, P4)."""

import json
import re
from collections.abc import Callable

from services.cli.demo import law
from services.cli.demo.stage import Stage
from tests.portal.ballots.steps import opened, vote
from tests.portal.visitor import Visitor
from tests.world import SENNE

SignIn = Callable[..., Visitor]


def test_the_inbox_says_what_is_due_by_when_and_what_silence_means(stage: Stage, signed_in: SignIn) -> None:
    """P3, B8: the absolute end with its zone beside the time left; what has no window yet comes last."""
    later = opened(stage)
    sooner = opened(stage, "wohnbau")
    page = signed_in("wohnbau").get(f"/n/{stage.network}").text
    assert page.index(f"/ballots/{sooner}") < page.index(f"/ballots/{later}")
    assert "17 days left" in page
    assert "Monday, 28 December 2026, 23:59 (CET)" in page
    assert "If you do not answer, you agree." in page
    assert "Confirm receipt" in page


def test_an_answered_ballot_stands_among_what_is_waited_for(stage: Stage, signed_in: SignIn) -> None:
    ballot = opened(stage, "wohnbau")
    vote(stage, ballot, "wohnbau", "object")
    page = signed_in("wohnbau").get(f"/n/{stage.network}").text
    assert "Nothing waits for your answer" in page
    assert "Your answer: Objection" in page


def test_an_end_in_less_than_three_days_is_announced(stage: Stage, signed_in: SignIn) -> None:
    opened(stage, "wohnbau")
    stage.go_to(law.local(2026, 12, 27, 9))
    assert "ends in less than 3 days" in signed_in("wohnbau").get(f"/n/{stage.network}").text


def test_receipt_is_confirmed_by_a_button_and_not_by_looking(stage: Stage, signed_in: SignIn) -> None:
    """T1, T3: a page that is merely fetched starts no window."""
    ballot = opened(stage)
    stage.eventually("the notice", lambda: stage.notices(ballot, "admission-ballot"))
    visitor = signed_in("diakonie")
    page = visitor.get(f"/n/{stage.network}/ballots/{ballot}").text
    assert "Your time has not begun yet" in page
    assert stage.elector(ballot, "diakonie")["window"] is None
    page = visitor.post(f"/n/{stage.network}/ballots/{ballot}/receipt").text
    assert "Receipt is confirmed" in page
    elector = stage.eventually(
        "the window", lambda: found if (found := stage.elector(ballot, "diakonie"))["window"] else None
    )
    assert elector["evidence"] == "opened-in-portal"


def test_nothing_is_preselected_and_the_window_explains_itself(stage: Stage, signed_in: SignIn) -> None:
    """B8, T6."""
    ballot = opened(stage, "wohnbau")
    page = signed_in("wohnbau").get(f"/n/{stage.network}/ballots/{ballot}").text
    radios = re.findall(r'<input[^>]*type="radio"[^>]*>', page)
    assert len(radios) == 3
    assert not any("checked" in radio for radio in radios)
    assert "What silence means" in page
    assert "BGB" in page
    assert SENNE.address in page
    assert page.count("<h1") == 1


def test_an_answer_is_checked_then_sent_once_however_often_the_button_is_pressed(
    stage: Stage, signed_in: SignIn
) -> None:
    ballot = opened(stage, "wohnbau")
    visitor, path = signed_in("wohnbau"), f"/n/{stage.network}/ballots/{ballot}"
    visitor.get(path)
    assert visitor.post(f"{path}/answer").status_code == 422
    assert 'href="#choice"' in visitor.page.text
    checked = visitor.post(f"{path}/answer", choice="object", reason="There is enough of this.")
    assert "Check your answer" in checked.text
    assert "There is enough of this." in checked.text
    assert stage.elector(ballot, "wohnbau")["choice"] is None
    fields = {"choice": "object", "reason": "There is enough of this."}
    hidden = visitor.hidden()
    for _ in range(2):
        sent = visitor.send(f"{path}/vote", {**fields, "_token": hidden["_token"], "_key": hidden["_key"]})
        assert sent.status_code == 303
    assert "Your answer has arrived" in visitor.get(f"{path}/answered").text
    assert stage.elector(ballot, "wohnbau")["choice"] == "object"


def test_an_answer_may_be_changed_until_the_end_and_never_after(stage: Stage, signed_in: SignIn) -> None:
    """B4, T5: after the end the page says so and takes nothing."""
    ballot = opened(stage, "wohnbau", "bethel")
    answer = {"choice": "object", "reason": "Outside <our> field"}
    stage.api.of("wohnbau").post(f"{stage.path}/ballots/{ballot}/votes", answer)
    visitor, path = signed_in("wohnbau"), f"/n/{stage.network}/ballots/{ballot}"
    page = visitor.get(path).text
    assert "Change the answer" in page
    assert "Reason: Outside &lt;our&gt; field" in page
    assert ">\nOutside &lt;our&gt; field</textarea>" in page
    assert "our&gt; field" not in signed_in("bethel").get(path).text
    visitor.post(f"{path}/answer", choice="no-objection", reason="")
    assert visitor.post(f"{path}/vote", choice="no-objection").status_code == 200
    assert stage.elector(ballot, "wohnbau")["choice"] == "no-objection"
    stage.go_to(law.local(2026, 12, 29, 9))
    late = visitor.post(f"{path}/vote", choice="object")
    assert late.status_code == 409
    assert stage.elector(ballot, "wohnbau")["choice"] == "no-objection"


def test_a_draft_waits_and_counts_as_nothing(stage: Stage, signed_in: SignIn) -> None:
    ballot = opened(stage, "wohnbau")
    visitor, path = signed_in("wohnbau"), f"/n/{stage.network}/ballots/{ballot}"
    visitor.get(path)
    page = visitor.post(f"{path}/draft", choice="abstain", reason="We are not sure yet.").text
    assert "Your draft is kept" in page
    assert "We are not sure yet." in page
    assert stage.elector(ballot, "wohnbau")["choice"] is None
    assert "We are not sure yet." not in signed_in("wohnbau-2").get(path).text


def test_who_does_not_decide_is_told_why(stage: Stage, signed_in: SignIn) -> None:
    ballot = opened(stage)
    page = signed_in("betrieb").get(f"/n/{stage.network}/ballots/{ballot}").text
    assert "You do not act for a member here" in page
    assert 'type="radio"' not in page


def test_a_decided_ballot_shows_its_result_and_gives_its_record(stage: Stage, signed_in: SignIn) -> None:
    """B6, T6: the end is 23:59 of the last day, and the record is the one that the API exports."""
    ballot = opened(stage, "bethel", "wohnbau", "diakonie", "gfs", "trockendock", "stadt")
    for user in ("bethel", "wohnbau", "diakonie", "gfs"):
        vote(stage, ballot, user, "object")
    stage.go_to(law.local(2027, 1, 4, 9))
    stage.eventually("the decision", lambda: stage.ballot(ballot)["outcome"])
    visitor = signed_in("bethel")
    page = visitor.get(f"/n/{stage.network}/ballots/{ballot}").text
    assert "Not passed" in page
    assert "Monday, 28 December 2026, 23:59" in page
    assert f"/ballots/{ballot}" in visitor.get(f"/n/{stage.network}/ballots?over=true").text
    record = visitor.get(f"/n/{stage.network}/ballots/{ballot}/record")
    assert "attachment" in record.headers["content-disposition"]
    exported = stage.office.get(f"{stage.path}/ballots/{ballot}/record")
    assert json.loads(record.content) == exported


def test_a_ballot_of_another_network_is_not_there(stage: Stage, signed_in: SignIn) -> None:
    ballot = opened(stage)
    assert signed_in("wohnbau").get(f"/n/bielefeld/ballots/{ballot}").status_code == 404
