"""Real Chromium on a real installation. Without a browser these tests are skipped, loudly; with CI set they fail."""

import os
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from services.cli.installation.running import Installation
from tests.browser import screen
from tests.browser.scene import Scene, prepared
from tests.journeys.conftest import api, installation, stage
from tests.portal.conftest import edge
from tests.portal.visitor import Visitor

__all__ = ["api", "chromium", "edge", "installation", "open_page", "scene", "sign_ins", "stage"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if screen.CHROMIUM is None and not os.environ.get("CI"):
        for item in items:
            if "tests/browser/" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason="NO BROWSER: install Debian's chromium to run these tests"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = screen.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def scene(installation: Installation) -> Scene:
    """A sandbox network in which something of everything goes on; only looked at."""
    return prepared(installation)


@pytest.fixture(scope="package")
def sign_ins(installation: Installation) -> Iterator[Callable[[str], CookieJar]]:
    """The cookies of a person who is signed in; one sign-in for all tests that only look."""
    visitors: dict[str, Visitor] = {}

    def of(user: str) -> CookieJar:
        if user not in visitors:
            visitors[user] = Visitor(installation)
            visitors[user].sign_in(user)
        return visitors[user].http.cookies.jar

    yield of
    for visitor in visitors.values():
        visitor.close()


def complaint(said: ConsoleMessage, portal: str) -> list[str]:
    """What the browser says about the policy of a page of ours; a provider's pages have their own."""
    ours = said.location.get("url", portal).startswith(portal)
    return [said.text] if ours and "Content Security" in said.text else []


@pytest.fixture
def open_page(
    chromium: Browser, installation: Installation, sign_ins: Callable[[str], CookieJar]
) -> Iterator[Callable[..., Page]]:
    """`open_page("/n/…", user="stadt", width=320, dark=True, script=False)`: a page in a window of its own, in which
    this person (or nobody) is signed in; with `own_session=True` in a session that the test may end. A complaint of the
    browser's about the policy fails the test, and so does a dialog."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(path: str, *, user: str | None = None, own_session: bool = False, **looks: Any) -> Page:
        context = screen.window(chromium, **looks)
        contexts.append(context)
        if user and own_session:
            with Visitor(installation) as visitor:
                visitor.sign_in(user)
                screen.carry_over(context, installation.portal, visitor.http.cookies.jar)
        elif user:
            screen.carry_over(context, installation.portal, sign_ins(user))
        page = context.new_page()
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("pageerror", lambda error: complaints.append(error.message))
        page.on("console", lambda said: complaints.extend(complaint(said, installation.portal)))
        page.goto(path if "://" in path else f"{installation.portal}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints
