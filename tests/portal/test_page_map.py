"""Who opens which page is as docs/portal.md says, for every page that needs no object but its network (G3)."""

import re
from collections.abc import Callable

import httpx
import pytest

from services.cli.demo.stage import Stage
from tests.portal.beside import Beside
from tests.portal.visitor import Visitor
from tests.test_docs import page_map

_CHOICE = re.compile(r'href="/n/([^"/]+)"')
SHUT = {303, 403, 404}
"""To the sign-in, refused, or as if it did not exist."""
MAY = {
    "nobody": {"everyone"},
    "outsider": {"everyone", "person"},
    "wohnbau": {"everyone", "person", "network", "member"},
    "stadt": {"everyone", "person", "network", "member", "office", "holder"},
    "betrieb": {"everyone", "person", "network", "office", "operator"},
}
"""What each visitor opens: somebody unknown, somebody of no member here, a member's, the office's, an operator."""
OUTSIDER = "senne"
"""Of no member in the test's network. Other tests on this installation may have given them a function elsewhere."""
START = "/"
"""Depends on everything that a person has to do with, in whichever network: has a test of its own."""
ELSEWHERE = {START, "/sign-in", "/sign-in/start", "/sign-in/callback", "/live/‹network›"}
"""Lead on, to the provider or to a stream."""


def addresses(network: str) -> list[tuple[str, str]]:
    filled = [(address.replace("‹network›", network).replace("‹step›", "contact"), who) for address, who in page_map()
              if address not in ELSEWHERE]  # fmt: skip
    return [(address, who) for address, who in filled if "‹" not in address]


def led(answer: httpx.Response) -> str:
    """Where to; "" if nowhere."""
    return answer.headers["location"] if answer.is_redirect else ""


@pytest.fixture
def visitor(
    request: pytest.FixtureRequest, stage: Stage, stranger: Visitor, signed_in: Callable[..., Visitor]
) -> Visitor:
    user = request.param
    return stranger if user == "nobody" else signed_in(OUTSIDER if user == "outsider" else user)


@pytest.mark.parametrize(("user", "visitor"), [(user, user) for user in MAY], indirect=["visitor"], ids=MAY)
def test_each_opens_the_pages_that_the_map_gives_them_and_no_other(user: str, stage: Stage, visitor: Visitor) -> None:
    wrong = []
    for address, who in addresses(stage.network):
        answer = visitor.get(address, follow=False)
        opened = answer.status_code == 200 or led(answer).startswith(f"/n/{stage.network}/")
        if opened != (who in MAY[user]) or not (opened or answer.status_code in SHUT):
            wrong.append(f"{address} ({who}): {answer.status_code} {led(answer)}")
    assert wrong == []


def networks_of(stage: Stage, user: str) -> set[str]:
    """In which a person has something to do; an operator has in all."""
    me = stage.api.of(user).get("/me")
    if me["operator"]:
        return {network["id"] for network in stage.operator.items("/networks")}
    return {standing["network"] for standing in me["standings"]}


def test_the_start_leads_to_the_only_network_and_shows_a_choice_of_several(
    stage: Stage, stranger: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    """Whatever other tests have named these people for. Whoever has no network is told what to do."""
    assert stranger.get(START, follow=False).status_code == 200
    for user in (OUTSIDER, "wohnbau", "stadt", "betrieb"):
        mine = networks_of(stage, user)
        answer = signed_in(user).get(START, follow=False)
        if len(mine) == 1:
            assert led(answer) == f"/n/{mine.pop()}"
        else:
            assert answer.status_code == 200, f"{user}: {led(answer)}"
            assert set(_CHOICE.findall(answer.text)) == mine


def test_the_start_follows_a_persons_networks(edge: Beside, stage: Stage) -> None:
    """Whoever is named after the sign-in need not sign in again."""
    provider, user = edge.providers[0], f"new-{stage.network}"
    with edge.signed_in(provider, user) as visitor:
        assert "You do not speak for any member" in visitor.get(START, follow=False).text
        edge.name(stage, "wohnbau", provider, user)
        assert led(visitor.get(START, follow=False)) == f"/n/{stage.network}"
