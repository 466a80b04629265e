"""Promise 9 for the portal: every page and every action × whoever may come × whose object; and forms from elsewhere."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest
from msgspec import Struct

from tests.portal.visitor import Visitor
from tests.security.conftest import Scene
from tests.security.journals import ends, settled
from tests.security.networks import canary, found_in
from tests.security.portal_looking import WAYS, look, state, unread
from tests.security.portal_rights import NOBODY, OUTSIDERS, RULES, VISITORS, Rule
from tests.security.portal_visits import (
    AT_ONCE,
    PEOPLE,
    Address,
    Answer,
    Asked,
    Browser,
    addresses,
    browsers,
    entries,
    ids_for,
    play,
)

pytestmark = pytest.mark.timeout(480)  # the slowest machine: thousands of pages

FOREIGN = ("other network", "other's object")
UNKNOWN = {"other network": "unknown network", "other's object": "unknown object"}
"""What somebody else has must look like this."""

TOLD_TO_APPLICANTS = {canary("a", "charter"), canary("a", "office")}
"""To which network one applies, and who holds its office."""


def rule(address: Address) -> Rule:
    return RULES[address.name]


def test_every_page_and_action_of_the_portal_has_a_rule() -> None:
    """A new route without a rule fails here."""
    known = {address.name for address in addresses()}
    missing = [f"say in tests/security/portal_rights.py who may: {name}" for name in sorted(known - RULES.keys())]
    assert not missing, missing
    assert not RULES.keys() - known, "these are gone: take them out of tests/security/portal_rights.py"


def ruled() -> list[Address]:
    return [address for address in addresses() if address.name in RULES]


def cells() -> list[Asked]:
    """What is asked: of one's own network everything but what would be carried out; of others' and of what nobody has,
    whatever needs an object, by everybody who could get that far."""
    found: list[Asked] = []
    for address in ruled():
        of = rule(address)
        deed = address.verb == "POST" and not of.empty
        for visitor in NOBODY if of.public and deed else VISITORS:
            opens = of.outcome(visitor) == "opens"
            if of.public or not opens or not deed:
                found.append(Asked(address=address, visitor=visitor, variant="own", empty=opens))
        found += [
            Asked(address=address, visitor=visitor, variant=variant)
            for foreign in FOREIGN for variant in (foreign, UNKNOWN[foreign])
            for visitor in _coming(address, foreign)
        ]  # fmt: skip
    return found


def _coming(address: Address, foreign: str) -> tuple[str, ...]:
    """To another network: people of the first one; to objects in their own: those who get on, too."""
    objects = address.path.count("{") - address.path.count("{role}") - 1
    if "{network}" not in address.path or rule(address).public or (foreign == "other's object" and not objects):
        return ()
    return ("representative", "office") if foreign == "other network" else ("representative", "office", "operator")


@pytest.fixture(scope="module")
def people(scene: Scene) -> dict[str, Browser]:
    return browsers(scene)


@pytest.fixture(scope="module")
def asked(scene: Scene, people: Mapping[str, Browser]) -> dict[Asked, Answer]:
    """Every cell, with the journals' ends before and after."""
    before = settled(scene)
    found = asyncio.run(play(scene, cells(), people))
    _ends.extend((before, ends(scene)))
    return found


_ends: list[dict[str, int]] = []


def expected(cell: Asked) -> set[str]:
    """Whoever may not do it to any object is told so before it is looked for."""
    if cell.variant == "own":
        return {rule(cell.address).outcome(cell.visitor)}
    return {"missing"} if cell.variant.endswith("network") else {"missing", "refused"}


def test_each_visitor_gets_on_where_the_table_says_so_and_nowhere_else(asked: Mapping[Asked, Answer]) -> None:
    wrong = [
        f"{cell.address.name}, {cell.visitor}, {cell.variant}: {answer.outcome}, not {expected(cell)} ({answer.status})"
        for cell, answer in asked.items() if answer.outcome not in expected(cell)
    ]  # fmt: skip
    print(f"{len(asked)} pages and forms")  # noqa: T201 - the figure of promise 9
    assert not wrong, "\n".join(wrong)


def test_what_others_have_and_what_nobody_has_look_alike(asked: Mapping[Asked, Answer]) -> None:
    wrong = []
    for cell, answer in asked.items():
        if cell.variant in UNKNOWN:
            twin = asked[Asked(address=cell.address, visitor=cell.visitor, variant=UNKNOWN[cell.variant])]
            if answer.status != twin.status:
                wrong.append(f"{cell.address.name}, {cell.visitor}, {cell.variant}: {answer.status}, {twin.status}")
    assert not wrong, "\n".join(wrong)


def test_no_page_of_the_portal_says_a_word_of_the_other_network(asked: Mapping[Asked, Answer]) -> None:
    """Bodies and heads. An operator has to do with both; the name of whoever is signed in is their own."""
    wrong = []
    for cell, answer in asked.items():
        other = "a" if cell.visitor.startswith("elsewhere") else "b"
        tags = ("a", "b") if cell.visitor in NOBODY else (other,) if cell.visitor != "operator" else ()
        if cell.visitor == "operator" and cell.variant == "other's object":
            tags = ("b",)
        leaked = {word for tag in tags for word in found_in(answer.text, tag)}
        if cell.address.path.startswith("/apply/"):
            leaked -= TOLD_TO_APPLICANTS
        if leaked:
            wrong.append(f"{cell.address.name}, {cell.visitor}, {cell.variant}: {sorted(leaked)}")
    assert not wrong, "\n".join(wrong)


def test_no_refusal_at_the_portal_leaves_anything_in_a_journal(asked: Mapping[Asked, Answer]) -> None:
    before, after = _ends
    assert before == after


def test_nothing_of_it_stands_in_the_portals_log(scene: Scene, asked: Mapping[Asked, Answer]) -> None:
    for log in scene.logs:
        if "portal" in log.name:
            assert not found_in(log.read_text("utf-8", "replace"))


FROM_ELSEWHERE: dict[str, dict[str, str]] = {
    "cross-site": {"sec-fetch-site": "cross-site"},
    "another origin": {"origin": "https://evil.example"},
    "a neighbouring host": {"sec-fetch-site": "same-site"},
}
HERE = {"sec-fetch-site": "same-origin"}


class Forged(Struct, frozen=True, kw_only=True):
    """A form that is not from a page of ours, but as whoever may send it would fill it in."""

    address: Address
    what: str
    cookie: str
    token: str | None
    headers: dict[str, str]


def forgeries(people: Mapping[str, Browser]) -> list[Forged]:
    found = []
    for address in (one for one in ruled() if one.verb == "POST"):
        who = next((one for one in VISITORS if one in rule(address).may), "representative")
        own, other = people[who], people["peer" if who != "peer" else "office"]
        sent: list[tuple[str, str, str | None, dict[str, str]]] = []
        sent += [(what, own.cookie, own.token, headers) for what, headers in FROM_ELSEWHERE.items()]
        sent += [
            ("without a token", own.cookie, None, HERE), ("a guessed token", own.cookie, "A" * 54, HERE),
            ("somebody else's token", own.cookie, other.token, HERE),
            ("the token before sign-in", own.cookie, people["stranger"].token, HERE),
            ("no cookie", "", own.token, HERE),
        ]  # fmt: skip
        found += [Forged(address=address, what=a, cookie=b, token=c, headers=d) for a, b, c, d in sent]
    return found


async def _taken(scene: Scene, forged: Sequence[Forged]) -> list[str]:
    """Those that were not refused, or that left a cookie."""
    ids, wrong, waiting = ids_for(scene, "own"), [], list(forged)
    async with httpx.AsyncClient(base_url=scene.installation.portal, timeout=60) as http:

        async def work() -> None:
            while waiting:
                one = waiting.pop()
                body = entries(Asked(address=one.address, visitor=one.what, variant="own"), ids, one.token or "")
                if one.token is None:
                    del body["_token"]
                answer = await http.post(one.address.of(ids), data=body, headers={"cookie": one.cookie, **one.headers})
                cookies = [name for name in answer.cookies if name != "fallnetz-visitor"]
                if answer.status_code != 403 or cookies:
                    wrong.append(f"{one.address.name}, {one.what}: {answer.status_code} {cookies}")

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return wrong


def test_no_form_is_taken_that_is_not_from_a_page_of_ours(scene: Scene, people: Mapping[str, Browser]) -> None:
    """CSRF: by Fetch Metadata, by Origin, and by a token bound to the browser's session. Nothing happens, and no
    session ends (sign-out is a form, too)."""
    before = ends(scene)
    assert asyncio.run(_taken(scene, forgeries(people))) == []
    assert ends(scene) == before
    for who, browser in people.items():
        answer = httpx.get(f"{scene.installation.portal}/sessions", headers={"cookie": browser.cookie})
        assert answer.status_code == (303 if who == "stranger" else 200), who


def test_the_outsiders_of_the_table_are_what_it_says(scene: Scene) -> None:
    """Or the table would prove nothing."""
    one = scene.nets["a"].id

    def networks(user: str) -> list[Any]:
        return [standing["network"] for standing in scene.api.of(user).get("/me")["standings"]]

    for who, user in PEOPLE.items():
        assert (one in networks(user)) == (who not in OUTSIDERS | {"operator"}), who


def test_looking_changes_nothing(scene: Scene, people: Mapping[str, Browser], asked: Mapping[Asked, Answer]) -> None:
    """T3, N5: no receipt, no answer, no session ends, whatever fetches a page or a mail's link before somebody asks for
    it; addresses of forms do nothing when they are looked at."""
    links = unread(scene)
    settled(scene)
    before = state(scene, links, people)
    assert all(link["confirmed_at"] is None for link in before["links"].values())
    assert asyncio.run(look(scene, links, people)) == []
    assert state(scene, links, people) == before


def test_a_sentence_that_is_said_once_waits_until_somebody_reads_it(scene: Scene) -> None:
    home = f"/n/{scene.nets['a'].id}/settings"
    with Visitor(scene.installation) as visitor:
        visitor.sign_in(PEOPLE["peer"])
        visitor.get(home)
        visitor.post(f"{home}/language", language="en", follow=False)
        visitor.http.head(home)
        for verb, headers in WAYS.values():
            if "prefetch" in str(headers):
                visitor.http.request(verb, home, headers=headers)
        assert "Your language was saved." in visitor.get(home).text
        assert "Your language was saved." not in visitor.get(home).text
