"""Four languages: the choice stays on the page, and with the browser beyond sign-out and sign-in."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from services.cli.installation.running import Installation
from tests.browser.scene import Scene

Open = Callable[..., Page]
SAID = {
    "de": ("Deutsch", "Montag, 21. Dezember 2026, 23:59 Uhr (MEZ)", "17\N{NO-BREAK SPACE}%", "Wer entscheidet"),
    "en": ("English", "Monday, 21 December 2026, 23:59 (CET)", "17\N{NO-BREAK SPACE}%", "Who decides"),
    "nl": ("Nederlands", "maandag 21 december 2026", "17%", "Wie "),
    "da": ("Dansk", "mandag den 21. december 2026", "17\N{NO-BREAK SPACE}%", "Stemmeberettigede"),
}
"""By language: its name, a moment, a share and a heading of a ballot's page."""


def choose(page: Page, language: str) -> None:
    page.locator(".p-tool--language > summary").click()
    with page.expect_navigation():
        page.locator(f".p-tool--language button[value='{language}']").click()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_same_page_in_the_other_language(scene: Scene, open_page: Open, script: bool) -> None:
    path = scene.path("/n/{network}/ballots/{ballot}")
    page = open_page(path, user="wohnbau", script=script, locale="en-GB")
    for language in ("de", "nl", "da", "en"):
        choose(page, language)
        name, moment, share, heading = SAID[language]
        assert urlsplit(page.url).path == path
        assert page.locator("html").get_attribute("lang") == language
        expect(page.locator(".p-tool--language > summary")).to_contain_text(name)
        expect(page.locator("main")).to_contain_text(moment)
        expect(page.locator("#tally")).to_contain_text(share)
        expect(page.locator("#electors-title")).to_contain_text(heading)


def test_the_choice_outlives_sign_out_and_sign_in(scene: Scene, installation: Installation, open_page: Open) -> None:
    page = open_page(scene.path("/n/{network}"), user="diakonie", own_session=True, locale="en-GB")
    choose(page, "da")
    page.locator(".p-tool:not(.p-tool--language) > summary").click()
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/signed-out*")
    assert page.locator("html").get_attribute("lang") == "da"
    page.goto(f"{installation.portal}/sign-in?next={scene.path('/n/{network}')}")
    for entry in ("diakonie", installation.secrets.password):
        page.locator("input[name=login], input[name=password]").first.fill(entry)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    page.wait_for_url(f"{installation.portal}/**")
    assert page.locator("html").get_attribute("lang") == "da"
    expect(page.locator("h1")).to_have_text("Mine svar")
