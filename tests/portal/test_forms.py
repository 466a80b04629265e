"""Forms from elsewhere, broken forms, and what a form's entries survive."""

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.cli.installation.running import Installation
from tests.portal.visitor import Visitor
from tests.world import OFFICE, WORLD

SignIn = Callable[..., Visitor]
USER = OFFICE.representative.user
HOME = f"/n/{WORLD.network}"


def taken(visitor: Visitor) -> bool:
    """Whether the form did something: the language was chosen."""
    return visitor.page.status_code == 303 and "fallnetz-language" in str(visitor.page.headers.get_list("set-cookie"))


def fields(visitor: Visitor) -> dict[str, str]:
    visitor.get("/")
    return {"_token": visitor.hidden()["_token"], "language": "da"}


@pytest.mark.parametrize("user", [None, USER])
def test_a_form_of_ours_is_taken(installation: Installation, user: str | None) -> None:
    with Visitor(installation) as visitor:
        if user:
            visitor.sign_in(user)
        given = fields(visitor)
        visitor.send("/language", given, **{"Sec-Fetch-Site": "same-origin"})
        assert taken(visitor)
        visitor.send("/language", given, Origin=installation.portal)
        assert taken(visitor)


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
     {"Origin": "https://evil.example"}, {"Origin": "http://127.0.0.1"},
     {"Sec-Fetch-Site": "cross-site", "Origin": "null"}],
)  # fmt: skip
@pytest.mark.parametrize("user", [None, USER])
def test_a_form_from_elsewhere_is_not_taken_even_with_a_token(
    installation: Installation, user: str | None, headers: dict[str, str]
) -> None:
    with Visitor(installation) as visitor:
        if user:
            visitor.sign_in(user)
        given = fields(visitor)
        visitor.send("/language", given, **headers)
        assert visitor.page.status_code == 403
        assert not taken(visitor)


@pytest.mark.parametrize("token", ["", "guess", "AAAA", "ü", "x" * 5000])
def test_a_form_without_its_token_is_not_taken(signed_in: SignIn, token: str) -> None:
    visitor = signed_in(USER)
    visitor.send("/language", {"_token": token, "language": "da"}, **{"Sec-Fetch-Site": "same-origin"})
    assert visitor.page.status_code == 403
    assert not taken(visitor)


def test_the_token_of_another_browser_is_worth_nothing(signed_in: SignIn, stranger: Visitor) -> None:
    others = fields(signed_in("bethel"))
    visitor = signed_in(USER)
    visitor.send("/language", others, **{"Sec-Fetch-Site": "same-origin"})
    assert visitor.page.status_code == 403
    fields(stranger)
    stranger.send("/language", others, **{"Sec-Fetch-Site": "same-origin"})
    assert stranger.page.status_code == 403


def test_the_token_from_before_sign_in_is_worth_nothing_afterwards(stranger: Visitor) -> None:
    before = fields(stranger)
    stranger.sign_in(USER)
    stranger.send("/language", before, **{"Sec-Fetch-Site": "same-origin"})
    assert stranger.page.status_code == 403


def test_a_token_is_another_one_each_time(signed_in: SignIn) -> None:
    """Compression of a page must not give it away (BREACH)."""
    visitor = signed_in(USER)
    assert fields(visitor)["_token"] != fields(visitor)["_token"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xfe=1", "application/x-www-form-urlencoded", 403),
        (b"a=%ff%fe", "application/x-www-form-urlencoded", 403),
        (b"{}", "application/json", 403),
        (b"a=1&" * 2000, "application/x-www-form-urlencoded", 403),
        (b"no parts", "multipart/form-data", 403),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 403),
        (b"a=" + b"x" * 3_000_000, "application/x-www-form-urlencoded", 413),
        (b"", "text/plain", 403),
    ],
)
def test_a_body_that_is_no_form_is_refused_with_a_page(stranger: Visitor, body: bytes, kind: str, status: int) -> None:
    answer = stranger.http.post(
        "/language", content=body, headers={"Content-Type": kind, "Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == status
    assert "The form was not taken" in answer.text


def end_everywhere_else(visitor: Visitor, user: str) -> None:
    """Somebody ends all sessions of this person, from another browser."""
    with Visitor(visitor.installation) as elsewhere:
        elsewhere.sign_in(user)
        for part in elsewhere.get("/sessions").text.split("</li>")[:-1]:
            session = elsewhere.hidden(part).get("session")
            if session and "This browser" not in part:
                elsewhere.post("/sessions/end", session=session)


def let_everybody_idle(installation: Installation) -> None:
    """All sessions were seen last an hour and a minute ago."""
    with sqlite3.connect(installation.state.directory / "portal.sqlite", timeout=20) as database:
        moment = (datetime.now(UTC) - timedelta(minutes=61)).replace(tzinfo=None).isoformat(" ")
        database.execute("UPDATE sessions SET seen_at = ?", [moment])


def profile(visitor: Visitor) -> str:
    """The address of a form of one's own member."""
    page = visitor.get(f"{HOME}/members").text
    members = re.findall(rf'href="{HOME}/members/(mem_\w+)"', page)
    for member in members:
        if visitor.get(f"{HOME}/members/{member}/profile").status_code == 200:
            return f"{HOME}/members/{member}/profile"
    raise AssertionError("none of the members is one's own")


WRITTEN = {"address": "Written before the sign-in ended 1", "phone": "", "email": "", "website": ""}


def test_what_was_written_waits_while_somebody_signs_in_again(signed_in: SignIn) -> None:
    """401: to the sign-in and back to the same page."""
    visitor = signed_in("bethel")
    path = profile(visitor)
    end_everywhere_else(visitor, "bethel")
    visitor.post(path, WRITTEN, follow=False)
    assert visitor.page.headers["location"].startswith("/sign-in?next=")
    assert "What you wrote is kept" in visitor.get(visitor.page.headers["location"]).text
    page = visitor.sign_in("bethel", path)
    assert WRITTEN["address"] in page.text
    assert "It is not sent yet." in page.text
    visitor.post(path, {**WRITTEN, "_version": visitor.hidden()["_version"]})
    assert "It is not sent yet." not in visitor.get(path).text


def test_what_somebody_wrote_is_not_shown_to_whoever_signs_in_next(
    installation: Installation, signed_in: SignIn
) -> None:
    visitor = signed_in("bethel")
    path = profile(visitor)
    let_everybody_idle(installation)
    mine = {**WRITTEN, "address": "For Bethel alone 2"}
    visitor.post(path, mine, follow=False)
    assert visitor.page.headers["location"].startswith("/sign-in?next=")
    assert mine["address"] not in visitor.sign_in(USER, path).text
    assert mine["address"] not in visitor.get(path).text
    visitor.post("/sign-out")
    assert mine["address"] in visitor.sign_in("bethel", path).text


def test_an_idle_session_ends(installation: Installation, signed_in: SignIn) -> None:
    visitor = signed_in(USER)
    let_everybody_idle(installation)
    assert visitor.get(HOME, follow=False).headers["location"].startswith("/sign-in")
