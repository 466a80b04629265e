"""The HTTP side: pages for people, JSON for tests and the demo. Loopback only, no script, no cookie."""

import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.cli.mailbox.store import Mail, Store

_HERE = Path(__file__).parent / "templates"
_PAGE = (
    "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_MAIL = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'self'"
)
_HOSTS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\Z")
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;)]")

_environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
_environment.filters["pieces"] = lambda text: list(pieces(text))


class Answer(NamedTuple):
    status: int
    type: str
    body: bytes
    policy: str = _PAGE
    headers: tuple[tuple[str, str], ...] = ()


class Piece(NamedTuple):
    text: str
    link: bool


def pieces(text: str) -> list[Piece]:
    """A text cut at its links, so that a template can make them clickable and still escape everything."""
    found, at = [], 0
    for match in _LINK.finditer(text):
        found += [Piece(text[at : match.start()], link=False), Piece(match[0], link=True)]
        at = match.end()
    return [piece for piece in [*found, Piece(text[at:], link=False)] if piece.text]


def answer(store: Store, method: str, target: str) -> Answer:
    """What a request gets."""
    parts = urlsplit(target)
    query = parse_qs(parts.query)
    if method == "DELETE" and parts.path == "/api/messages":
        store.clear()
        return Answer(204, "application/json", b"")
    if method not in ("GET", "HEAD"):
        return _error(405, "Only reading is possible here.")
    for pattern, respond in _ROUTES:
        if match := pattern.fullmatch(parts.path):
            return respond(store, match, query)
    return _error(404, "There is no such page.")


Query = dict[str, list[str]]


def _list_page(store: Store, _match: re.Match[str], query: Query) -> Answer:
    to = query.get("to", [""])[0].strip()
    return _html("list.html", mails=store.newest(to or None), to=to)


def _mail_page(store: Store, match: re.Match[str], _query: Query) -> Answer:
    mail = _found(store, match)
    return _html("mail.html", mail=mail) if mail else _error(404, "There is no such mail.")


def _mail_html(store: Store, match: re.Match[str], _query: Query) -> Answer:
    mail = _found(store, match)
    return Answer(200, "text/html; charset=utf-8", mail.html.encode(), _MAIL) if mail else _error(404, "No such mail.")


def _attachment(store: Store, match: re.Match[str], _query: Query) -> Answer:
    found = store.attachment(_number(match["mail"]), _number(match["part"]))
    if found is None:
        return _error(404, "There is no such attachment.")
    disposition = f"attachment; filename*=UTF-8''{quote(found[0].name)}"
    return Answer(200, "application/octet-stream", found[1], headers=(("Content-Disposition", disposition),))


def _api_list(store: Store, _match: re.Match[str], query: Query) -> Answer:
    to, after = query.get("to", [None])[0], query.get("after", ["0"])[0]
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        return _error(400, "after is the id of a mail.")
    return _json({"messages": store.find(to, int(after))})


def _api_mail(store: Store, match: re.Match[str], _query: Query) -> Answer:
    mail = _found(store, match)
    return _json(mail) if mail else _error(404, "There is no such mail.")


def _style(_store: Store, _match: re.Match[str], _query: Query) -> Answer:
    return Answer(200, "text/css; charset=utf-8", (_HERE / "mailbox.css").read_bytes())


_ROUTES: tuple[tuple[re.Pattern[str], Callable[[Store, re.Match[str], Query], Answer]], ...] = (
    (re.compile(r"/"), _list_page),
    (re.compile(r"/messages/(?P<mail>\d+)"), _mail_page),
    (re.compile(r"/messages/(?P<mail>\d+)/html"), _mail_html),
    (re.compile(r"/messages/(?P<mail>\d+)/attachments/(?P<part>\d+)"), _attachment),
    (re.compile(r"/api/messages"), _api_list),
    (re.compile(r"/api/messages/(?P<mail>\d+)"), _api_mail),
    (re.compile(r"/mailbox\.css"), _style),
)


def _found(store: Store, match: re.Match[str]) -> Mail | None:
    return store.get(_number(match["mail"]))


def _number(digits: str) -> int:
    return int(digits) if len(digits) < 19 else -1


def _html(template: str, **values: object) -> Answer:
    return Answer(200, "text/html; charset=utf-8", _environment.get_template(template).render(values).encode())


def _json(content: object) -> Answer:
    return Answer(200, "application/json", msgspec.json.encode(content))


def _error(status: int, words: str) -> Answer:
    page = _environment.get_template("error.html").render(words=words)
    return Answer(status, "text/html; charset=utf-8", page.encode())


def server(store: Store, port: int) -> ThreadingHTTPServer:
    """On the loopback interface; port 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "Mailbox"
        sys_version = ""
        timeout = 30

        def do_GET(self) -> None:
            self._respond()

        do_HEAD = do_DELETE = do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

        def _respond(self) -> None:
            if not _HOSTS.match(self.headers.get("Host", "")):
                given = _error(421, "Ask for 127.0.0.1 or localhost.")  # a name that was bound to us meanwhile
            else:
                given = answer(store, self.command, self.path)
            self.send_response(given.status)
            headers = (
                ("Content-Type", given.type),
                ("Content-Length", str(len(given.body))),
                ("Content-Security-Policy", given.policy),
                ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "no-store"),
                *given.headers,
            )
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(given.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Addresses of pages hold addresses of people: nothing is logged."""

    made = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    made.daemon_threads = True
    return made
