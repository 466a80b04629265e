"""Row 12: what a browser loads for the first page, how often that page asks the API for data, and what moves.

Bytes are counted compressed, as a proxy sends them. Questions for data are counted by the gateway itself: the page
asks for two lists (what is due, what is waited for) at the same time, which is one round trip. Layout shift is
Chromium's own figure, where there is one.
"""

import gzip
import re
import sys
import tempfile
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from services.cli.installation.running import Installation, running
from tests.bench.result import Result
from tests.browser import screen
from tests.portal.visitor import Visitor
from tests.world import OFFICE, WORLD

BYTES_ALLOWED = 120_000
HOME = f"/n/{WORLD.network}"
LOADED = re.compile(r'(?:href|src)="(/assets/[^"]+)"')
INSIDE = re.compile(r'url\("(/assets/[^"]+)"\)')
COUNTED = re.compile(r'^fallnetz_requests_total\{.*service="gateway".*\} ([0-9.e+]+)$', re.MULTILINE)
SHIFT = """new Promise(done => { let sum = 0;
const add = list => { for (const one of list.getEntries()) sum += one.value };
new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 500) })"""


def measure() -> list[Result]:
    with (
        tempfile.TemporaryDirectory(prefix="fallnetz-bench-") as directory,
        running(Path(directory), with_example=True) as installation,
        Visitor(installation) as visitor,
    ):
        visitor.sign_in(OFFICE.representative.user)
        weights = _weights(visitor)
        asked = _asked(installation, visitor)
        shift = _shift(installation, visitor)
    weight = sum(weights.values())
    detail: dict[str, float | str] = {f"bytes_{name}": float(size) for name, size in weights.items()}
    found = [
        Result(
            row=12, name="weight of the first page", goal=1.0, samples=[BYTES_ALLOWED / weight],
            detail={"bytes": float(weight), **detail},
        ),
        Result(
            row=12, name="questions for data, asked at once", goal=0.5, samples=[1 / asked], detail={"requests": asked}
        ),
    ]  # fmt: skip
    if shift is not None:
        found.append(
            Result(row=12, name="no layout shift", goal=1.0, samples=[float(shift == 0)], detail={"sum": shift})
        )
    return found


def _weights(visitor: Visitor) -> dict[str, int]:
    """Compressed bytes of the page and all that it names, by kind; pictures of a style sheet are loaded where they are
    used, and counted as if all were."""
    page = visitor.get(HOME)
    found = {"page": len(gzip.compress(page.content)), "css": 0, "js": 0, "svg": 0}
    addresses = list(dict.fromkeys(LOADED.findall(page.text)))
    for address in addresses:
        kind = address.rpartition(".")[2]
        with visitor.http.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
            found[kind] += sum(len(part) for part in answer.iter_raw())
        if kind == "css":
            inside = INSIDE.findall(visitor.http.get(address).text)
            addresses += [one for one in dict.fromkeys(inside) if one not in addresses]
    return found


def _asked(installation: Installation, visitor: Visitor) -> float:
    """Requests that the gateway gets for one page."""
    rounds = 10
    with httpx.Client(base_url=installation.url) as gateway:
        before = _count(gateway)
        for _ in range(rounds):
            visitor.get(HOME)
        return (_count(gateway) - before - 1) / rounds


def _count(gateway: httpx.Client) -> float:
    return sum(float(count) for count in COUNTED.findall(gateway.get("/metrics").text))


def _shift(installation: Installation, visitor: Visitor) -> float | None:
    if screen.CHROMIUM is None:
        return None
    with sync_playwright() as playwright:
        browser = screen.launch(playwright)
        context = screen.window(browser)
        screen.carry_over(context, installation.portal, visitor.http.cookies.jar)
        page = context.new_page()
        page.goto(installation.portal + HOME)
        found = float(page.evaluate(SHIFT))
        browser.close()
        return found


if __name__ == "__main__":
    for result in measure():
        sys.stdout.write(f"{result.name} {result.ratio:.3f} {result.detail}\n")
