"""Every page of `pages.py`, as everybody may look at it: axe, narrow screens, by keyboard, without script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from services.cli.demo.stage import Stage
from services.cli.installation.seeding import details
from tests.browser import screen
from tests.browser.keyboard import skip, tab
from tests.browser.pages import PAGES, Shown
from tests.browser.scene import Scene
from tests.world import SENNE

Open = Callable[..., Page]
each_page = pytest.mark.parametrize("shown", PAGES, ids=[page.name for page in PAGES])


@each_page
def test_axe_finds_nothing_in_light_dark_and_on_a_narrow_screen(shown: Shown, scene: Scene, open_page: Open) -> None:
    """WCAG 2.2 AA, as far as a program can see it; and nothing moves while the page loads (row 12)."""
    page = open_page(scene.path(shown.path), user=shown.user)
    shown.go_on(page)
    assert round(screen.shift(page), 2) == 0
    screen.sound(page)


@each_page
def test_a_page_has_one_heading_a_title_and_its_language(shown: Shown, scene: Scene, open_page: Open) -> None:
    page = open_page(scene.path(shown.path), user=shown.user, script=False, locale="da-DK")
    shown.go_on(page)
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == (shown.language or "da")
    heading = page.locator("h1").inner_text().strip()
    assert heading
    assert len(page.title()) > 5
    assert page.locator("main").count() == 1


@pytest.mark.parametrize(
    "shown", [PAGES[0], next(page for page in PAGES if page.name == "inbox")], ids=["welcome", "inbox"]
)
def test_the_content_is_two_keys_away_and_focus_is_always_seen(shown: Shown, scene: Scene, open_page: Open) -> None:
    """WCAG 2.2, 2.4.1, 2.4.7 and 1.4.11."""
    page = open_page(scene.path(shown.path), user=shown.user)
    skip(page)
    page.reload()
    for _ in range(12):
        tab(page)


def test_nothing_is_loaded_from_elsewhere(open_page: Open) -> None:
    page = open_page("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page.url + "sign-in?again=1")
    origin = page.evaluate("location.origin")
    assert asked
    assert all(url.startswith(origin) for url in asked)


def test_the_menus_work_without_script_on_a_narrow_screen(scene: Scene, open_page: Open) -> None:
    page = open_page(scene.path("/n/{network}"), user="wohnbau", script=False, width=320, own_session=True)
    assert not page.get_by_role("link", name="Members").is_visible()
    page.get_by_text("Menu", exact=True).click()
    assert page.get_by_role("link", name="Members").is_visible()
    page.locator("summary", has_text="English").click()
    page.get_by_role("button", name="Dansk").click()
    assert page.locator("html").get_attribute("lang") == "da"
    page.locator("summary", has_text="Sibel").click()
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/signed-out*", timeout=10_000)


def test_the_longest_name_without_a_space_makes_no_page_wider(stage: Stage, open_page: Open) -> None:
    """WCAG 2.2, 1.4.10: members name themselves."""
    person = details(SENNE.representative, None)
    body = {
        "name": "Überbrückungsunterkunft" * 8 + "🏠 مؤسسة Şişli", "field_of_work": SENNE.field_of_work,
        "address": SENNE.address, "contact": person, "representative": person,
        "deputy": details(SENNE.deputy, None), "will_to_cooperate": True,
    }  # fmt: skip
    application = stage.office.post(f"{stage.path}/applications", body)["application"]["id"]
    ballot = stage.office.post(f"{stage.path}/applications/{application}/announcement")["id"]
    for path in ("", "/ballots", f"/ballots/{ballot}", "/desk", "/desk/procedures", "/desk/receipts"):
        page = open_page(f"/n/{stage.network}{path}", user="stadt", width=320)
        assert screen.fits(page), path
