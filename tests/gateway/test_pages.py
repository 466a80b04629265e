"""Everything around the API: description, documentation, problem pages, health, figures, headers."""

import ast
import re
from pathlib import Path

import httpx
import pytest

from services.chassis.formats import LOCALES, Locale
from services.chassis.nats_server import NatsServer
from services.gateway.refusals import problem_types
from services.gateway.routes import ROUTES
from tests.gateway.conftest import ROOT, Gateway
from tests.gateway.peers import Peers

_SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/", "/docs", "/problems", "/openapi.json", "/health/live", "/nowhere", "/api/v1/me"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_every_answer_carries_the_security_headers(
    stranger: httpx.AsyncClient, peers: Peers, path: str, accept: str
) -> None:
    answer = await stranger.get(path, headers={"accept": accept})
    for name, value in _SECURITY.items():
        assert answer.headers[name] == value
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/", "/docs", "/problems", "/openapi.json", "/health/live", "/api/v1/networks"])
async def test_head_has_the_headers_of_get_and_no_body(client: httpx.AsyncClient, peers: Peers, path: str) -> None:
    got, head = await client.get(path), await client.head(path)
    assert head.status_code == got.status_code == 200
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.content == b""


async def test_pages_need_no_script_and_nobody_elses_server(stranger: httpx.AsyncClient) -> None:
    for path in ("/docs", "/problems", "/problems/not-found"):
        page = (await stranger.get(path, headers={"accept-language": "en"})).text
        assert '<html lang="en">' in page
        assert "<script" not in page
        assert not re.search(r'(src|href)="(https?:)?//', page)
        for address in re.findall(r'href="(/[^"#]*)"', page):
            assert (await stranger.get(address)).status_code == 200, address


async def test_the_docs_name_every_address_and_every_link_leads_somewhere(stranger: httpx.AsyncClient) -> None:
    page = (await stranger.get("/docs")).text
    for route in ROUTES:
        assert route.path in page
        assert route.summary.replace("'", "&#39;") in page
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_kind_of_problem_has_a_page_in_every_language(stranger: httpx.AsyncClient, locale: Locale) -> None:
    for slug, kind in problem_types().items():
        page = await stranger.get(f"/problems/{slug}", headers={"accept-language": locale})
        assert page.status_code == 200
        assert kind.words(locale).title
        assert kind.words(locale).about.endswith(".")
        assert (kind.words(locale).about == kind.about) == (locale == "en"), slug
        assert f'<html lang="{locale}">' in page.text
    assert (await stranger.get("/problems/never-heard-of")).status_code == 404


def test_every_refusal_in_the_services_has_a_registered_kind() -> None:
    """A slug that is refused somewhere and unknown here would have no page behind its `type`."""
    missing = {slug: places for slug, places in _slugs().items() if slug not in problem_types()}
    assert not missing, f"describe them in services/gateway/problem_types.toml: {missing}"


def _slugs() -> dict[str, str]:
    """The first argument of every `Refused("…")` and every `slug="…"`, with the file where it stands."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / "services").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in _REFUSE:
                slugs = [node.args[0]] if node.args else [k.value for k in node.keywords if k.arg == "slug"]
                for slug in slugs:
                    if isinstance(slug, ast.Constant) and re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", str(slug.value)):
                        found[str(slug.value)] = str(file.relative_to(ROOT))
    return found


_REFUSE = frozenset({"Refused", "Problem", "_refused"})


async def test_health_tells_what_is_away(stranger: httpx.AsyncClient, peers: Peers) -> None:
    ready = await stranger.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "broker": True, "membership": True, "notifications": True}
    peers.silent = True
    waiting = await stranger.get("/health/ready")
    assert waiting.status_code == 503
    assert waiting.json()["membership"] is False
    assert (await stranger.get("/health/live")).status_code == 200


async def test_figures_count_by_route_and_never_by_what_a_client_invents(
    stranger: httpx.AsyncClient, client: httpx.AsyncClient, peers: Peers
) -> None:
    await client.get("/api/v1/networks/bielefeld")
    await stranger.get("/invented-by-a-client")
    await stranger.request("INVENTED", "/api/v1/me")
    figures = (await stranger.get("/metrics")).text
    assert 'method="GET /api/v1/networks/{network}"' in figures
    assert "invented" not in figures.lower()


async def test_the_style_sheet_is_served_here(stranger: httpx.AsyncClient) -> None:
    style = await stranger.get("/assets/gateway.css")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "max-age" in style.headers["cache-control"]


async def test_behind_https_the_answers_insist_on_it(
    stranger: httpx.AsyncClient, peers: Peers, nats_server: NatsServer, tmp_path: Path
) -> None:
    assert "strict-transport-security" not in (await stranger.get("/health/live")).headers
    secure = Gateway(nats_server.url, [], tmp_path / "log", FALLNETZ_GATEWAY_PUBLIC_URL="https://api.example.org")
    await secure.start()
    answer = await stranger.get(f"{secure.url}/health/live")
    assert "max-age" in answer.headers["strict-transport-security"]
    assert secure.stop() == 0
