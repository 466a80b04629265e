"""Inputs of the portal (promise 11): every form that people see there, filled in as they might, then bent in places.

The forms are read from the pages themselves. An action whose form stands on no page at the moment (the second step of
something, or a state that nothing is in) is played with the fields of all the others.
"""

import random
import re
from typing import Any

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from services.portal.app import PAGES
from tests.faults.keep_alive import Sent
from tests.faults.mutations import RAW, Bender

ENDING = re.compile(
    r"POST /n/\{network:str\}/(resignation.*|desk/(office|clock|charter|register)|desk/people/.*/issuer"
    r"|members/.*/people/\{role:str\}|settings/keys/revoke|settings/webhooks/.*/removal|offers/\{offer:str\}/end)"
)
"""Where these succeed, people lose their functions or objects end: played in a network that is there for that."""
SIGNING_OUT = frozenset({"POST /sign-out", "POST /sessions/end"})
_HEADERS: dict[str, tuple[str, ...]] = {
    "accept-language": ("de", "en", "nl", "da", "x", "," * 200), "hx-request": ("true", "x"),
    "sec-fetch-site": ("cross-site", "none", "x"), "origin": ("http://evil.example", "null", "x"),
    "cookie": ("", "fallnetz=x", "fallnetz=\xe4", "a" * 5_000, "=;=;", "fallnetz-language=xx; fallnetz-visitor=y"),
    "accept": ("application/json", "*/*", "x"), "last-event-id": ("5", "x"), "if-none-match": ("*",),
    "content-type": ("", "text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=",
                     "multipart/form-data; boundary=b", "application/x-www-form-urlencoded; charset=utf-16", "x/y"),
    "x-forwarded-for": ("1.2.3.4", "x", "," * 40), "x-request-id": ("a b", "x" * 100), "range": ("bytes=0-1",),
    "referer": ("http://x", "x"), "user-agent": ("", "x" * 3_000, "\xe4"), "host": ("evil.example", "x:y"),
}  # fmt: skip
_VERBS = ("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE", "PATCH", "get")
_BOUNDARY = "----zq"
_QUERIES = ("q", "cursor", "next", "provider", "on", "over", "all", "kind", "state", "about", "code", "error", "again")


class Form(Struct, frozen=True):
    """One that a page showed: where it goes, and what may stand in its fields."""

    action: str
    fields: dict[str, list[str]]
    multipart: bool


class Browser(Struct, kw_only=True):
    """One signed-in person, or nobody: the cookies, and the forms that were seen with them, by where these go."""

    name: str
    cookies: str
    forms: list[Form] = []
    token: str = ""
    """Of the session's forms."""
    sees_all: bool = False
    """An operator, who may see every network."""


def handlers(verb: str) -> list[str]:
    """The portal's addresses, as `/n/{network:str}/…`."""
    return [path for one in PAGES for path in sorted(_of(one).paths) if verb in _of(one).http_methods]


def _of(handler: Any) -> HTTPRouteHandler:
    assert isinstance(handler, HTTPRouteHandler)
    return handler


def pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+:str\\\}", "[^/?]+", re.escape(path)) + r"(\?.*)?\Z")


def filled(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+):str\}", lambda found: ids.get(found[1], "x"), path)


class Site(Struct, frozen=True, kw_only=True):
    """Where inputs go. `ids` and `spare`: by the names in braces, in the network that is played in and in the one that
    may end."""

    host: str
    ids: dict[str, str]
    spare: dict[str, str]
    browsers: list[Browser]
    leaving: Browser
    """Signs out again and again."""


class FormInputs:
    """`made(number)` is the input of that number, always the same for one seed and site."""

    def __init__(self, seed: int, site: Site) -> None:
        self.seed = seed
        self.site = site
        self.pages = [f"GET {path}" for path in handlers("GET")]
        self.actions = [f"POST {path}" for path in handlers("POST")]
        self._forms = {name: self._seen(name.removeprefix("POST ")) for name in self.actions}
        self.unseen = [name for name, seen in self._forms.items() if not seen]
        every: dict[str, list[str]] = {}
        for browser in site.browsers:
            for form in browser.forms:
                for field, values in form.fields.items():
                    every.setdefault(field, []).extend(values[:3])
        self.fields = {name: sorted(set(values)) for name, values in sorted(every.items()) if name[:1] != "_"}

    def _seen(self, path: str) -> list[tuple[Browser, Form]]:
        wanted = pattern(path)
        spare = ENDING.match(f"POST {path}") is not None
        return [
            (browser, form)
            for browser in self.site.browsers
            for form in browser.forms
            if wanted.match(form.action) and (not spare or f"/{self.site.spare['network']}/" in form.action)
        ]

    def made(self, number: int) -> Sent:
        chance = random.Random(f"{self.seed}-portal-{number}")
        every = self.actions if number % 4 else self.pages
        return _Filling(self, every[number // 4 % len(every)], Bender(chance)).made()

    def form(self, name: str, chance: random.Random) -> tuple[Browser, Form]:
        """One of those seen, or one that is made up."""
        if name in SIGNING_OUT:
            return self.site.leaving, Form(name.removeprefix("POST "), {}, multipart=False)
        seen = self._forms.get(name, [])
        if seen and chance.random() < 0.9:
            return chance.choice(seen)
        path = name.partition(" ")[2]
        ids = self.site.spare if ENDING.match(name) else self.site.ids
        fields = {one: self.fields[one] for one in chance.sample(list(self.fields), min(8, len(self.fields)))}
        return chance.choice(self.site.browsers), Form(filled(path, ids), fields, chance.random() < 0.1)


class _Filling:
    """One input."""

    def __init__(self, inputs: FormInputs, name: str, bender: Bender) -> None:
        self._inputs, self._name, self._bender, self._chance = inputs, name, bender, bender.chance
        self._verb = name.partition(" ")[0]
        browser, form = inputs.form(name, self._chance)
        self._sees_all = browser.sees_all
        self._path, _, query = form.action.partition("?")
        self._query = [(one.partition("=")[0], one.partition("=")[2]) for one in query.split("&") if one]
        self._multipart = form.multipart
        self._entries = [(field, self._chance.choice(values) if values else self._written(field))
                         for field, values in form.fields.items() if field[0] != "_"]  # fmt: skip
        self._hidden = {"_token": browser.token, "_key": f"k-{self._chance.randrange(2**60):x}",
                        "_version": str(self._chance.randint(1, 3)), "_place": self._path}  # fmt: skip
        self._headers = {"host": inputs.site.host, "cookie": browser.cookies, "accept": "text/html",
                         "accept-language": "en", "sec-fetch-site": "same-origin", "origin": "null"}  # fmt: skip

    def _written(self, field: str) -> str:
        return self._chance.choice(self._inputs.fields.get(field) or ["Some words"])

    def made(self) -> Sent:
        for _ in range(self._chance.choice((0, 1, 1, 1, 2, 2, 3, 4))):
            self._bend()
        content = self._content() if self._verb != "GET" else b""
        query = self._bender.encoded(self._query)
        head = f"{self._verb} {self._path}{'?' + query if query else ''} HTTP/1.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in self._headers.items() if value)
        raw, tampered = head.encode("latin-1", "replace"), self._bender.once_in(25)
        if tampered:
            raw = self._bender.bytes(raw)
        return Sent(about=self._name, head=raw, body=content, tampered=tampered, sees_all=self._sees_all)

    def _bend(self) -> None:
        bender, where = self._bender, self._chance.randrange(20)
        if where < 10 and self._verb == "POST":
            self._entries = bender.pairs(self._entries)
        elif where < 13:
            self._query = bender.pairs([*self._query, (self._chance.choice(_QUERIES), bender.text()[:400])])
        elif where < 15:
            self._path = bender.path(self._path)
        elif where < 16:
            name = self._chance.choice(list(self._hidden))
            self._hidden[name] = bender.text(self._hidden[name])
        elif where < 17 and bender.once_in(2):
            self._verb = self._chance.choice(_VERBS)
        else:
            name = self._chance.choice(list(_HEADERS))
            self._headers[name] = self._chance.choice(_HEADERS[name])

    def _content(self) -> bytes:
        entries = [*self._entries, *self._hidden.items()]
        self._chance.shuffle(entries)
        if self._bender.once_in(400):
            entries *= 60
        if self._multipart or self._bender.once_in(12):
            self._headers.setdefault("content-type", f"multipart/form-data; boundary={_BOUNDARY}")
            body = self._parts(entries)
        else:
            self._headers.setdefault("content-type", "application/x-www-form-urlencoded")
            body = self._bender.encoded(entries).encode("ascii", "replace")
        if self._bender.once_in(12):
            return self._bender.bytes(body)
        return body + b"&x=" + b"x" * 2_600_000 if self._bender.once_in(3_000) else body

    def _parts(self, entries: list[tuple[str, str]]) -> bytes:
        """RFC 7578; some entries as files."""
        body = b""
        for name, value in entries:
            file = self._bender.once_in(6) and name[:1] != "_"
            quoted = name.replace('"', "%22").replace("\r", "").replace("\n", "")
            tail = f'; filename="{self._bender.text("x.csv")[:60]}"' if file else ""
            content = value.encode("utf-8", "surrogatepass")
            if file and self._bender.once_in(2):
                content = self._chance.choice(RAW)
            named = f'content-disposition: form-data; name="{quoted}"{tail}'.encode("utf-8", "surrogatepass")
            body += b"--%s\r\n%s\r\n\r\n%s\r\n" % (_BOUNDARY.encode(), named, content)
        return body + b"--%s--\r\n" % _BOUNDARY.encode()
