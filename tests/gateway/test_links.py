"""Links in e-mails (N5): opening shows, only the form's POST confirms, and every ending has a page of its own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from contracts.ids import MemberId, NetworkId, NoticeId
from contracts.notifications.links import LinkView
from contracts.notifications.words import Purpose
from contracts.request import Call, Problem
from tests.gateway.peers import Peers

LINK = "/links/eyJub3RpY2UiOiJuXzEifQ.c2lnbmVk"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
VIEW = LinkView(
    network=NetworkId("bielefeld"),
    notice=NoticeId("ntc_1"),
    purpose=Purpose.ADMISSION_BALLOT,
    about="bal_1",
    member=MemberId("mem_1"),
    locale="de",
    subject_line="Aufnahmeantrag: <Beispielverein> & Partner",
    expires_at=datetime(2027, 1, 10, 22, 59, tzinfo=UTC),
    time_zone="Europe/Berlin",
)


def confirmed(_: Call) -> Any:
    return msgspec.structs.replace(VIEW, confirmed_at=datetime(2026, 12, 11, 9, 5, tzinfo=UTC))


def methods(peers: Peers) -> list[str]:
    return [subject.split(".")[-2] for subject, _ in peers.calls]


async def test_opening_a_link_shows_what_it_is_about_and_confirms_nothing(
    stranger: httpx.AsyncClient, peers: Peers
) -> None:
    peers.replies["show-link"] = lambda _: VIEW
    page = await stranger.get(LINK, headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="de">' in page.text
    assert "Aufnahmeantrag: &lt;Beispielverein&gt; &amp; Partner" in page.text
    assert "Sonntag, 10. Januar 2027, 23:59 Uhr (MEZ)" in page.text
    assert '<form method="post">' in page.text
    assert "Empfang bestätigen" in page.text
    assert methods(peers) == ["show-link"]
    assert peers.calls[-1][0].startswith("rpc.installation.")


@pytest.mark.parametrize("verb", ["GET", "HEAD", "OPTIONS"])
async def test_a_mail_scanner_never_confirms(stranger: httpx.AsyncClient, peers: Peers, verb: str) -> None:
    """N5: prefetching is no receipt."""
    peers.replies["show-link"] = lambda _: VIEW
    for headers in ({}, BROWSER, {"user-agent": "SafeLinks", "accept": "*/*"}):
        answer = await stranger.request(verb, LINK, headers=headers)
        assert answer.status_code in {200, 204}
    assert "confirm-link" not in methods(peers)


async def test_the_form_confirms_and_the_page_says_when(stranger: httpx.AsyncClient, peers: Peers) -> None:
    peers.replies["confirm-link"] = confirmed
    form = {"content-type": "application/x-www-form-urlencoded"}
    page = await stranger.post(LINK, headers=BROWSER | form)
    assert page.status_code == 200
    assert "Der Zugang ist bestätigt." in page.text
    assert "Freitag, 11. Dezember 2026, 10:05 Uhr (MEZ)" in page.text
    assert "<form" not in page.text
    assert methods(peers) == ["confirm-link"]
    assert peers.calls[-1][1].key
    assert peers.body_of_last() == {"token": LINK.removeprefix("/links/")}


async def test_a_link_that_was_confirmed_says_so_when_it_is_opened_again(
    stranger: httpx.AsyncClient, peers: Peers
) -> None:
    peers.replies["show-link"] = confirmed
    page = await stranger.get(LINK, headers=BROWSER)
    assert "bereits bestätigt" in page.text
    assert "<form" not in page.text


@pytest.mark.parametrize(
    ("slug", "status", "words"),
    [
        ("link-already-used", 409, "nichts weiter zu tun"),
        ("link-expired", 410, "koordinierende Stelle"),
        ("link-of-another-member", 403, "koordinierende Stelle"),
        ("link-invalid", 404, "koordinierende Stelle"),
    ],
)
async def test_every_ending_has_a_page_and_a_problem(
    stranger: httpx.AsyncClient, peers: Peers, slug: str, status: int, words: str
) -> None:
    refusal = Problem(slug=slug, detail="Receipt was confirmed on 11 December 2026.", status=status)
    peers.replies["confirm-link"] = peers.replies["show-link"] = lambda _: refusal
    page = await stranger.post(LINK, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert words in page.text
    assert "<form" not in page.text
    problem = await stranger.post(LINK, headers={"accept": "application/json"})
    assert (problem.status_code, problem.json()["type"]) == (status, f"/problems/{slug}")
    assert problem.json()["title"] != slug.replace("-", " ").capitalize(), "the kind has words of its own"


async def test_a_second_confirmation_says_in_the_readers_language_when_the_first_came(
    stranger: httpx.AsyncClient, peers: Peers
) -> None:
    """T6: two browsers with the same link; the later one learns the same local time."""
    peers.replies["confirm-link"] = lambda _: Problem(slug="link-already-used", detail="Confirmed at 09:05Z.")
    peers.replies["show-link"] = confirmed
    page = await stranger.post(LINK, headers=BROWSER)
    assert page.status_code == 409
    assert "Der Zugang ist bereits bestätigt." in page.text
    assert "Freitag, 11. Dezember 2026, 10:05 Uhr (MEZ)" in page.text
    assert "09:05Z" not in page.text


async def test_a_token_that_can_be_none_is_refused_before_anybody_is_asked(
    stranger: httpx.AsyncClient, peers: Peers
) -> None:
    for token in ("a%20b", "%3Cscript%3E", "a.b%00", "x" * 2001, "%ff"):
        answer = await stranger.get(httpx.URL(stranger.base_url, raw_path=f"/links/{token}".encode()))
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/link-invalid")
    assert not peers.calls


async def test_a_service_that_is_away_offers_to_try_again(stranger: httpx.AsyncClient, peers: Peers) -> None:
    peers.silent = True
    page = await stranger.get(LINK, headers=BROWSER)
    assert page.status_code == 504
    assert "Erneut versuchen" in page.text
    assert page.headers["retry-after"]


async def test_the_page_is_locked_down(stranger: httpx.AsyncClient, peers: Peers) -> None:
    peers.replies["show-link"] = lambda _: VIEW
    page = await stranger.get(LINK, headers=BROWSER)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex"
    for forbidden in ("<script", "style=", "onclick", "http://", "https://"):
        assert forbidden not in page.text


async def test_the_recipients_language_wins_over_the_browsers(stranger: httpx.AsyncClient, peers: Peers) -> None:
    peers.replies["show-link"] = lambda _: msgspec.structs.replace(VIEW, locale="en", subject_line="Application")
    page = await stranger.get(LINK, headers=BROWSER | {"accept-language": "de"})
    assert '<html lang="en">' in page.text
    assert "Confirm receipt" in page.text


async def test_a_body_of_ten_megabytes_is_refused_here_too(stranger: httpx.AsyncClient, peers: Peers) -> None:
    answer = await stranger.post(LINK, content=b"x" * 10_000_000, headers=BROWSER)
    assert answer.status_code == 413
    assert not peers.calls


async def test_the_secret_of_a_link_never_reaches_the_log_or_the_figures(
    stranger: httpx.AsyncClient, peers: Peers
) -> None:
    peers.replies["show-link"] = lambda _: {"not": "a view"}
    answer = await stranger.get(LINK, headers=BROWSER)
    assert answer.status_code == 500
    figures = (await stranger.get("/metrics")).text
    assert "c2lnbmVk" not in figures
    assert "/links/{token}" in figures
    assert datetime.now(UTC) - VIEW.expires_at < timedelta.max
