"""What every ballot of the demo does alike: notices, receipts, votes, reminders, the decision; and its report."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from msgspec import Struct

from services.cli.demo import law
from services.cli.demo.stage import Stage, moment

ORDINALS = ("", "first", "second", "third", "fourth")
CONFIRMED = "confirmed-by-link"


class Played(Struct, kw_only=True):
    """A ballot while it is played: what must come out of it."""

    id: str
    about: str
    """The application or exclusion."""
    purpose: str
    """Of its notices."""
    electors: list[str]
    """Sign-in names of the representatives."""
    receipts: dict[str, datetime]
    votes: dict[str, str]
    """The vote that counts, by representative."""


def opened(stage: Stage, ballot: Any, purpose: str, electors: list[str], share: Fraction) -> Played:
    """B3, T7: all electors are there, none has received anything; one notice goes to each."""
    stage.expect("electors", sorted(one["member"] for one in ballot["electors"]), sorted(map(stage.member, electors)))
    stage.expect("count that decides (B2)", ballot["needed"], law.needed(len(electors), share))
    played = Played(
        id=ballot["id"], about=ballot["subject_id"], purpose=purpose, electors=electors, receipts={}, votes={}
    )
    count = len(electors)
    notices = stage.eventually(
        f"{count} notices", lambda: found if len(found := stage.notices(played.id, purpose)) == count else None
    )
    stage.expect("one notice for each elector", {one["member"] for one in notices}, set(map(stage.member, electors)))
    stage.step(f"{count} notices are on their way", ballot=played.id, notices=[one["id"] for one in notices])
    return played


def received_by_link(stage: Stage, played: Played, user: str, at: datetime) -> None:
    """T1, N5: opening the link changes nothing; the button confirms receipt and starts the member's own window."""
    stage.go_to(at)
    link = stage.link(stage.mail_of_notice(played.id, played.purpose, user))
    stage.expect("page behind the link", stage.open_link(link).status_code, 200)
    stage.expect("window after mere opening", stage.elector(played.id, user)["window"], None)
    stage.confirm(link)
    _window_runs(stage, played, user, at, CONFIRMED)
    stage.refused("link-already-used", lambda: stage.confirm(link))


def received_by_letter(stage: Stage, played: Played, user: str, at: datetime, reason: str) -> None:
    """T2: the office records other evidence with a reason."""
    body = {"member": stage.member(user), "kind": "letter", "received_at": at.isoformat(), "reason": reason}
    stage.office.post(f"{stage.path}/ballots/{played.id}/receipts", body)
    _window_runs(stage, played, user, at, "letter")


def _window_runs(stage: Stage, played: Played, user: str, at: datetime, evidence: str) -> None:
    elector = stage.eventually(
        f"the window of {user}",
        lambda: found if (found := stage.elector(played.id, user))["window"] else None,
    )
    window = elector["window"]
    last_day, ends_at = law.window(at)
    stage.expect(f"receipt of {user}", moment(window["received_at"]), at)
    stage.expect(f"last day of {user} (T1)", window["last_day"], last_day.isoformat())
    stage.expect(f"end of the window of {user} (T1)", moment(window["ends_at"]), ends_at)
    stage.expect(f"evidence for {user} (T3)", elector["evidence"], evidence)
    played.receipts[user] = at
    stage.step(
        f"{stage.organisation(user).name} has received the notice; its window ends with {last_day:%a %d %b %Y}",
        evidence=evidence,
        received_at=at.isoformat(),
        ends_at=ends_at.isoformat(),
        steps=[step["text"] for step in window["steps"]],
    )


def vote(stage: Stage, played: Played, user: str, choice: str, voter: str | None = None) -> None:
    """B4: by the representative or, as `voter`, the deputy."""
    receipt = stage.api.of(voter or user).post(f"{stage.path}/ballots/{played.id}/votes", {"choice": choice})
    stage.expect("choice in the vote's receipt", receipt["choice"], choice)
    stage.expect("moment of the vote (T5)", moment(receipt["at"]), stage.now)
    played.votes[user] = choice
    by = "by its deputy" if voter else "by its representative"
    stage.step(f"{stage.organisation(user).name} answers {choice}, {by}", ballot=played.id)


def reminded(stage: Stage, played: Played, user: str, count: int) -> None:
    """N6: so many reminders so far to the representative."""
    stage.eventually(
        f"{count} reminders to {user}", lambda: len(_reminders(stage, played, user)) == count or None, patience=5
    )
    stage.step(f"{stage.organisation(user).name} has been reminded for the {ORDINALS[count]} time", ballot=played.id)


def escalated(stage: Stage, played: Played, user: str, count: int) -> None:
    """N6: from the second reminder on the deputy gets one too."""
    address = stage.organisation(user).deputy.email
    stage.eventually(f"{count} reminders to the deputy", lambda: len(stage.mails(address)) == count or None, patience=5)
    stage.step(f"The deputy of {stage.organisation(user).name} has been asked too, {count} times", ballot=played.id)


def not_reminded(stage: Stage, played: Played, users: list[str], count: int = 0) -> None:
    """N6: who has answered is left in peace."""
    for user in users:
        stage.expect(f"reminders to {user}", len(_reminders(stage, played, user)), count)


def _reminders(stage: Stage, played: Played, user: str) -> list[Any]:
    """Mails with a reminder that lie in the representative's mailbox."""
    notices = {
        one["id"]
        for one in stage.notices(played.id, "ballot-reminder")
        if one["member"] == stage.member(user) and one["state"] not in ("created", "cancelled")
    }
    address = stage.organisation(user).representative.email
    return [mail for mail in stage.mails(address) if stage.notice_of(mail) in notices]


def decided(stage: Stage, played: Played, late: datetime, *, passes: bool) -> dict[str, Any]:
    """T2, T4: the decision carries the end of the last window, however late the loop wakes. Gives the report."""
    effective_at = law.decided_at(played.receipts.values())
    stage.go_to(late)
    ballot = stage.eventually("the decision", lambda: found if (found := stage.ballot(played.id))["outcome"] else None)
    tally = expected_tally(played)
    stage.expect("outcome (B1)", ballot["outcome"], "passed" if passes else "failed")
    stage.expect("moment of the decision (T2)", moment(ballot["effective_at"]), effective_at)
    stage.expect("tally (B6)", {key: value for key, value in ballot["tally"].items() if value}, tally)
    stage.step(
        f"The ballot is decided: {ballot['outcome']}",
        tally=tally,
        needed=ballot["needed"],
        effective_at=effective_at.isoformat(),
    )
    return report(played, ballot)


def expected_tally(played: Played) -> dict[str, int]:
    """Counts over the electorate, without zeros."""
    votes = [choice.replace("-", "_") for choice in played.votes.values()]
    silent = len(played.electors) - len(votes)
    counts = {choice: votes.count(choice) for choice in set(votes)} | {
        "silent": silent,
        "electorate": len(played.electors),
    }
    return {choice: count for choice, count in counts.items() if count}


def report(played: Played, ballot: Mapping[str, Any]) -> dict[str, Any]:
    """A ballot as the demo's JSON shows it."""
    return {
        "id": played.id,
        "kind": ballot["subject"],
        "motion": ballot["motion"],
        "electorate": len(ballot["electors"]),
        "needed": ballot["needed"],
        "tally": ballot["tally"],
        "windows": [
            {
                "member": elector["member_name"],
                "evidence": elector["evidence"],
                "received_at": elector["window"]["received_at"],
                "last_day": elector["window"]["last_day"],
                "ends_at": elector["window"]["ends_at"],
                "choice": elector["choice"],
            }
            for elector in ballot["electors"]
        ],
        "outcome": ballot["outcome"],
        "effective_at": ballot["effective_at"],
    }
