"""Windows of Chromium in all the ways in which people look at pages, and what axe finds in them."""

import shutil
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Literal, cast

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])


def window(
    browser: Browser, *, width: int = 1280, height: int = 900, dark: bool = False, script: bool = True,
    locale: str = "en-GB",
) -> BrowserContext:  # fmt: skip
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
        locale=locale,
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    return context


def carry_over(context: BrowserContext, url: str, jar: CookieJar) -> None:
    """Gives a window the cookies of a sign-in over HTTP."""
    context.add_cookies([{"name": one.name, "value": one.value or "", "url": url} for one in jar])


def fits(page: Page) -> bool:
    """Nothing makes the page wider than the window (WCAG 2.2, 1.4.10)."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def squeezed(page: Page) -> list[str]:
    """The words of buttons that stand outside their frame."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('.kern-btn')].filter(button => button.offsetParent &&"
        " [...button.querySelectorAll('.kern-label')].some(label => label.offsetWidth > button.offsetWidth))"
        ".map(button => button.innerText)"
    )
    return found


def axe(page: Page) -> list[str]:
    """One line for each violation: rule and places. Needs a window with script."""
    page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)",
        RULES,
    )
    return [f"{one['id']}: {one['help']} at {[node['target'][0] for node in one['nodes']][:5]}" for one in found]


def sound(page: Page) -> None:
    """What every page must be: without violations in light, dark and 320 px wide, no wider, with one heading."""
    size = page.viewport_size
    for scheme, width in (("light", None), ("dark", None), ("dark", 320)):
        page.emulate_media(color_scheme=cast(Literal["light", "dark"], scheme))
        if width:
            page.set_viewport_size({"width": width, "height": 640})
        found = axe(page)
        assert not found, f"{page.url}, {scheme}, {width or 'wide'}: {found}"
    assert fits(page), f"{page.url} is wider than 320 px"
    assert not squeezed(page), f"{page.url}: {squeezed(page)}"
    assert page.locator("h1").count() == 1, page.url
    page.emulate_media(color_scheme="light")
    if size:
        page.set_viewport_size(size)


def shift(page: Page) -> float:
    """How far things have moved since the page began to load (cumulative layout shift)."""
    found: float = page.evaluate(
        "new Promise(done => { let sum = 0;"
        " const add = list => { for (const one of list.getEntries()) sum += one.value };"
        " new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true});"
        " requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 20))) })"
    )
    return found
