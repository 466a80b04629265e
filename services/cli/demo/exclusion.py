"""Second and third act: an exclusion that fails with four of six approvals, and one that passes with five (§ 6, L2).

Seven members; the one concerned neither votes nor counts.
"""

from datetime import datetime, timedelta
from typing import Any

from services.cli.demo import ballots, law
from services.cli.demo.admission import SEVEN
from services.cli.demo.ballots import Played
from services.cli.demo.stage import BOUNCING, Stage, moment

REASON = "Played in the demonstration; says nothing about the real organisation."


def play_failing(stage: Stage) -> dict[str, Any]:
    """Four of six are not more than 75 %: five are needed."""
    concerned = "wohnbau"
    stage.go_to(law.local(2027, 2, 1, 9))
    exclusion, played = announce(stage, concerned, asking="bethel")
    others = played.electors
    answer(stage, played, dict.fromkeys(others[:4], "approve") | {others[4]: "reject"}, law.local(2027, 2, 2, 9))
    report = ballots.decided(stage, played, law.local(2027, 2, 18, 9), passes=law.approval_passes(4, 6))
    stage.expect("state of the exclusion", stage.office.get(f"{stage.path}/exclusions/{exclusion}")["state"], "failed")
    stage.expect("members", len(stage.directory()), 7)
    stage.step(f"{stage.organisation(concerned).name} stays a member", exclusion=exclusion)
    return report


def play_passing(stage: Stage) -> dict[str, Any]:
    """Five of six are more than 75 %; the membership ends when the message is received, not before."""
    concerned = "trockendock"
    stage.go_to(law.local(2027, 3, 1, 9))
    exclusion, played = announce(stage, concerned, asking="gfs")
    answer(stage, played, dict.fromkeys(played.electors[:5], "approve"), law.local(2027, 3, 2, 9))
    report = ballots.decided(stage, played, law.local(2027, 3, 18, 9), passes=law.approval_passes(5, 6))
    stage.expect("members before the message is received (L2)", len(stage.directory()), 7)
    take_effect(stage, exclusion, concerned, law.local(2027, 3, 19, 10, 45))
    return report


def announce(stage: Stage, concerned: str, asking: str) -> tuple[str, Played]:
    """L2: any member asks, the office informs all; a second request meanwhile is refused."""
    body = {"member": stage.member(concerned), "reason": REASON}
    exclusion = str(stage.api.of(asking).post(f"{stage.path}/exclusions", body)["id"])
    again = stage.refused(
        "exclusion-already-running", lambda: stage.api.of("diakonie").post(f"{stage.path}/exclusions", body)
    )
    name = stage.organisation(concerned).name
    stage.step(f"{stage.organisation(asking).name} asks for the exclusion of {name}", second_request=again)
    stage.go_to(stage.now + timedelta(hours=2))
    ballot = stage.office.post(f"{stage.path}/exclusions/{exclusion}/announcement")
    electors = [user for user in SEVEN if user != concerned]
    played = ballots.opened(stage, ballot, "exclusion-ballot", electors, law.MORE_THAN_THREE_QUARTERS)
    return exclusion, played


def answer(stage: Stage, played: Played, votes: dict[str, str], first: datetime) -> None:
    """Receipts one after the other, each followed by its vote; who has none stays silent."""
    path = f"{stage.path}/ballots/{played.id}/votes"
    for place, user in enumerate(played.electors):
        at = first + timedelta(hours=place)
        if user == BOUNCING:
            stage.go_to(at)
            ballots.received_by_letter(stage, played, user, at, "Handed to the post box by the office")
        else:
            ballots.received_by_link(stage, played, user, at)
        if user in votes:
            ballots.vote(stage, played, user, votes[user])
    concerned = next(user for user in SEVEN if user not in played.electors)
    stage.refused("not-an-elector", lambda: stage.api.of(concerned).post(path, {"choice": "reject"}))
    stage.step("The member concerned neither votes nor counts", electorate=len(played.electors))


def take_effect(stage: Stage, exclusion: str, concerned: str, at: datetime) -> None:
    """L2, L3, A5: the message is received; membership and access end at that moment; the directory goes to six."""
    stage.go_to(at)
    link = stage.link(stage.mail_of_notice(exclusion, "exclusion-message", concerned))
    stage.expect("page behind the link", stage.open_link(link).status_code, 200)
    stage.expect("members after mere opening (N5)", len(stage.directory()), 7)
    stage.confirm(link)
    path = f"{stage.path}/exclusions/{exclusion}"
    done = stage.eventually(
        "the effect", lambda: found if (found := stage.office.get(path))["state"] == "in-effect" else None
    )
    stage.expect("moment of the effect (L2)", moment(done["effective_at"]), at)
    left = stage.office.get(f"{stage.path}/members/{stage.member(concerned)}")
    stage.expect("end of the membership (L2)", moment(left["left_at"]), at)
    stage.refused("not-authorised", lambda: stage.api.of(concerned).get(f"{stage.path}/members"))
    stage.step(
        f"{stage.organisation(concerned).name} has received the message; its membership and access end",
        effective_at=at.isoformat(),
    )
    stage.directory_sent([user for user in SEVEN if user != concerned], edition=2)
