"""`python -m tests.browser.screenshots [name …]` writes every page, as light, dark, narrow, printed and without script,
into build/screenshots/‹language›. `--state DIR` looks at an installation that runs already."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from services.cli.installation.running import Installation, running
from services.cli.installation.state import State
from tests.browser import screen
from tests.browser.pages import PAGES, Shown
from tests.browser.scene import Scene, prepared
from tests.portal.visitor import Visitor

FOLDER = Path("build/screenshots")
WAYS = ("light", "dark", "narrow", "print", "plain")


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes pictures of every page into build/screenshots.")
    parser.add_argument("names", nargs="*", help="only these pages")
    parser.add_argument("--state", type=Path, help="of an installation that runs already")
    parser.add_argument("--ways", default=",".join(WAYS), help=f"of {', '.join(WAYS)}")
    parser.add_argument("--locales", default="en-GB,de-DE", help="as browsers name them")
    arguments = parser.parse_args()
    wanted = [page for page in PAGES if not arguments.names or page.name in arguments.names]
    with _installation(arguments.state) as installation, sync_playwright() as playwright:
        browser = screen.launch(playwright)
        scene = prepared(installation)
        sys.stderr.write(f"network {scene.ids['network']}\n")
        for locale in arguments.locales.split(","):
            camera = _Camera(browser, installation, scene, locale)
            for page in wanted:
                for way in arguments.ways.split(","):
                    camera.take(page, way)
        browser.close()


@contextmanager
def _installation(state: Path | None) -> Iterator[Installation]:
    if state is not None:
        yield Installation(State(state))
        return
    with tempfile.TemporaryDirectory() as directory, running(Path(directory) / "state", with_example=True) as found:
        yield found


class _Camera:
    def __init__(self, browser: Browser, installation: Installation, scene: Scene, locale: str) -> None:
        self._browser = browser
        self._installation = installation
        self._scene = scene
        self._locale = locale
        self._folder = FOLDER / locale[:2]
        self._folder.mkdir(parents=True, exist_ok=True)
        self._visitors: dict[str, Visitor] = {}

    def take(self, shown: Shown, way: str) -> None:
        width = 320 if way == "narrow" else 1280
        context = screen.window(
            self._browser, width=width, dark=way == "dark", script=way != "plain", locale=self._locale
        )
        if shown.user:
            jar = self._visitor(shown.user).http.cookies.jar
            screen.carry_over(context, self._installation.portal, jar)
        page = context.new_page()
        answer = page.goto(self._installation.portal + self._scene.path(shown.path))
        status = shown.go_on(page) or (answer.status if answer else None)
        if status != shown.status:
            sys.stderr.write(f"{shown.name}: {status} instead of {shown.status}\n")
        if way == "print":
            page.pdf(path=self._folder / f"{shown.name}.pdf", format="A4", print_background=False)
            page.emulate_media(media="print")
            page.set_viewport_size({"width": 794, "height": 1123})
        if way == "narrow" and not screen.fits(page):
            sys.stderr.write(f"{shown.name}: wider than 320 px\n")
        page.screenshot(path=self._folder / f"{shown.name}-{way}.png", full_page=True)
        context.close()

    def _visitor(self, user: str) -> Visitor:
        if user not in self._visitors:
            self._visitors[user] = Visitor(self._installation)
            self._visitors[user].sign_in(user)
        return self._visitors[user]


if __name__ == "__main__":
    main()
