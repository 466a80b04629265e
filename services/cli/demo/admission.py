"""First act: a seventh organisation applies, is not opposed by more than half, countersigns, and is a member (§ 6)."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from services.cli.demo import ballots, law
from services.cli.demo.ballots import Played
from services.cli.demo.stage import BOUNCING, Stage, moment
from services.cli.installation.seeding import details

SIX = ["bethel", "wohnbau", "diakonie", "gfs", "trockendock", "stadt"]
SEVEN = [*SIX, "senne"]


def play(stage: Stage) -> dict[str, Any]:
    """The whole act. Gives the ballot's report."""
    application, key = apply(stage)
    played = announce(stage, application)
    receipts_and_votes(stage, played)
    report = ballots.decided(stage, played, law.local(2027, 1, 7, 9), passes=law.objection_passes(3, 6))
    welcome(stage, application)
    countersign(stage, application, key)
    return report


def apply(stage: Stage) -> tuple[str, str]:
    """A1: public, without an account; received only when the contact has confirmed its address by the mail's link."""
    applicant = stage.example.applicant
    body = {
        "name": applicant.name,
        "field_of_work": applicant.field_of_work,
        "address": applicant.address,
        "contact": details(applicant.representative, None),
        "representative": details(applicant.representative, stage.issuer),
        "deputy": details(applicant.deputy, stage.issuer),
        "will_to_cooperate": True,
    }
    receipt = stage.api.post(f"{stage.path}/applications", body)
    application = str(receipt["application"]["id"])
    stage.expect("state of the application", receipt["application"]["state"], "unconfirmed")
    path = f"{stage.path}/applications/{application}"
    stage.refused("application-not-found", lambda: stage.office.get(path))
    confirmation = stage.mail_of(application, "application-confirmation", applicant.representative.email)
    stage.step(f"{applicant.name} applies and is asked by mail to confirm its address", application=application)
    stage.api.link(stage.token(confirmation)).post("/link/confirmation")
    stage.eventually("the application at the office", lambda: application in received(stage))
    stage.mail_of(application, "application-received", applicant.representative.email)
    stage.step(f"{applicant.name} confirms and gets an acknowledgement by mail", application=application)
    return application, str(receipt["applicant_key"])


def received(stage: Stage) -> list[str]:
    """The applications of which the office knows."""
    return [str(one["id"]) for one in stage.office.items(f"{stage.path}/applications")]


def announce(stage: Stage, application: str) -> Played:
    """A2: the office puts it to all members; a stranger to the office may not."""
    stage.go_to(law.local(2026, 12, 8, 10))
    path = f"{stage.path}/applications/{application}/announcement"
    stage.refused("not-authorised", lambda: stage.api.of("bethel").post(path))
    ballot = stage.office.post(path)
    stage.step("The office puts the application to all members", ballot=ballot["id"])
    return ballots.opened(stage, ballot, "admission-ballot", SIX, law.MORE_THAN_HALF)


def receipts_and_votes(stage: Stage, played: Played) -> None:
    """Six receipts on six occasions: Saturdays, holidays, the end of the year; and three objections."""
    path = f"{stage.path}/ballots/{played.id}"
    bounce(stage, played, BOUNCING)
    early = stage.refused("window-not-open", lambda: stage.api.of("bethel").post(f"{path}/votes", {"choice": "object"}))
    stage.step("A vote before receipt is refused", detail=early)
    ballots.received_by_link(stage, played, "bethel", law.local(2026, 12, 8, 10, 15))
    ballots.vote(stage, played, "bethel", "object")
    ballots.received_by_link(stage, played, "wohnbau", law.local(2026, 12, 9, 16, 30))
    ballots.received_by_link(stage, played, "diakonie", law.local(2026, 12, 10, 9))
    ballots.received_by_link(stage, played, "trockendock", law.local(2026, 12, 11, 10))
    ballots.vote(stage, played, "trockendock", "object", voter="trockendock-2")
    stage.go_to(law.local(2026, 12, 12, 9))
    ballots.reminded(stage, played, "wohnbau", 1)
    ballots.received_by_link(stage, played, "stadt", law.local(2026, 12, 12, 23, 59))
    ballots.vote(stage, played, "stadt", "object")
    stage.go_to(law.local(2026, 12, 13, 8))
    ballots.vote(stage, played, "stadt", "no-objection")
    ballots.reminded(stage, played, "diakonie", 1)
    ballots.vote(stage, played, "diakonie", "object")
    for count, reminder in enumerate(law.reminders(played.receipts["wohnbau"])[1:], start=2):
        stage.go_to(reminder + timedelta(minutes=5))
        ballots.reminded(stage, played, "wohnbau", count)
        if count == 2:
            letter(stage, played)
    ballots.escalated(stage, played, "wohnbau", 3)
    late(stage, played)
    ballots.not_reminded(stage, played, ["bethel", "trockendock", "stadt"])
    ballots.not_reminded(stage, played, ["diakonie"], 1)


def bounce(stage: Stage, played: Played, user: str) -> None:
    """T3: a bounce is evidence of non-receipt and brings the office a task."""
    elector = stage.eventually(
        "the bounce", lambda: found if (found := stage.elector(played.id, user))["state"] == "undeliverable" else None
    )
    undelivered = stage.office.items(f"{stage.path}/notices", undelivered=True)
    stage.expect("undelivered notices", [one["member"] for one in undelivered], [stage.member(user)])
    tasks = stage.office.items(f"{stage.path}/tasks")
    stage.expect(
        "the office's task", [one["member"] for one in tasks if one["kind"] == "undeliverable"], [stage.member(user)]
    )
    stage.step(
        f"The mail to {stage.organisation(user).name} bounces; the office has a task",
        state=elector["state"],
        failure=undelivered[0]["failure"],
    )


def letter(stage: Stage, played: Played) -> None:
    """T2: the letter arrives; the office records it the next day. The window ends behind New Year and a weekend."""
    stage.go_to(law.local(2026, 12, 18, 15))
    reason = "Registered letter, delivered against signature"
    ballots.received_by_letter(stage, played, BOUNCING, law.local(2026, 12, 18, 11), reason)
    ballots.vote(stage, played, BOUNCING, "no-objection")


def late(stage: Stage, played: Played) -> None:
    """T5: the first instant after the window is too late, while the ballot is still open for others."""
    _, ends_at = law.window(played.receipts["wohnbau"])
    stage.go_to(ends_at.astimezone(law.ZONE))
    path = f"{stage.path}/ballots/{played.id}/votes"
    detail = stage.refused("vote-late", lambda: stage.api.of("wohnbau").post(path, {"choice": "object"}))
    stage.step("A vote in the first second after its window is recorded as late and not counted", detail=detail)
    stage.expect("outcome while a window runs (T2)", stage.ballot(played.id)["outcome"], None)


def welcome(stage: Stage, application: str) -> None:
    """A3."""
    path = f"{stage.path}/applications/{application}"
    stage.expect("members before the countersignature (A4)", len(stage.directory()), 6)
    stage.expect("state", stage.office.get(path)["state"], "passed")
    stage.expect("state", stage.office.post(f"{path}/welcome")["state"], "welcomed")
    mail = stage.mail_of(application, "application-welcome", stage.example.applicant.representative.email)
    stage.step("The office welcomes the applicant", application=application)
    agreement(stage, application, mail)


def agreement(stage: Stage, application: str, mail: Any) -> None:
    """A3, B8: the mail carries the charter under which the ballot was decided, word for word."""
    ballot = stage.office.get(f"{stage.path}/applications/{application}")["ballot"]
    version = stage.ballot(ballot)["charter_version"]
    charter = str(stage.office.get(f"{stage.path}/charter", version=version)["text"]).encode()
    names = [
        f"{title}-{stage.network}-v{version}.txt" for title in ("Kooperationsvereinbarung", "Cooperation-agreement")
    ]
    stage.expect("attachments of the welcome (A3)", [one["name"] in names for one in mail["attachments"]], [True])
    content = stage.attachment(mail, 0)
    digest = sha256(charter).hexdigest()
    stage.expect("the charter at the attachment's end", content[-len(charter) :], charter)
    stage.expect("its digest in the attachment", digest.encode() in content, True)
    stage.step(
        "The mail carries the agreement that the office has signed", file=mail["attachments"][0]["name"], digest=digest
    )


def countersign(stage: Stage, application: str, key: str) -> None:
    """A4, A5: a member from the moment at which its signed copy reached the office; the directory goes to seven."""
    received_at = law.local(2027, 1, 11, 11, 30)
    stage.go_to(law.local(2027, 1, 11, 14))
    path = f"{stage.path}/applications/{application}"
    done = stage.office.post(f"{path}/countersignature", {"received_at": received_at.isoformat()})
    stage.members[stage.example.applicant.name] = done["member"]
    joined = stage.office.get(f"{stage.path}/members/{done['member']}")
    stage.expect("beginning of the membership (A4)", moment(joined["joined_at"]), received_at)
    names = sorted([*(one.name for one in stage.example.members), stage.example.applicant.name])
    stage.expect("directory (A5)", stage.directory(), names)
    stage.directory_sent(SEVEN, edition=1)
    applicant = stage.api.applicant(key)
    stage.refused("application-member", lambda: applicant.post(f"{path}/withdrawal"))
    stage.step("The signed copy is there: seven members, and the directory is sent to seven", members=names)
