"""An exclusion in a browser: from the office's announcement to the message that ends the membership (§ 6, L2, L3)."""

from collections.abc import Callable

from playwright.sync_api import Page

from services.cli.demo import exclusion, law
from services.cli.demo.stage import Stage
from tests.browser import screen
from tests.browser.test_admission import link, press
from tests.world import GFS, TROCKENDOCK

Open = Callable[..., Page]


def test_a_member_is_excluded_and_its_open_page_says_so(stage: Stage, open_page: Open) -> None:
    body = {"member": stage.member("gfs"), "reason": exclusion.REASON}
    found = str(stage.api.of("bethel").post(f"{stage.path}/exclusions", body)["id"])
    announced(stage, open_page)
    ballot = stage.office.items(f"{stage.path}/ballots")[0]["id"]
    answered(stage, open_page, ballot)
    concerned = open_page(f"/n/{stage.network}/members", user="gfs", own_session=True)
    assert concerned.locator("h1").count() == 1
    stage.go_to(law.local(2027, 1, 4, 9))
    path = f"{stage.path}/exclusions/{found}"
    stage.eventually("the decision", lambda: stage.office.get(path)["state"] == "passed" or None)
    message_confirmed(stage, open_page)
    stage.eventually("the end", lambda: stage.office.get(path)["state"] == "in-effect" or None)
    concerned.reload()
    assert GFS.name not in stage.directory()
    assert concerned.locator("table").count() == 0, "L3: it sees nothing of the network any more"
    office = open_page(f"/n/{stage.network}/desk/exclusions/{found}", user="stadt", own_session=True)
    assert "In effect" in office.locator("main").inner_text()
    assert screen.axe(office) == []


def announced(stage: Stage, open_page: Open) -> None:
    """L2, P7: five people are told; the member concerned does not decide."""
    page = open_page(f"/n/{stage.network}/desk", user="stadt", own_session=True)
    press(page, "Announce the request for exclusion")
    assert exclusion.REASON in page.locator("main").inner_text()
    press(page, "Announce it to the members")
    assert screen.axe(page) == []
    press(page, "Announce and send")
    assert screen.axe(page) == []


def answered(stage: Stage, open_page: Open, ballot: str) -> None:
    """More than 75 % of five are four: one by the link of its mail, three over the API."""
    page = open_page(link(stage, TROCKENDOCK.representative.email, "exclusion-ballot"))
    press(page, "Confirm receipt and go on to the answer")
    assert exclusion.REASON in page.locator("main").inner_text()
    assert screen.axe(page) == []
    page.get_by_label("Approval: we are for the exclusion").check()
    press(page, "Check the answer")
    press(page, "Send the answer")
    for user in ("bethel", "wohnbau", "diakonie", "stadt"):
        body = {"kind": "letter", "received_at": stage.now.isoformat(), "reason": "Registered letter"}
        stage.office.post(f"{stage.path}/ballots/{ballot}/receipts", {**body, "member": stage.member(user)})
        if user != "stadt":
            stage.api.of(user).post(f"{stage.path}/ballots/{ballot}/votes", {"choice": "approve"})


def message_confirmed(stage: Stage, open_page: Open) -> None:
    """N5: in the recipient's language, on a telephone; what the button does stands beside it."""
    page = open_page(link(stage, GFS.representative.email, "exclusion-message"), width=320, dark=True)
    assert page.locator("html").get_attribute("lang") == "de"
    assert exclusion.REASON in page.locator("main").inner_text()
    assert screen.axe(page) == []
    assert screen.fits(page)
    with page.expect_navigation():
        page.locator("form[action$='/confirmation'] button").click()
    assert page.locator("form[action$='/confirmation']").count() == 0
    assert screen.axe(page) == []
