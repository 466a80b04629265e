"""Leaving in the portal: a resignation and its consequence, the request for an exclusion (L1, L2, L3)."""

from collections.abc import Callable

from services.cli.demo import law
from services.cli.demo.stage import Stage
from tests.portal.ballots.steps import vote
from tests.portal.visitor import Visitor
from tests.world import GFS, WOHNBAU

SignIn = Callable[..., Visitor]


def test_a_resignation_takes_two_steps_and_ends_the_access_at_once(stage: Stage, signed_in: SignIn) -> None:
    """L1, L3: also for the deputy, whose browser is still open."""
    visitor, deputy, path = signed_in("wohnbau"), signed_in("wohnbau-2"), f"/n/{stage.network}/resignation"
    assert "cannot be taken back" in visitor.get(path).text
    assert "This cannot be taken back" in visitor.post(path).text
    assert WOHNBAU.name in stage.directory()
    done = visitor.post(f"{path}/declaration")
    assert "The resignation is declared" in done.text
    assert WOHNBAU.name not in stage.directory()
    assert visitor.get(f"/n/{stage.network}").status_code in (403, 404)
    assert deputy.get(f"/n/{stage.network}/members").status_code == 403


def test_whoever_holds_the_office_is_led_to_hand_it_over_before_resigning(stage: Stage, signed_in: SignIn) -> None:
    """L4."""
    page = signed_in("stadt").get(f"/n/{stage.network}/resignation").text
    assert "Hand over the office first" in page
    assert f'href="/n/{stage.network}/desk/office"' in page
    assert "Go on to the declaration" not in page


def test_an_exclusion_is_asked_for_with_a_reason_after_a_check(stage: Stage, signed_in: SignIn) -> None:
    """L2."""
    visitor, path = signed_in("bethel"), f"/n/{stage.network}/exclusions/new"
    visitor.get(path)
    assert visitor.post(path, member="", reason="").status_code == 422
    entries = {"member": stage.member("gfs"), "reason": "Nobody has come for two years."}
    checked = visitor.post(path, entries)
    assert GFS.name in checked.text
    assert stage.office.items(f"{stage.path}/exclusions") == []
    asked = visitor.post(f"{path}/request", entries)
    assert "The request was sent" in asked.text
    assert "Nobody has come for two years." in asked.text
    withdrawn = visitor.post(f"{asked.url.path}/withdrawal")
    assert "Withdrawn" in withdrawn.text


def test_a_draft_of_a_request_waits_for_its_writer_alone(stage: Stage, signed_in: SignIn) -> None:
    visitor, path = signed_in("bethel"), f"/n/{stage.network}/exclusions/new"
    visitor.get(path)
    assert "Not sure yet." in visitor.post(f"{path}/draft", member="", reason="Not sure yet.").text
    assert "Not sure yet." not in signed_in("bethel-2").get(path).text


def test_the_message_of_an_exclusion_is_confirmed_in_the_portal_and_ends_the_membership(
    stage: Stage, signed_in: SignIn
) -> None:
    """L2, L3: only the member concerned can, and its access is gone with it."""
    exclusion = passed(stage)
    path = f"/n/{stage.network}/exclusions/{exclusion}"
    assert "Confirm receipt" not in signed_in("bethel").get(path).text
    visitor = signed_in("gfs")
    assert f'href="{path}"' in visitor.get(f"/n/{stage.network}").text
    assert "your access end at that moment" in visitor.get(path).text
    assert "Receipt is confirmed" in visitor.post(f"{path}/receipt").text
    stage.eventually("the end of the membership", lambda: GFS.name not in stage.directory())
    assert visitor.get(f"/n/{stage.network}/members").status_code == 403


def passed(stage: Stage) -> str:
    """An exclusion of GfS that the five others have approved; its message has been sent."""
    body = {"member": stage.member("gfs"), "reason": "Nobody has come for two years."}
    exclusion = str(stage.api.of("bethel").post(f"{stage.path}/exclusions", body)["id"])
    ballot = str(stage.office.post(f"{stage.path}/exclusions/{exclusion}/announcement")["id"])
    at = law.local(2026, 12, 8, 10)
    stage.go_to(at)
    for user in ("bethel", "wohnbau", "diakonie", "trockendock", "stadt"):
        receipt = {"member": stage.member(user), "kind": "letter", "received_at": at.isoformat(), "reason": "x"}
        stage.office.post(f"{stage.path}/ballots/{ballot}/receipts", receipt)
        vote(stage, ballot, user, "approve")
    stage.go_to(law.local(2026, 12, 23, 9))
    stage.eventually("the message", lambda: stage.notices(exclusion, "exclusion-message"))
    return exclusion
