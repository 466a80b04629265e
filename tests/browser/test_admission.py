"""The whole admission in a browser, from the applicant's form to the directory, with script and without (§ 6, A)."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page

from services.cli.demo.stage import Stage
from tests.browser import screen
from tests.world import SENNE

Open = Callable[..., Page]
Show = Callable[..., Page]


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def show(request: pytest.FixtureRequest, open_page: Open) -> Show:
    """Opens pages in the way of this run."""

    def opened(path: str, **looks: object) -> Page:
        return open_page(path, script=request.param, own_session="user" in looks, **looks)

    return opened


def press(page: Page, name: str) -> None:
    """A button or link of this name; with script the page it leads to must be clean for axe."""
    follow(page, page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)))


def follow(page: Page, found: Locator) -> None:
    with page.expect_navigation():
        found.first.click()
    assert page.locator("h1").count() == 1, page.url
    assert screen.fits(page), page.url


def clean(page: Page) -> None:
    if page.evaluate("typeof htmx !== 'undefined'"):
        assert screen.axe(page) == [], page.url


def fill(page: Page, **entries: str) -> None:
    for name, value in entries.items():
        page.locator(f"#{name}").fill(value)


def link(stage: Stage, address: str, purpose: str) -> str:
    """The path of the newest mail's link for this purpose in this network; waits for it."""

    def look() -> str | None:
        for mail in reversed([one for one in stage.mails(address) if "/l/" in one["text"]]):
            token = stage.token(mail)
            view = stage.api.link(token).get("/link")
            if (view["network"], view["purpose"]) == (stage.network, purpose):
                return f"/l/{token}"
        return None

    return stage.eventually(f"the mail ({purpose})", look)


def test_an_organisation_applies_and_becomes_a_member(stage: Stage, show: Show) -> None:
    applied(stage, show)
    announced(stage, show)
    ballot = stage.office.items(f"{stage.path}/ballots")[0]["id"]
    answered_by_link(stage, show)
    answered_signed_in(stage, show)
    receipts_recorded(stage, show, ballot)
    office = decided_and_welcomed(stage, show)
    member(stage, office)


def applied(stage: Stage, show: Show) -> None:
    """A1, N5: nobody signs in; the link in the mail confirms the address."""
    page = show(f"/apply/{stage.network}")
    clean(page)
    press(page, "Begin the application")
    press(page, "Go on")
    assert page.locator("#errors a").count() == 3, "each missing entry is named"
    clean(page)
    fill(page, name=SENNE.name, address=SENNE.address)
    page.get_by_label(SENNE.field_of_work, exact=True).check()
    press(page, "Go on")
    fill(page, contact_name=SENNE.representative.name, contact_email=SENNE.representative.email)
    page.get_by_label("English", exact=True).check()
    press(page, "Go on")
    page.locator("#representative_is_contact").check()
    fill(page, deputy_name=SENNE.deputy.name, deputy_email=SENNE.deputy.email)
    press(page, "Go on")
    clean(page)
    page.locator("#will_to_cooperate").check()
    press(page, "Send the application")
    assert SENNE.representative.email in page.locator("main").inner_text()
    clean(page)
    page = show(link(stage, SENNE.representative.email, "application-confirmation"), width=320, dark=True)
    clean(page)
    press(page, "Yes, we have applied")
    assert page.locator("h1").inner_text() == SENNE.name
    clean(page)


def announced(stage: Stage, show: Show) -> None:
    """A2, P7: the office sees what is sent to whom, and decides."""
    page = show(f"/n/{stage.network}/desk", user="stadt")
    press(page, "Check the application")
    press(page, "Announce it to the members")
    assert "6 people are told" in page.locator("main").inner_text()
    clean(page)
    press(page, "Announce and send")
    assert page.get_by_role("status").first.is_visible()
    clean(page)


def answered_by_link(stage: Stage, show: Show) -> None:
    """N5, P4, B8: a telephone, without signing in; nothing is preselected."""
    address = stage.organisation("trockendock").representative.email
    page = show(link(stage, address, "admission-ballot"), width=320, dark=True)
    assert "/l/" not in urlsplit(page.url).path
    press(page, "Confirm receipt and go on to the answer")
    assert page.locator("input[type=radio]:checked").count() == 0
    clean(page)
    press(page, "Check the answer")
    assert page.locator("#errors a[href='#choice']").count() == 1
    page.get_by_label("Objection: we are against the admission").check()
    fill(page, reason="The same help is offered already.")
    press(page, "Check the answer")
    clean(page)
    press(page, "Send the answer")
    assert "Your answer has arrived" in page.locator("h1").inner_text()
    clean(page)


def answered_signed_in(stage: Stage, show: Show) -> None:
    page = show(f"/n/{stage.network}", user="bethel")
    follow(page, page.locator("main a.kern-btn--primary"))
    press(page, "Confirm receipt and start the time")
    page.get_by_label("No objection: we agree to the admission").check()
    press(page, "Check the answer")
    press(page, "Send the answer")
    assert page.locator("h1").inner_text() == "Your answer has arrived"


def receipts_recorded(stage: Stage, show: Show, ballot: str) -> None:
    """T2: the first by the form; the others the same way over the API, to spare time."""
    page = show(f"/n/{stage.network}/desk/receipts", user="stadt")
    clean(page)
    follow(page, page.locator(f"a[href$='/{stage.member('diakonie')}']"))
    page.get_by_label("Letter", exact=True).check()
    fill(page, received_day="2026-12-07", received_time="09:00", reason="Registered letter")
    press(page, "Check")
    clean(page)
    press(page, "Record it")
    for user in ("wohnbau", "gfs", "stadt"):
        body = {"kind": "letter", "received_at": stage.now.isoformat(), "reason": "Registered letter"}
        stage.office.post(f"{stage.path}/ballots/{ballot}/receipts", {**body, "member": stage.member(user)})
    page.reload()
    assert page.locator(".p-empty").count() == 1


def decided_and_welcomed(stage: Stage, show: Show) -> Page:
    """T4, A3: the test clock goes past the last window; one objection of six rejects nothing."""
    page = show(f"/n/{stage.network}/desk/clock", user="stadt")
    fill(page, clock_day="2026-12-29", clock_time="10:00")
    press(page, "Set forward")
    stage.eventually("the decision", lambda: stage.office.items(f"{stage.path}/ballots", open="false") or None)
    stage.eventually(
        "the passed application",
        lambda: stage.office.items(f"{stage.path}/applications")[0]["state"] == "passed" or None,
    )
    page.goto(page.url.replace("/clock", ""))
    press(page, "Welcome the applicant")
    press(page, "Welcome the applicant")
    clean(page)
    press(page, "We have signed: send")
    clean(page)
    return page


def member(stage: Stage, page: Page) -> None:
    """A4, A5: a member from the moment at which the signed copy came; the directory says so."""
    press(page, "Record the signed copy")
    assert page.locator("#received_day").input_value() == "29/12/2026"
    fill(page, received_day="2026-12-29", received_time="10:00")
    press(page, "Check")
    assert "29 December 2026, 10:00 (CET)" in page.locator("main").inner_text()
    press(page, "Record it: a member from then on")
    clean(page)
    press(page, "The member")
    assert page.locator("h1").inner_text() == SENNE.name
    press(page, "Members")
    assert SENNE.name in page.locator("main").inner_text()
    assert SENNE.name in stage.directory()
