"""Everybody who may come to the portal, signed in at its own provider, and how they ask for every page and send every
form, many at a time."""

import asyncio
from collections.abc import Iterable, Mapping

import httpx
from msgspec import Struct

from services.gateway.examples import PATH_EXAMPLES
from services.portal.app import PAGES
from tests.portal.visitor import BROWSER, Visitor
from tests.security.conftest import Scene
from tests.security.networks import DEPUTIES, USERS
from tests.security.portal_rights import Outcome

AT_ONCE = 6
AWAY = {503, 504}
"""A machine under load: no outcome, so it is asked again."""
PEOPLE = {
    "office": USERS["a"][0], "representative": USERS["a"][1], "peer": DEPUTIES["a"], "left": USERS["a"][2],
    "elsewhere's office": USERS["b"][0], "elsewhere's member": USERS["b"][1], "operator": "betrieb",
}  # fmt: skip
"""Who signs in as whom."""
FILLED = {
    "name": "Filled", "email": "filled@example.org", "language": "en", "address": "Filled 1", "title": "Filled",
    "service": "Filled", "reason": "Filled", "choice": "object", "sure": "yes", "question": "Filled",
    "answer": "Filled", "told_by": "Filled", "way": "letter", "told_day": "2026-12-07", "told_time": "09:00",
    "label": "Filled", "scopes": "directory:read", "holder": "member", "expires": "2027-06-01", "role": "deputy",
    "url": "https://filled.example/", "received_day": "2026-12-07", "received_time": "09:00", "clock_day": "2027-12-07",
    "clock_time": "09:00", "issuer": "any", "subject": "filled", "kind": "letter", "q": "canary", "_version": "1",
    "csv": "name,kind,address\nFilled,charity,Filled 1\n",
}  # fmt: skip
"""Entries that pass the portal's own look at every form, so that it is the right that is looked at."""
OTHERWISE = {"/n/{network}/settings/keys/new": {"issuer": "", "subject": ""}}
"""Where the same entry means something else."""
OF_FORM = {"member": "member", "id": "key", "feed": "key", "delivery": "delivery", "network": "network"}
"""Entries that name an object."""
FIXED = {
    "role": "deputy", "step": "contact", "secret": "unknown-secret.ics", "token": "unknown.token", "notice": "not_1",
}  # fmt: skip


class Address(Struct, frozen=True):
    """A page or an action of the portal. `path` with the names of what it needs in braces."""

    verb: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.verb} {self.path}"

    def of(self, ids: Mapping[str, str]) -> str:
        return self.path.format(**{**FIXED, **ids})


def addresses() -> list[Address]:
    """As they are registered."""
    return [
        Address(verb, path.replace(":str}", "}"))
        for handler in PAGES for path in sorted(handler.paths) for verb in sorted({*handler.http_methods} - {"OPTIONS"})
    ]  # fmt: skip


class Answer(Struct, frozen=True):
    status: int
    location: str
    text: str
    """Head and body."""

    @property
    def outcome(self) -> Outcome | str:
        if self.status == 303 and self.location.startswith("/sign-in?"):
            return "sign-in"
        match self.status:
            case 400:
                return "stale"
            case 403:
                return "refused"
            case 404:
                return "missing"
            case 200 | 204 | 303 | 409 | 412 | 422:
                return "opens"
            case other:
                return str(other)


class Browser(Struct, frozen=True):
    """Cookies of somebody, and a token for their forms."""

    cookie: str
    token: str


class Asked(Struct, frozen=True, kw_only=True):
    """What is asked, by whom, of whose objects."""

    address: Address
    visitor: str
    variant: str
    empty: bool = False
    """True: a form without entries."""


def browsers(scene: Scene) -> dict[str, Browser]:
    """By visitor; the stranger too has cookies and a token."""
    return {"stranger": _opened(scene, None)} | {who: _opened(scene, user) for who, user in PEOPLE.items()}


def _opened(scene: Scene, user: str | None) -> Browser:
    with Visitor(scene.installation) as visitor:
        if user is not None:
            visitor.sign_in(user)
        visitor.get("/privacy")
        cookies = "; ".join(f"{one.name}={one.value}" for one in visitor.http.cookies.jar)
        return Browser(cookies, visitor.hidden()["_token"])


def ids_for(scene: Scene, variant: str) -> dict[str, str]:
    one, other = scene.nets["a"], scene.nets["b"]
    match variant:
        case "own":
            return one.ids
        case "other network":
            return other.ids
        case "other's object":
            return other.ids | {"network": one.id}
        case "unknown object":
            unknown = {name: f"{value[:4]}01kzzzzzzzzzzzzzzzzzzzzzzz" for name, value in PATH_EXAMPLES.items()}
            return unknown | {"network": one.id}
        case _:
            return one.ids | {"network": "nowhere"}


def entries(asked: Asked, ids: Mapping[str, str], token: str) -> dict[str, str]:
    hidden = {"_token": token, "_key": f"key-{abs(hash((asked.address.name, asked.visitor, asked.variant)))}"}
    if asked.empty:
        return hidden | {"_version": "99999"}
    own = FILLED | OTHERWISE.get(asked.address.path, {})
    own = own | {"chosen": f"{ids['ballot']}/{ids['member']}"}
    return hidden | own | {name: ids[kind] for name, kind in OF_FORM.items()}


async def play(scene: Scene, cells: Iterable[Asked], people: Mapping[str, Browser]) -> dict[Asked, Answer]:
    """Asks everything, many at a time."""
    found: dict[Asked, Answer] = {}
    waiting = list(cells)[::-1]
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(
        base_url=scene.installation.portal, timeout=60, limits=limits, headers=BROWSER
    ) as http:

        async def work() -> None:
            while waiting:
                asked = waiting.pop()
                found[asked] = await ask(http, asked, ids_for(scene, asked.variant), people[asked.visitor])

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return found


async def ask(http: httpx.AsyncClient, asked: Asked, ids: Mapping[str, str], browser: Browser) -> Answer:
    """Of what is somebody else's, or nobody's, the page to which an answer leads counts."""
    body = entries(asked, ids, browser.token) if asked.address.verb == "POST" else None
    answer = await _sent(http, asked.address.verb, asked.address.of(ids), body, browser)
    for pause in (0.5, 1, 2, 4):
        if answer.status not in AWAY:
            break
        await asyncio.sleep(pause)
        answer = await _sent(http, asked.address.verb, asked.address.of(ids), body, browser)
    if asked.variant != "own" and answer.location.startswith("/n/"):
        return await _sent(http, "GET", answer.location, None, browser)
    return answer


async def _sent(http: httpx.AsyncClient, verb: str, path: str, body: dict[str, str] | None, browser: Browser) -> Answer:
    headers = {"cookie": browser.cookie, "sec-fetch-site": "same-origin"}
    async with http.stream(verb, path, headers=headers, data=body) as answer:
        endless = answer.headers.get("content-type", "").startswith("text/event-stream")
        text = "" if endless else (await answer.aread()).decode("utf-8", "replace")
        own = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        return Answer(answer.status_code, answer.headers.get("location", ""), f"{own}\n{text}")
