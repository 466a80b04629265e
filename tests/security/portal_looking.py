"""What browsers, mail scanners and link checkers fetch before anybody asks for it, and what must stay as it was."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
from msgspec import Struct

from services.cli.demo.stage import Stage
from tests.portal.visitor import BROWSER, Visitor
from tests.security.conftest import Scene
from tests.security.journals import ends
from tests.security.networks import USERS, canary
from tests.security.portal_visits import AT_ONCE, Browser, addresses, ids_for
from tests.world import WORLD

WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "GET": ("GET", {}),
    "HEAD": ("HEAD", {}),
    "prefetch": ("GET", {"sec-purpose": "prefetch"}),
    "prerender": ("GET", {"sec-purpose": "prefetch;prerender"}),
    "older prefetch": ("GET", {"purpose": "prefetch"}),
    "Firefox's prefetch": ("GET", {"x-moz": "prefetch"}),
    "script": ("GET", {"sec-fetch-dest": "empty", "sec-fetch-mode": "no-cors"}),
}


class Unread(Struct, frozen=True, kw_only=True):
    """Tokens of mails that nobody has confirmed, and the address of a calendar feed."""

    tokens: dict[str, str]
    calendar: str


def unread(scene: Scene) -> Unread:
    """In the first network: a ballot's notice, an application's confirmation, an invitation."""
    net, office = scene.nets["a"], scene.api.of(USERS["a"][0])
    stage = Stage(scene.api, scene.installation.mailbox, scene.installation.issuer, net.id, WORLD)
    path = f"/networks/{net.id}"
    contacts = {name: f"{canary('a', f'unread{name}')}@example.org" for name in ("contact", "deputy")}
    person = {"name": canary("a", "unread"), "language": "en"}
    asked = scene.api.get(f"{path}/application-form")
    scene.api.post(f"{path}/applications", {
        "name": canary("a", "unread"), "field_of_work": asked["fields_of_work"][0], "address": canary("a", "unreadat"),
        "will_to_cooperate": True,
        **{role: {**person, "email": contacts["contact"]} for role in ("contact", "representative", "deputy")},
    })  # fmt: skip
    invited = {"role": "deputy", "person": {**person, "email": contacts["deputy"]}}
    office.post(f"{path}/members/{net.members['quiet']}/representations", invited)
    boxes = {
        "ballot": f"{canary('a', 'quietrepresentativemail')}@example.org",
        "confirmation": contacts["contact"], "invitation": contacts["deputy"],
    }  # fmt: skip
    mails = {
        what: stage.eventually(f"a mail to {box}", lambda box=box: next(iter(stage.mails(box)), None))  # type: ignore[misc]
        for what, box in boxes.items()
    }
    tokens = {what: stage.token(mail) for what, mail in mails.items()}
    stage.close()
    return Unread(tokens=tokens, calendar=_calendar(scene))


def _calendar(scene: Scene) -> str:
    with Visitor(scene.installation) as visitor:
        visitor.sign_in(USERS["a"][1])
        visitor.get(f"/n/{scene.nets['a'].id}/settings/calendar")
        page = visitor.post(f"/n/{scene.nets['a'].id}/settings/calendar").text
    found = re.search(r"/calendar/[\w.-]+\.ics", page)
    assert found, page
    return found[0]


def state(scene: Scene, links: Unread, people: Mapping[str, Browser]) -> dict[str, Any]:
    """Journals, receipts and notices, links, settings, keys, and who is signed in where."""
    path = f"/networks/{scene.nets['a'].id}"
    office, representative = (scene.api.of(USERS["a"][number]) for number in (0, 1))
    return {
        "journals": ends(scene),
        "ballots": office.items(f"{path}/ballots"),
        "notices": office.items(f"{path}/notices"),
        "links": {what: scene.api.link(token).get("/link") for what, token in links.tokens.items()},
        "settings": [one.get(f"{path}/preferences") for one in (office, representative)],
        "keys": [(key["id"], key["revoked_at"]) for key in representative.items(f"{path}/keys")],
        "sessions": {who: _sessions(scene, browser) for who, browser in people.items()},
    }


def _sessions(scene: Scene, browser: Browser) -> int:
    page = httpx.get(f"{scene.installation.portal}/sessions", headers={"cookie": browser.cookie}, timeout=30)
    return page.text.count('name="session"')


async def look(scene: Scene, links: Unread, people: Mapping[str, Browser]) -> list[str]:
    """Fetches everything in every way, as a stranger, a member and the office. Gives what was a fault."""
    ids = ids_for(scene, "own")
    paths = {address.of(ids) for address in addresses()} | {links.calendar}
    opened = {what: await _opened(scene, token) for what, token in links.tokens.items()}
    waiting = [(path, people[who].cookie, way) for path in sorted(paths) for way in WAYS for who in _who(path, way)]
    for what, (cookie, path) in opened.items():
        own = (f"/l/{links.tokens[what]}", path, f"{path}/answered", f"{path}/withdrawal", *_actions_of(path))
        waiting += [(one, cookie, way) for one in own for way in WAYS]
    wrong: list[str] = []
    async with httpx.AsyncClient(base_url=scene.installation.portal, timeout=60, headers=BROWSER) as http:

        async def work() -> None:
            while waiting:
                path, cookie, way = waiting.pop()
                verb, headers = WAYS[way]
                async with http.stream(verb, path, headers={"cookie": cookie, **headers}) as answer:
                    live = answer.headers.get("content-type", "").startswith("text/event-stream")
                    content = b"" if live and verb == "GET" else await answer.aread()
                    ended = "fallnetz=" in cookie and "fallnetz=" in answer.headers.get("set-cookie", "")
                if answer.status_code >= 500 or ended or (verb == "HEAD" and content):
                    wrong.append(f"{path}, {way}: {answer.status_code}")

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return wrong


def _who(path: str, way: str) -> Iterable[str]:
    """The office opens its desk, a member the rest; a stranger tries all. Mails' links are fetched in every way."""
    if way not in ("GET", "HEAD", "prefetch"):
        return ()
    member = "office" if "/desk" in path else "representative"
    return (member, "stranger") if way == "GET" else (member,)


def _actions_of(path: str) -> list[str]:
    return [f"{path}/{action}" for action in ("confirmation", "acceptance", "vote", "supplement")]


async def _opened(scene: Scene, token: str) -> tuple[str, str]:
    """Cookies of a browser in which a mail's link was opened, and where it led."""
    async with httpx.AsyncClient(base_url=scene.installation.portal, timeout=30, headers=BROWSER) as http:
        answer = await http.get(f"/l/{token}")
        assert answer.status_code == 303, answer.text
        cookies = "; ".join(f"{one.name}={one.value}" for one in http.cookies.jar)
        return cookies, answer.headers["location"]
