"""What an open page asks for while others act."""

from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from services.cli.demo.stage import Stage
from tests.portal.ballots.steps import opened, vote

OpenPage = Callable[..., Page]


def test_a_vote_costs_the_open_page_of_its_ballot_one_request(stage: Stage, open_page: OpenPage) -> None:
    """P4, row 6: one answer brings the tally and the list of members."""
    ballot = opened(stage, "wohnbau", "bethel", "diakonie")
    page = open_page(f"/n/{stage.network}/ballots/{ballot}", user="wohnbau")
    asked: list[str] = []

    def note(request: Request) -> None:
        if "hx-request" in request.headers:
            asked.append(request.url)

    page.on("request", note)
    follow(stage, page, ballot)
    asked.clear()
    vote(stage, ballot, "bethel", "object")
    expect(page.locator("#tally .p-tally__no")).to_have_count(1, timeout=10_000)
    expect(page.locator("#electors").get_by_text("Objection", exact=True)).to_have_count(1)
    assert len(asked) == 1


def follow(stage: Stage, page: Page, ballot: str) -> None:
    """Until the page follows the network: its stream opens after the page is shown, and brings what comes from then
    on. Another member changes its answer as often as it takes (B4)."""
    for choice, shown in (("abstain", "Abstention"), ("no-objection", "No objection")) * 5:
        vote(stage, ballot, "diakonie", choice)
        try:
            expect(page.locator("#electors").get_by_text(shown, exact=True)).to_have_count(1, timeout=3_000)
        except AssertionError:
            continue
        page.wait_for_timeout(1_000)  # a second answer to the same event would come now
        return
    raise AssertionError("the page does not follow its network")
