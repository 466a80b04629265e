"""Access tokens: taken anew before they end, once for however many requests; what a refusal leaves standing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from services.cli.demo.stage import Stage
from tests.portal.ballots.steps import opened, vote
from tests.portal.beside import Beside
from tests.portal.provider import Provider
from tests.portal.visitor import Visitor

SHORT = timedelta(seconds=20)
"""Below the half minute before its end in which a token is taken anew: every request does."""
NONE = timedelta(seconds=0)
LONG = timedelta(hours=1)


@pytest.fixture
def red(edge: Beside) -> Iterator[Provider]:
    provider = edge.providers[0]
    yield provider
    provider.life, provider.refuses, provider.away = LONG, False, False
    provider.may_answer.set()


@pytest.fixture
def robin(edge: Beside, stage: Stage, red: Provider) -> Iterator[Visitor]:
    """Wohnbau's deputy, whose token ends in a moment."""
    edge.name(stage, "wohnbau", red, "robin")
    red.life = SHORT
    with edge.signed_in(red, "robin") as visitor:
        yield visitor


def test_a_token_is_taken_anew_before_it_ends(stage: Stage, red: Provider, robin: Visitor) -> None:
    before = red.refreshes
    red.life = LONG
    for _ in range(3):
        assert robin.get(f"/n/{stage.network}").status_code == 200
    assert red.refreshes == before + 1


def test_two_requests_at_once_ask_the_provider_once(stage: Stage, red: Provider, robin: Visitor) -> None:
    before = red.refreshes
    red.life = LONG
    red.may_answer.clear()
    with ThreadPoolExecutor() as pool:
        pages = [pool.submit(robin.http.get, f"/n/{stage.network}") for _ in range(4)]
        stage.eventually("a refresh", lambda: red.refreshes > before)
        red.may_answer.set()
        assert [page.result().status_code for page in pages] == [200] * 4
    assert red.refreshes == before + 1


def test_a_request_that_was_overtaken_uses_what_the_other_one_got(stage: Stage, red: Provider, robin: Visitor) -> None:
    """A refresh token counts once (RFC 9700 § 4.14.2): to use it again would end the sign-in."""
    robin.get(f"/n/{stage.network}")
    token = robin.hidden()["_token"]

    def slowly() -> Iterator[bytes]:
        yield urlencode({"_token": token, "next": "/sessions"}).encode()
        red.life = LONG
        assert robin.http.get(f"/n/{stage.network}").status_code == 200
        yield b"&language=da"

    form = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    assert robin.http.post("/language", content=slowly(), headers=form).headers["location"] == "/sessions"
    assert robin.get(f"/n/{stage.network}", follow=False).status_code == 200


def test_an_open_page_goes_on_after_its_stream_broke_off(
    edge: Beside, stage: Stage, red: Provider, robin: Visitor
) -> None:
    """The stream began with a token that others have taken anew since."""
    ballot = opened(stage, "wohnbau", "bethel")
    before = red.refreshes
    with robin.http.stream("GET", f"/live/{stage.network}") as live:
        lines = live.iter_lines()
        next(lines)
        stage.eventually("the stream's token", lambda: red.refreshes > before)
        assert robin.get(f"/n/{stage.network}").status_code == 200
        edge.gateway.stop()
        edge.gateway.start()
        assert robin.get(f"/n/{stage.network}").status_code == 200
        vote(stage, ballot, "bethel", "object")
        assert any(line == f"event: ballot.{ballot}" for line in lines)
    assert robin.get(f"/n/{stage.network}", follow=False).status_code == 200


def test_who_is_refused_signs_in_again_and_finds_what_was_written(
    edge: Beside, stage: Stage, red: Provider, robin: Visitor
) -> None:
    page = f"/n/{stage.network}/ballots/{opened(stage, 'wohnbau')}"
    robin.get(page)
    red.refuses = True
    sent = robin.post(f"{page}/answer", choice="object", reason="The same help exists already.", _place=page)
    assert "You were signed out meanwhile" in sent.text
    assert dict(sent.url.params) == {"next": page, "again": "1"}
    red.refuses, red.life = False, LONG
    edge.sign_in(robin, red, "robin", page)
    assert robin.page.url.path == page
    assert "The same help exists already." in robin.page.text
    assert "What you wrote is here again. It is not sent yet." in robin.page.text


def test_while_the_provider_is_away_a_token_that_is_good_is_used(stage: Stage, red: Provider, robin: Visitor) -> None:
    red.away = True
    assert robin.get(f"/n/{stage.network}").status_code == 200


def test_without_a_good_token_and_a_provider_the_session_waits(edge: Beside, stage: Stage, red: Provider) -> None:
    edge.name(stage, "wohnbau", red, "robin")
    with edge.signed_in(red, "robin") as robin:
        red.life = NONE
        edge.sign_in(robin, red, "robin")
        red.away = True
        page = robin.get(f"/n/{stage.network}", follow=False)
        assert page.status_code == 503
        assert "What works meanwhile" in page.text
        red.away, red.life = False, LONG
        assert robin.get(f"/n/{stage.network}").status_code == 200
