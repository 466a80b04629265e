"""How a network looks (P2), and what https adds to cookies and answers."""

import re
from pathlib import Path

import httpx
import pytest

from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation
from tests.portal.beside import Beside, refused_start
from tests.portal.visitor import Visitor

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


def test_a_network_has_its_own_name_colour_and_logo(edge: Beside, stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "own.svg").write_text(LOGO, "utf-8")
    look = 'name = "Netzwerk Wohnen & Hilfe"\ncolour = "#1d4ed8"\nlogo = "own.svg"\n'
    (tmp_path / f"{stage.network}.toml").write_text(look, "utf-8")
    red, _ = edge.providers
    edge.name(stage, "wohnbau", red, "robin")
    portal = edge.another_portal("looks", LOOKS=str(tmp_path))
    portal.start()
    try:
        with Visitor(edge.installation, portal=portal.url) as visitor:
            assert "Netzwerk Wohnen" not in visitor.get("/").text
            page = edge.sign_in(visitor, red, "robin", f"/n/{stage.network}")
            assert "<span>Netzwerk Wohnen &amp; Hilfe</span>" in page.text
            logo = re.search(r'<img class="p-head__logo" src="([^"]+)"', page.text)
            assert logo
            assert visitor.http.get(logo[1]).text == LOGO
            styles = re.findall(r'rel="stylesheet" href="([^"]+)"', page.text)
            assert "--portal-network:#1d4ed8" in visitor.http.get(styles[1]).text
    finally:
        portal.stop()


@pytest.mark.parametrize(
    ("look", "said"),
    [('colour = "#fde047"', "contrast of 4.5 : 1"), ('colour = "blue"', "contrast"),
     ('logo = "../own.svg"', "beside it"), ('colr = "#000000"', "colr"), ("name =", "own.toml")],
)  # fmt: skip
def test_a_look_that_cannot_be_shown_is_refused_at_start(
    installation: Installation, tmp_path: Path, look: str, said: str
) -> None:
    (tmp_path / "own.toml").write_text(look, "utf-8")
    assert said in refused_start(installation, tmp_path, LOOKS=str(tmp_path))


def test_with_https_the_cookie_belongs_to_this_host_alone(edge: Beside) -> None:
    """RFC 6265bis § 4.1.3.2, RFC 6797."""
    red, _ = edge.providers
    red.user = "robin"
    portal = edge.another_portal("https", PUBLIC_URL="https://portal.example")
    portal.start()
    try:
        with httpx.Client(base_url=portal.url) as browser:
            page = browser.get("/sign-in/start", params={"provider": red.url})
            assert page.headers["strict-transport-security"].startswith("max-age=31536000")
            visitor = page.headers["set-cookie"]
            back = httpx.get(page.headers["location"]).headers["location"]
            assert back.startswith("https://portal.example/sign-in/callback?")
            query = back.partition("?")[2]
            answer = browser.get(f"/sign-in/callback?{query}", headers={"Cookie": visitor.partition(";")[0]})
            made = answer.headers.get_list("set-cookie")
            session = next(one for one in made if one.startswith("__Host-fallnetz="))
            for cookie in [visitor, *made]:
                parts = {part.strip() for part in cookie.split(";")}
                assert cookie.startswith("__Host-")
                assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
                assert "domain" not in cookie.lower()
            secret = session.partition("=")[2].partition(";")[0]
            assert browser.get("/sessions", headers={"Cookie": f"__Host-fallnetz={secret}"}).status_code == 200
            plain = browser.get("/sessions", headers={"Cookie": f"fallnetz={secret}"})
            assert plain.status_code == 303, "a cookie that another host could have set was taken"
            asset = re.search(r'href="(/assets/[^"]+)"', browser.get("/").text)
            assert asset
            assert "strict-transport-security" in browser.get(asset[1]).headers
    finally:
        portal.stop()
