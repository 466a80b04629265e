"""Signing in, sessions and signing out, as a browser sees them."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from services.cli.installation.running import Installation
from tests.portal.visitor import Visitor
from tests.world import OFFICE, WORLD

SignIn = Callable[..., Visitor]
HOME = f"/n/{WORLD.network}"
USER = OFFICE.representative.user


def begun(visitor: Visitor, go_on: str = "/") -> str:
    """Where the provider is asked."""
    visitor.get(f"/sign-in/start?provider={visitor.installation.issuer}&next={go_on}", follow=False)
    return str(visitor.page.headers["location"])


def test_signing_in_leads_to_the_page_that_was_asked_for(stranger: Visitor) -> None:
    assert stranger.get(f"{HOME}?cursor=", follow=False).headers["location"].startswith("/sign-in?next=")
    page = stranger.sign_in(USER, HOME)
    assert page.url.path == HOME
    assert OFFICE.representative.name in page.text


def test_the_provider_is_asked_with_pkce_state_and_nonce(stranger: Visitor) -> None:
    asked = parse_qs(urlsplit(begun(stranger)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert all(len(asked[name][0]) >= 32 for name in ("state", "nonce", "code_challenge"))
    again = parse_qs(urlsplit(begun(stranger)).query)
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_a_session_has_a_new_secret_after_sign_in(stranger: Visitor) -> None:
    """Session fixation: whatever secret somebody planted before is worth nothing afterwards."""
    stranger.plant("planted-by-somebody-else")
    stranger.sign_in(USER)
    secret = stranger.cookie()
    assert len(secret) >= 40
    assert secret != "planted-by-somebody-else"
    stranger.plant("planted-by-somebody-else")
    assert stranger.get(HOME, follow=False).status_code == 303


def test_signing_in_again_ends_the_session_before(signed_in: SignIn) -> None:
    visitor = signed_in(USER)
    before = visitor.cookie()
    visitor.sign_in("bethel")
    assert visitor.cookie() != before
    with Visitor(visitor.installation) as thief:
        thief.plant(before)
        assert thief.get(HOME, follow=False).status_code == 303


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(stranger: Visitor) -> None:
    address = begun(stranger)
    stranger.finish_sign_in(address, USER)
    made = [line for answer in stranger.page.history for line in answer.headers.get_list("set-cookie")]
    session = next(line for line in made if line.startswith("fallnetz="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in session.split(";")}
    assert "Domain" not in session


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "/%0d%0aSet-Cookie:x=y", "http:/evil.example", "/\t/evil.example", "///evil.example"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_sign_in(stranger: Visitor, target: str) -> None:
    stranger.get("/sign-in/start", follow=False)
    answer = stranger.http.get("/sign-in/start", params={"provider": stranger.installation.issuer, "next": target})
    page = stranger.finish_sign_in(answer.headers["location"], USER)
    assert str(page.url).startswith(f"{stranger.installation.portal}/")
    for hop in page.history:
        there = urlsplit(str(hop.url.join(hop.headers.get("location", "/"))))
        assert f"{there.scheme}://{there.netloc}" == stranger.installation.portal


def test_an_answer_of_the_provider_counts_once_and_only_in_the_browser_that_began(
    installation: Installation, stranger: Visitor
) -> None:
    """Login CSRF: a victim cannot be signed in as somebody else by a link with the attacker's code."""
    address = begun(stranger)
    with Visitor(installation) as victim:
        begun(victim)
        assert victim.finish_sign_in(address, USER).status_code == 400
        assert not victim.cookie()
    state = parse_qs(urlsplit(begun(stranger)).query)["state"][0]
    refused = stranger.get(f"/sign-in/callback?state={state}&error=access_denied")
    assert refused.status_code == 403
    assert stranger.get(f"/sign-in/callback?state={state}&code=guess").status_code == 400


def test_the_answer_of_another_provider_is_refused(stranger: Visitor) -> None:
    """RFC 9207: mix-up."""
    state = parse_qs(urlsplit(begun(stranger)).query)["state"][0]
    assert stranger.get(f"/sign-in/callback?state={state}&code=x&iss=https://other.example").status_code == 400


def test_signing_out_ends_the_session_at_once_and_goes_on_to_the_provider(signed_in: SignIn) -> None:
    visitor = signed_in(USER)
    secret = visitor.cookie()
    visitor.get(HOME)
    page = visitor.post("/sign-out")
    assert page.status_code == 200
    assert page.headers["refresh"].startswith(f"0; url={visitor.installation.issuer}/")
    visitor.plant(secret)
    assert visitor.get(HOME, follow=False).status_code == 303


def test_ones_own_sessions_are_listed_and_can_be_ended(signed_in: SignIn) -> None:
    here = signed_in(USER)
    there = signed_in(USER, **{"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"})
    stranger = signed_in("bethel")
    page = here.get("/sessions").text
    assert "Firefox · Linux" in page
    assert "Chrome · Windows" in page
    other = here.hidden(page.partition("Chrome · Windows")[2].partition("</li>")[0])["session"]

    stranger.get("/sessions")
    stranger.post("/sessions/end", session=other)
    assert there.get(HOME, follow=False).status_code == 200, "a stranger has ended somebody's session"

    here.get("/sessions")
    assert "The session was ended." in here.post("/sessions/end", session=other).text
    assert there.get(HOME, follow=False).status_code == 303


def test_tokens_are_nowhere_in_what_the_browser_gets_and_encrypted_in_the_database(signed_in: SignIn) -> None:
    visitor = signed_in(USER)
    page = visitor.get(HOME)
    assert "eyJ" not in page.text + str(page.headers) + "".join(visitor.http.cookies.values())
    kept = b"".join(file.read_bytes() for file in visitor.installation.state.directory.glob("portal.sqlite*"))
    assert b"eyJ" not in kept
    assert visitor.cookie().encode() not in kept
    assert OFFICE.representative.name.encode() not in kept


def test_a_network_in_which_one_has_nothing_to_do_is_not_found(signed_in: SignIn) -> None:
    assert signed_in(USER).get("/n/another-network").status_code == 404
