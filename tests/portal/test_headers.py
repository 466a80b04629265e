"""What every answer carries, and what a page weighs."""

import gzip
import re
from collections.abc import Callable

import pytest

from services.cli.installation.running import Installation
from tests.portal.visitor import Visitor
from tests.world import OFFICE, WORLD

SignIn = Callable[..., Visitor]
HOME = f"/n/{WORLD.network}"
_LOADED = re.compile(r'(?:href|src)="(/assets/[^"]+)"')


@pytest.mark.parametrize(
    "path", ["/", "/sign-in?again=1", HOME, "/sessions", "/nowhere", "/n/nowhere", "/sign-in/callback"]
)
def test_every_page_carries_a_strict_policy(signed_in: SignIn, path: str) -> None:
    page = signed_in(OFFICE.representative.user).get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {
        policy[name] for name in ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action")
    } == {"'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in page.headers["permissions-policy"]
    assert "no-store" in page.headers["cache-control"]
    assert " style=" not in page.text
    assert "<script>" not in page.text
    assert not re.search(r"\son[a-z]+=", page.text)


def test_styles_and_scripts_are_kept_for_ever_under_names_that_change(stranger: Visitor) -> None:
    page = stranger.get("/").text
    loaded = _LOADED.findall(page)
    assert loaded
    for address in loaded:
        answer = stranger.http.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", address)
    assert stranger.http.get("/assets/portal.000000000000.css").status_code == 404
    assert stranger.http.get("/assets/../settings.py").status_code == 404


def test_the_first_page_weighs_less_than_120_kb(signed_in: SignIn, installation: Installation) -> None:
    """Row 12 of the design's performance page. All that a browser loads for the page of a network, compressed."""
    visitor = signed_in(OFFICE.representative.user)
    page = visitor.get(HOME)
    weight = len(gzip.compress(page.content))
    style = ""
    for address in set(_LOADED.findall(page.text)):
        with visitor.http.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
            weight += sum(len(part) for part in answer.iter_raw())
        if address.endswith(".css"):
            style += visitor.http.get(address).text
    assert "data:" not in style
    assert weight < 120_000, weight
    print(f"\nfirst page: {weight} bytes")  # noqa: T201


@pytest.mark.parametrize(
    ("accepted", "said"), [("da,en;q=0.5", "da"), ("fr,nl;q=0.3", "nl"), ("", "de"), ("fr", "de"), ("*", "de")]
)
def test_the_page_speaks_the_language_that_the_browser_likes_best(stranger: Visitor, accepted: str, said: str) -> None:
    assert f'<html lang="{said}">' in stranger.http.get("/", headers={"Accept-Language": accepted}).text


def test_a_chosen_language_is_remembered(stranger: Visitor) -> None:
    stranger.get("/")
    page = stranger.post("/language", language="da", next="/privacy")
    assert page.url.path == "/privacy"
    assert '<html lang="da">' in page.text
    assert '<html lang="da">' in stranger.get("/").text
    stranger.post("/language", language="xx", next="https://evil.example")
    assert '<html lang="da">' in stranger.get("/").text


@pytest.mark.parametrize(
    "path", ["/n/%ff", "/n/a%00b", "/n/" + "x" * 3000, "/%2e%2e/%2e%2e/etc/passwd", "/n/a?cursor=%ff", "/n/'\"<b>"]
)
def test_strange_addresses_get_a_page_and_no_fault(signed_in: SignIn, path: str) -> None:
    assert signed_in(OFFICE.representative.user).get(path).status_code in {400, 404, 422}
