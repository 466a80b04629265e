"""A ballot in real Chromium: answered without script by keyboard on a telephone, and seen live by somebody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Page, expect

from services.cli.demo.stage import Stage
from tests.browser import screen
from tests.browser.keyboard import reach
from tests.portal.ballots.steps import opened, vote

OpenPage = Callable[..., Page]


def test_a_vote_appears_in_another_open_browser(stage: Stage, open_page: OpenPage) -> None:
    """P4, row 6: bar, table and the list of members, while the form that is being filled in stays as it is."""
    ballot = opened(stage, "wohnbau", "bethel")
    page = open_page(f"/n/{stage.network}/ballots/{ballot}", user="wohnbau")
    page.get_by_label("Reason").fill("We are writing this")
    expect(page.locator("#tally .p-tally__no")).to_have_count(0)
    vote(stage, ballot, "bethel", "object")
    expect(page.locator("#tally .p-tally__no")).to_have_count(1, timeout=10_000)
    expect(page.locator("#electors")).to_contain_text("Objection")
    expect(page.get_by_label("Reason")).to_have_value("We are writing this")


def test_a_ballot_is_answered_without_script_by_keyboard_on_a_telephone(stage: Stage, open_page: OpenPage) -> None:
    ballot = opened(stage, "wohnbau")
    page = open_page(f"/n/{stage.network}", user="wohnbau", width=320, dark=True, script=False)
    reach(page, f'a[href$="/ballots/{ballot}"]')
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/ballots/{ballot}")
    assert screen.fits(page)
    reach(page, 'input[name="choice"]')
    page.keyboard.press("Space")
    reach(page, "form#answering button:not([formaction])")
    page.keyboard.press("Enter")
    page.wait_for_url("**/answer")
    assert screen.fits(page)
    assert page.locator("h1").inner_text() == "Check your answer"
    reach(page, 'form[action$="/vote"] button')
    page.keyboard.press("Enter")
    page.wait_for_url("**/answered")
    assert "Your answer has arrived" in page.locator("h1").inner_text()
    assert screen.fits(page)
    assert stage.elector(ballot, "wohnbau")["choice"] is not None


def test_a_new_ballot_appears_in_an_open_inbox(stage: Stage, open_page: OpenPage) -> None:
    """P3."""
    page = open_page(f"/n/{stage.network}", user="gfs")
    expect(page.locator("#inbox")).to_contain_text("Nothing waits for your answer")
    ballot = opened(stage)
    expect(page.locator(f'#inbox a[href$="/ballots/{ballot}"]')).to_have_count(1, timeout=10_000)


def test_votes_in_quick_succession_all_appear(stage: Stage, open_page: OpenPage) -> None:
    """One that comes while the page fetches another is not forgotten."""
    voters = ("bethel", "diakonie", "trockendock", "stadt")
    ballot = opened(stage, "wohnbau", *voters)
    page = open_page(f"/n/{stage.network}/ballots/{ballot}", user="wohnbau")
    expect(page.locator("#electors")).not_to_contain_text("Objection")
    for voter in voters:
        stage.api.of(voter)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda voter: vote(stage, ballot, voter, "object"), voters))
    expect(page.locator("#electors").get_by_text("Objection", exact=True)).to_have_count(4, timeout=10_000)
