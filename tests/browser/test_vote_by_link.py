"""A vote by a mail's link on a telephone: in the dark, without script, by keyboard alone (N5, P2, P4)."""

from collections.abc import Callable

from playwright.sync_api import Page

from services.cli.demo import law
from services.cli.demo.stage import Stage
from tests.browser import screen
from tests.browser.keyboard import enter, reach
from tests.browser.test_admission import link
from tests.journeys.test_procedures import announced
from tests.world import TROCKENDOCK

Open = Callable[..., Page]


def follow(page: Page, selector: str) -> None:
    enter(page, selector)
    assert screen.fits(page), page.url


def test_a_member_votes_by_keyboard_without_script(stage: Stage, open_page: Open) -> None:
    played = announced(stage)[2]
    stage.go_to(law.local(2026, 12, 11, 10))
    page = open_page(
        link(stage, TROCKENDOCK.representative.email, "admission-ballot"), width=320, dark=True, script=False
    )
    follow(page, "form[action$='/confirmation'] button")
    reach(page, "input[type=radio]")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("input[type=radio]:checked").get_attribute("value")
    assert chosen
    follow(page, "form[action$='/answer'] button")
    assert stage.elector(played.id, "trockendock")["choice"] is None
    follow(page, "form[action$='/vote'] button")
    assert stage.elector(played.id, "trockendock")["choice"] == chosen
    assert page.url.endswith("/answered")
