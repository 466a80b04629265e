"""Signing in at the development provider as a browser does: authorization code with PKCE (G2)."""

import base64
import hashlib
import re
import secrets
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.cli.api import Api, Rejected
from services.cli.identity import CLIENT
from services.cli.installation.running import Installation
from tests.world import OFFICE, WORLD

VERIFIER = "a-verifier-that-is-long-enough-for-pkce-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def authorization(installation: Installation, **changes: str) -> dict[str, str]:
    return {
        "client_id": CLIENT,
        "response_type": "code",
        "redirect_uri": f"{installation.url}/",
        "scope": "openid profile email",
        "state": "s",
        "nonce": secrets.token_hex(8),
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes


def signed_in(browser: httpx.Client, installation: Installation, user: str) -> str:
    """Follows the pages from the authorization request to the code."""
    answer = browser.get("/oauth/authorize", params=authorization(installation))
    for field, value in (("login", user), ("password", installation.secrets.password)):
        page = httpx.Response(answer.status_code, text=answer.text)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token, f"no form for {field} at {answer.url}"
        answer = browser.post(str(answer.url), data={field: value, "csrf_token": token[1]})
    target = urlsplit(str(answer.url))
    assert f"{target.scheme}://{target.netloc}" == installation.url, answer.text[:500]
    return parse_qs(target.query)["code"][0]


@pytest.fixture
def browser(installation: Installation) -> httpx.Client:
    return httpx.Client(base_url=installation.issuer, follow_redirects=True, timeout=10)


def exchange(installation: Installation, code: str, verifier: str) -> httpx.Response:
    data = {
        "grant_type": "authorization_code",
        "client_id": CLIENT,
        "code": code,
        "redirect_uri": f"{installation.url}/",
        "code_verifier": verifier,
    }
    return httpx.post(f"{installation.issuer}/oauth/token", data=data)


def test_the_code_with_its_verifier_gives_a_token_that_the_gateway_accepts(
    installation: Installation, browser: httpx.Client
) -> None:
    with browser:
        code = signed_in(browser, installation, OFFICE.representative.user)
    token = exchange(installation, code, VERIFIER).json()["access_token"]
    me = httpx.get(f"{installation.url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}).json()
    assert OFFICE.name in {standing["member_name"] for standing in me["standings"]}


def test_a_stolen_code_without_the_verifier_gives_nothing(installation: Installation, browser: httpx.Client) -> None:
    with browser:
        code = signed_in(browser, installation, OFFICE.representative.user)
    assert exchange(installation, code, VERIFIER.replace("a", "b")).status_code == 400


def test_a_request_without_pkce_or_to_a_foreign_address_is_refused(
    installation: Installation, browser: httpx.Client
) -> None:
    with browser:
        signed_in(browser, installation, OFFICE.representative.user)
        foreign = browser.get(
            "/oauth/authorize", params=authorization(installation, redirect_uri="http://evil.example/")
        )
        assert foreign.status_code == 400
        plain = authorization(installation)
        del plain["code_challenge"], plain["code_challenge_method"]
        code = parse_qs(urlsplit(str(browser.get("/oauth/authorize", params=plain).url)).query).get("code", [""])[0]
    assert exchange(installation, code, "").status_code == 400


def test_everybody_of_the_example_can_sign_in(api: Api) -> None:
    for person in WORLD.people[:-2]:  # the last two belong to the applicant
        standings = api.of(person.user).get("/me")["standings"]
        assert [one["network"] for one in standings if one["network"] == WORLD.network] or person == WORLD.operator


def test_a_wrong_password_signs_nobody_in(installation: Installation) -> None:
    answer = httpx.post(
        f"{installation.issuer}/oauth/token",
        data={"grant_type": "password", "client_id": CLIENT, "username": "stadt", "password": "guess"},
    )
    assert answer.status_code == 400
    with Api(installation.url, installation.issuer, "") as nobody, pytest.raises(Rejected) as refusal:
        nobody.get("/me")
    assert refusal.value.status == 401
