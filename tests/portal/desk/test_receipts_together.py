"""One evidence for many members, recorded together; each says whether it was (T2, P7)."""

import re
from collections.abc import Callable, Sequence

from services.cli.demo import admission, law
from services.cli.demo.stage import Stage, moment
from tests.portal.visitor import Visitor

SignIn = Callable[..., Visitor]
EVIDENCE = {"kind": "handed-over", "received_day": "2026-12-11", "received_time": "09:30", "reason": "At the meeting"}
ALL = ("bethel", "wohnbau", "diakonie", "gfs", "trockendock", "stadt")


def opened(stage: Stage) -> str:
    """A ballot that nobody has received; three days later."""
    played = admission.announce(stage, admission.apply(stage)[0])
    stage.go_to(law.local(2026, 12, 11, 10))
    return str(played.id)


def post(visitor: Visitor, path: str, chosen: Sequence[str], **entries: str) -> str:
    """As browsers send check boxes: one name many times. Gives the page."""
    hidden = visitor.hidden()
    fields: dict[str, str | list[str]] = {"_token": hidden["_token"], "_key": hidden["_key"], "chosen": list(chosen)}
    visitor.page = visitor.http.post(path, data=fields | entries, headers={"Sec-Fetch-Site": "same-origin"})
    return visitor.page.text


def values(stage: Stage, ballot: str, users: Sequence[str]) -> list[str]:
    return [f"{ballot}/{stage.member(user)}" for user in users]


def without(stage: Stage, ballot: str) -> set[str]:
    """Whose time does not run."""
    return {user for user in ALL if stage.elector(ballot, user)["window"] is None}


def test_those_that_are_checked_are_recorded_together_after_one_check(stage: Stage, signed_in: SignIn) -> None:
    ballot, office, here = opened(stage), signed_in("stadt"), f"/n/{stage.network}/desk/receipts"
    office.get(here)
    chosen = values(stage, ballot, ("bethel", "wohnbau", "gfs"))
    assert post(office, here, chosen, **EVIDENCE).count("<tr") == 4, "the head, and one for each"
    assert without(stage, ballot) == set(ALL), "only checked"
    page = post(office, here, chosen, **EVIDENCE, sure="yes")
    assert "3 of 3 receipts are recorded" in page
    assert without(stage, ballot) == {"diakonie", "trockendock", "stadt"}
    assert stage.elector(ballot, "gfs")["evidence"] == "handed-over"
    assert moment(stage.elector(ballot, "gfs")["window"]["received_at"]) == law.local(2026, 12, 11, 9, 30)
    again = post(office, here, chosen, **EVIDENCE, sure="yes")
    assert "3 of 3 receipts are recorded" in again, "a double click is one command"


def test_what_cannot_be_recorded_says_why_and_holds_up_no_other(stage: Stage, signed_in: SignIn) -> None:
    """Meanwhile one was recorded with another time, in another browser."""
    ballot, office, here = opened(stage), signed_in("stadt"), f"/n/{stage.network}/desk/receipts"
    office.get(here)
    body = {"member": stage.member("wohnbau"), "kind": "letter", "received_at": law.local(2026, 12, 10, 8).isoformat(),
            "reason": "Registered letter"}  # fmt: skip
    stage.office.post(f"{stage.path}/ballots/{ballot}/receipts", body)
    chosen = values(stage, ballot, ("bethel", "wohnbau", "gfs"))
    page = post(office, here, chosen, **EVIDENCE, sure="yes")
    assert "2 of 3 receipts are recorded" in page
    assert "with another time or kind of evidence" in page
    assert without(stage, ballot) == {"diakonie", "trockendock", "stadt"}
    assert stage.elector(ballot, "wohnbau")["evidence"] == "letter"
    hidden = re.findall(r'name="chosen" value="([^"]+)"', page)
    assert hidden == values(stage, ballot, ("wohnbau",)), "only what is left is offered again"


def test_everything_on_a_page_can_be_checked_without_script(stage: Stage, signed_in: SignIn) -> None:
    opened(stage)
    office, here = signed_in("stadt"), f"/n/{stage.network}/desk/receipts"
    assert not re.findall(r'name="chosen"[^>]*checked', office.get(here).text), "nothing is, by itself"
    assert 'href="' + here + '?all=true"' in office.page.text
    assert len(re.findall(r'name="chosen"[^>]*checked', office.get(f"{here}?all=true").text)) == len(ALL)


def test_a_long_list_comes_in_pages(stage: Stage, signed_in: SignIn) -> None:
    """Five ballots of six members: 25 and 5."""
    for _number in range(5):
        application = admission.apply(stage)[0]
        stage.office.post(f"{stage.path}/applications/{application}/announcement")
    office, here = signed_in("stadt"), f"/n/{stage.network}/desk/receipts"
    assert office.get(here).text.count('name="chosen"') == 25
    (further,) = re.findall(r'rel="next" href="([^"]+)"', office.page.text)
    assert office.get(further.replace("&amp;", "&")).text.count('name="chosen"') == 5


def test_wrong_entries_keep_what_was_checked(stage: Stage, signed_in: SignIn) -> None:
    ballot, office, here = opened(stage), signed_in("stadt"), f"/n/{stage.network}/desk/receipts"
    office.get(here)
    page = post(office, here, values(stage, ballot, ("bethel",)), reason="At the meeting")
    assert office.page.status_code == 422
    assert {"#kind", "#received_day", "#received_time"} <= set(re.findall(r'href="(#\w+)"', page))
    assert len(re.findall(r'name="chosen"[^>]*checked', page)) == 1
    assert "At the meeting</textarea>" in page
    assert 'href="#chosen"' in post(office, here, [], **EVIDENCE)
    strange = post(office, here, [f"{ballot}/mem_nobody"], **EVIDENCE, sure="yes")
    assert office.page.status_code == 404, strange


def test_an_operator_looks_and_records_nothing(stage: Stage, signed_in: SignIn) -> None:
    ballot, operator, here = opened(stage), signed_in("betrieb"), f"/n/{stage.network}/desk/receipts"
    assert 'name="chosen"' not in operator.get(here).text
    operator.get(f"/n/{stage.network}/settings")
    page = post(operator, here, values(stage, ballot, ("bethel",)), **EVIDENCE, sure="yes")
    assert operator.page.status_code in (403, 409), page
    assert without(stage, ballot) == set(ALL)
