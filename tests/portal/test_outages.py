"""When parts are away, limits are reached or a right ends: a page that says so, and nothing is lost."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation
from tests.portal.ballots.steps import opened
from tests.portal.beside import Beside
from tests.portal.visitor import Visitor

SignIn = Callable[..., Visitor]
LOST_NOTHING = "No answer and no deadline is lost"


@pytest.fixture
def robin(edge: Beside, stage: Stage) -> Iterator[Visitor]:
    edge.name(stage, "wohnbau", edge.providers[0], "robin")
    with edge.signed_in(edge.providers[0], "robin") as visitor:
        yield visitor


@contextmanager
def away(edge: Beside, **settings: str) -> Iterator[None]:
    """Without the gateway, or with another one where settings are given; afterwards with the usual one."""
    edge.gateway.stop()
    try:
        if settings:
            edge.gateway.start(**settings)
        yield
    finally:
        edge.gateway.stop()
        edge.gateway.start()


def test_without_the_gateway_an_answer_waits_and_counts_once(edge: Beside, stage: Stage, robin: Visitor) -> None:
    ballot = opened(stage, "wohnbau")
    path = f"/n/{stage.network}/ballots/{ballot}"
    robin.get(path)
    robin.post(f"{path}/answer", choice="object", reason="We offer it already.")
    checked = robin.page.text
    with away(edge):
        looked = robin.get(f"/n/{stage.network}")
        assert looked.status_code == 503
        assert LOST_NOTHING in looked.text
        assert "What works meanwhile" in looked.text
        sent = robin.http.post(f"{path}/vote", data=robin.hidden(checked), headers={"Sec-Fetch-Site": "same-origin"})
        assert sent.status_code == 503
        assert "It is not certain that your entry has arrived" in sent.text
        assert robin.http.get("/privacy").status_code == 200
        assert robin.http.get("/sessions").status_code == 200, "what the portal knows by itself"
    again = robin.hidden(sent.text)
    assert again["_key"] == robin.hidden(checked)["_key"]
    for _ in range(2):
        done = robin.http.post(
            f"{path}/vote", data=again, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True
        )
        assert done.status_code == 200
        assert "Your answer has arrived" in done.text
    assert stage.elector(ballot, "wohnbau")["choice"] == "object"


def test_without_membership_the_page_says_what_works(
    installation: Installation, stage: Stage, signed_in: SignIn
) -> None:
    visitor = signed_in("wohnbau")
    membership = process(installation, "services.membership")
    os.kill(membership, signal.SIGSTOP)
    try:
        page = visitor.get(f"/n/{stage.network}")
        assert page.status_code in {503, 504}
        assert LOST_NOTHING in page.text
        assert f'href="/n/{stage.network}"' in page.text, "the way to try again"
    finally:
        os.kill(membership, signal.SIGCONT)
    stage.eventually("the page", lambda: visitor.get(f"/n/{stage.network}").status_code == 200)


def test_who_asks_too_often_is_told_how_long_to_wait(edge: Beside, stage: Stage, robin: Visitor) -> None:
    robin.get(f"/n/{stage.network}")
    with away(edge, READS_PER_MINUTE="2"):
        pages = [robin.get(f"/n/{stage.network}") for _ in range(4)]
        assert pages[-1].status_code == 429
        assert "Wait 30 seconds, then try again." in pages[-1].text


def test_whose_right_ends_sees_nothing_more_in_an_open_page(stage: Stage, signed_in: SignIn) -> None:
    """L3: the stream of the open page ends at that moment, the next click says why."""
    person = stage.organisation("gfs").representative
    visitor = signed_in(person.user)
    home = f"/n/{stage.network}"
    assert visitor.get(home).status_code == 200
    with visitor.http.stream("GET", f"/live/{stage.network}") as live:
        lines = live.iter_lines()
        next(lines)
        successor = {"name": "Robin Beispiel", "email": "robin@gfs.example", "language": "en"}
        path = f"{stage.path}/members/{stage.member('gfs')}/representations"
        stage.office.post(path, {"role": "representative", "person": successor})
        heard = list(lines)  # until it ends
    assert "event: refresh" in heard
    part = visitor.http.get(home, headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true"
    assert not part.text
    page = visitor.get(home)
    assert page.status_code == 403
    assert "You no longer speak for a member of" in page.text
    assert visitor.get(f"/live/{stage.network}").status_code == 204
    assert visitor.get(home).status_code == 404


def process(installation: Installation, module: str) -> int:
    """Of the installation's child that runs this module."""
    database = str(installation.state.directory)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text("utf-8").split("\0")
            environment = (folder / "environ").read_text("utf-8")
        except OSError:
            continue
        if words[1:3] == ["-m", module] and database in environment:
            return int(folder.name)
    raise AssertionError(f"{module} does not run")
