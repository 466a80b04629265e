"""Promise 9: no read and no write across members or networks. Every address × whoever may come × whose object."""

import asyncio
import json

import httpx
import pytest

from services.gateway.routes import ROUTES
from tests.security import journals
from tests.security.actors import actors
from tests.security.asking import VARIANTS, Answer, Cell, Named, play
from tests.security.conftest import Scene
from tests.security.networks import found_in
from tests.security.outcomes import ALLOWED, name_of, outcome
from tests.security.rights import EVERYBODY, FOR_UNDELIVERED, MAY

pytestmark = pytest.mark.timeout(240)

Refused = dict[Named, Answer]
OF_OTHER = frozenset({
    "elsewhere's office", "elsewhere's member", "elsewhere's key", "elsewhere's link", "elsewhere's applicant",
})  # fmt: skip
"""For them the other network is their own: they are played for the first one only."""


def test_every_address_has_a_rule() -> None:
    """A new route without a rule fails here."""
    known = {name_of(route) for route in ROUTES}
    missing = [f"say in tests/security/rights.py who may: {name}" for name in sorted(known - MAY.keys())]
    assert not missing, missing
    assert not MAY.keys() - known, "these addresses are gone: take them out of tests/security/rights.py"


def cells(scene: Scene) -> list[Cell]:
    """Every question that there is."""
    who = actors(scene)
    own = [(route, actor, "own") for route in ROUTES for actor in who]
    others = [
        (route, actor, variant)
        for route in ROUTES if "network" in route.path_fields
        for actor in (who if MAY[name_of(route)] != EVERYBODY else ("stranger",))
        for variant in VARIANTS
        if not (variant == "other network" and actor in OF_OTHER)
        and not (variant in {"other's object", "unknown object"} and len(route.path_fields) == 1)
    ]  # fmt: skip
    return own + others


@pytest.fixture(scope="module")
def refused(scene: Scene) -> Refused:
    """Everything that must be refused, asked at once."""
    before = journals.settled(scene)
    found = asyncio.run(play(scene, [cell for cell in cells(scene) if outcome(*cell) != ALLOWED]))
    _journals.extend((before, journals.ends(scene)))
    return found


_journals: list[dict[str, int]] = []
"""Before the refusals and after them."""


def test_each_refusal_is_the_one_that_is_laid_down(scene: Scene, refused: Refused) -> None:
    demanded = {(name_of(route), actor, variant): outcome(route, actor, variant) for route, actor, variant in
                cells(scene)}  # fmt: skip
    wrong = [
        f"{cell}: {answer.status} {answer.slug}, not {demanded[cell]}"
        for cell, answer in refused.items() if (answer.status, answer.slug) != demanded[cell]
    ]  # fmt: skip
    print(f"{len(refused)} refusals")  # noqa: T201 - the figure of promise 9
    assert not wrong, "\n".join(wrong)


def test_refusals_leave_nothing_in_a_journal(refused: Refused) -> None:
    before, after = _journals
    assert before == after


def test_no_refusal_says_a_word_of_anybody(refused: Refused) -> None:
    wrong = [f"{cell}: {found_in(answer.text)}" for cell, answer in refused.items() if found_in(answer.text)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("one", "other"), [("other's object", "unknown object"), ("other network", "unknown network")])
def test_what_others_have_and_what_nobody_has_are_refused_in_the_same_words(
    refused: Refused, one: str, other: str
) -> None:
    """Operators alone, who may see every network, learn which exist."""
    wrong, compared = [], 0
    for (route, actor, variant), answer in refused.items():
        twin = refused.get((route, actor, other))
        if variant != one or twin is None or (actor == "operator" and variant == "other network"):
            continue
        compared += 1
        if answer.said != twin.said:
            wrong.append(f"{route}, {actor}: {answer.said} for {one}, {twin.said} for {other}")
    assert not wrong, "\n".join(wrong)
    assert compared > 500


READS = [route for route in ROUTES if route.verb == "GET"]


def test_whoever_may_read_reads_their_own_network_and_no_word_of_the_other(scene: Scene, refused: Refused) -> None:
    """Lists, search, counts, exports, feeds."""
    wanted = [
        (route, actor, "own")
        for route in READS
        for actor in actors(scene)
        if outcome(route, actor, "own") == ALLOWED
        and (MAY[name_of(route)] != EVERYBODY or actor == "stranger")
    ]  # fmt: skip
    found = asyncio.run(play(scene, wanted))
    wrong = [
        f"{cell}: {answer.status} {answer.slug}"
        for cell, answer in found.items() if answer.status != (409 if cell[0] in FOR_UNDELIVERED else 200)
    ]  # fmt: skip
    for (route, actor, _), answer in found.items():
        tag = "a" if actor in OF_OTHER and "{network}" not in route else "b"
        if actor != "operator" and (leaked := found_in(answer.text, tag)):
            wrong.append(f"{route}, {actor}: {leaked}")
    assert not wrong, "\n".join(wrong)


def test_nothing_of_it_stands_in_logs_on_the_bus_or_in_webhooks(scene: Scene, refused: Refused) -> None:
    texts = {log.name: log.read_text("utf-8", "replace") for log in scene.logs if "mailbox" not in log.name}
    wrong = [f"{name}: {sorted(set(found_in(text)))}" for name, text in texts.items() if found_in(text)]
    stored = b"".join(p.read_bytes() for p in (scene.installation.state.directory / "nats").rglob("*") if p.is_file())
    assert scene.nets["a"].ids["ballot"].encode() in stored, "the events are not where this test looks"
    if leaked := found_in(stored.decode("latin-1")):
        wrong.append(f"the bus: {sorted(set(leaked))}")
    for tag, receiver in scene.receivers.items():
        assert receiver.got, "no webhook came"
        other = scene.nets["b" if tag == "a" else "a"]
        for _path, headers, body in receiver.got:
            wrong += [f"webhook of {tag}: {one}" for one in found_in(headers + body)]
            wrong += [f"webhook of {tag}: {one}" for one in other.ids.values() if one in body]
    assert not wrong, "\n".join(wrong)


def test_mails_speak_of_their_own_network_only(scene: Scene, refused: Refused) -> None:
    with httpx.Client(base_url=scene.installation.mailbox) as mailbox:
        messages = mailbox.get("/api/messages").json()["messages"]
    seen = dict.fromkeys(scene.nets, 0)
    for message in messages:
        tags = {canary[2] for canary in found_in(json.dumps(message))}
        assert len(tags) < 2, message
        for tag in tags:
            seen[tag] += 1
    assert all(seen.values())
