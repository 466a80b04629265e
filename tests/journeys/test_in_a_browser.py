"""The page behind a mail's link, and the mailbox, in real Chromium: without script, by keyboard, narrow and dark."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from services.cli.demo import law
from services.cli.demo.ballots import Played
from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation
from tests.journeys.test_procedures import announced

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="NO BROWSER: install Debian's chromium to run these tests"
)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A telephone in dark mode, without script."""
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 320, "height": 640}, color_scheme="dark", locale="de-DE"
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def played(stage: Stage) -> Played:
    found = announced(stage)[2]
    stage.go_to(law.local(2026, 12, 11, 10))
    return found


def fits(page: Page) -> bool:
    """Nothing makes the page wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth") <= 320)


def test_receipt_is_confirmed_by_keyboard_without_script(stage: Stage, played: Played, page: Page) -> None:
    """N5, T1: opening shows what it is about and changes nothing; the button starts the member's window."""
    link = stage.link(stage.mail_of_notice(played.id, played.purpose, "diakonie"))
    page.goto(link)
    assert fits(page)
    assert page.locator("html").get_attribute("lang") == "de"
    assert stage.elector(played.id, "diakonie")["window"] is None
    button = page.get_by_role("button", name="Empfang bestätigen")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.locator("button:focus").count():
            break
    assert page.locator("button:focus").count() == 1
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert button.count() == 0
    assert fits(page)
    window = stage.eventually("the window", lambda: stage.elector(played.id, "diakonie")["window"])
    assert window["last_day"] == "2026-12-28"


def test_a_used_link_asks_for_no_second_receipt_and_opens_the_ballot_with_nothing_chosen(
    stage: Stage, played: Played, page: Page
) -> None:
    """N5, B8: whoever has confirmed answers there, without signing in."""
    link = stage.link(stage.mail_of_notice(played.id, played.purpose, "bethel"))
    stage.confirm(link)
    page.goto(link)
    assert page.get_by_role("button", name="Empfang bestätigen").count() == 0
    choices = page.get_by_role("radio").all()
    assert choices
    assert not any(choice.is_checked() for choice in choices)


def test_every_page_fits_a_telephone_and_loads_nothing_from_elsewhere(installation: Installation, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for address in (f"{installation.url}/", f"{installation.url}/docs", f"{installation.url}/problems",
                    f"{installation.url}/problems/vote-late", installation.mailbox):  # fmt: skip
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200
        assert fits(page), address
        assert page.locator("h1").count() == 1
    assert all(url.startswith("http://127.0.0.1:") for url in asked)
