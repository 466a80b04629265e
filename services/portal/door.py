"""The outermost layer: finds the session, refuses forms from elsewhere, and gives every answer its headers."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any

from litestar import Response

from services.chassis import http_bodies, ids, telemetry
from services.chassis.clients import client_address
from services.chassis.formats import LOCALES, Locale
from services.chassis.negotiation import accepted_language
from services.portal import form_bodies
from services.portal.assets import FOREVER, PREFIX
from services.portal.house import House
from services.portal.settings import proxies
from services.portal.signing_in.sessions import Session
from services.portal.visit import HTML, Visit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

VISIT = "fallnetz.visit"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = _READS | {"POST"}
_STATUS = {"too-big": 413, "too-slow": 408}
"""Of a form that is not taken; all others 403."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_AHEAD = ("sec-purpose", "purpose", "x-purpose", "x-moz")
"""Headers by which browsers say that nobody has asked for the page yet (`prefetch`, `prerender`, `preview`)."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_EVERY: dict[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, no-store",
}
_HTTPS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}


class Door:
    def __init__(self, application: Asgi, house: House) -> None:
        self._application = application
        self._house = house
        self._proxies = proxies(house.settings)
        self._headers = {**_EVERY, **(_HTTPS if house.secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if scope["path"].startswith(PREFIX):
            await self._asset(scope, send)
            return
        started = perf_counter()
        visit = self._visit(scope)
        status = 500
        began = False

        async def leave(message: MutableMapping[str, Any]) -> None:
            nonlocal status, began
            if message["type"] == "http.response.start":
                status, began = message["status"], True
                message = {**message, "headers": self._with_headers(message["headers"], visit)}
            elif visit.method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            visit.session = await self._find(visit)
            await self._enter(visit, scope, receive, leave)
        except http_bodies.Gone:
            status = 499
        except Exception as error:  # noqa: BLE001 - the last line: nobody may see a bare connection failure
            telemetry.log_error("request-failed", error, reference=visit.request_id)
            if not began:
                await _answer(leave, visit.page("shell/failed.html", status=500))
        method = visit.method if visit.method in _METHODS else "other"
        telemetry.REQUESTS.labels("portal", method, str(status)).inc()
        telemetry.REQUEST_SECONDS.labels("portal", method).observe(perf_counter() - started)

    async def _find(self, visit: Visit) -> Session | None:
        """What is fetched without anybody's asking does not prolong the session."""
        if not visit.cookie:
            return None
        return await self._house.sessions.find(visit.cookie, active=not (visit.from_script or visit.ahead))

    async def _enter(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        scope[VISIT] = visit
        if _CONTROL.search(visit.path):
            await _refuse(send, receive, visit.page("shell/missing.html", status=404))
            return
        if visit.method not in _METHODS:
            visit.headers["Allow"] = ", ".join(sorted(_METHODS))
            await _refuse(send, receive, visit.page("shell/strange_address.html", status=405))
            return
        if visit.method == "HEAD":
            scope["method"] = "GET"
        elif visit.method == "POST":
            problem = await self._read_form(visit, scope, receive)
            if problem:
                page = visit.page("shell/strange_form.html", status=_STATUS.get(problem, 403), problem=problem)
                await _refuse(send, receive, page)
                return
            receive = _nothing_more
        await self._application(scope, receive, send)

    async def _read_form(self, visit: Visit, scope: Scope, receive: Receive) -> str:
        """Empty, or why the form is not taken. What can be told by the head is told before the body is read."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        announced = headers.get(b"content-length", b"")
        try:
            http_bodies.expect_fitting(announced, form_bodies.LONGEST)
            if not self._from_here(headers):
                return "from-elsewhere"
            if not (visit.cookie or visit.visitor):
                return "unknown"
            seconds = self._house.settings.body_timeout_seconds
            body = await http_bodies.whole(receive, announced, most=form_bodies.LONGEST, seconds=seconds)
            visit.form = form_bodies.read(headers.get(b"content-type", b"").decode("latin-1"), body)
        except http_bodies.TooLong:
            return "too-big"
        except http_bodies.TooSlow:
            return "too-slow"
        except form_bodies.Malformed:
            return "malformed"
        return "" if visit.token_fits() else "unknown"

    def _from_here(self, headers: dict[bytes, bytes]) -> bool:
        """Whether the browser says that the form stood on a page of ours (Fetch Metadata; Origin for older ones, which
        say `null` where pages send no referrer)."""
        site = headers.get(b"sec-fetch-site")
        if site is not None:
            return site == b"same-origin"
        return headers.get(b"origin", b"null") in {b"null", self._house.origin.encode()}

    def _visit(self, scope: Scope) -> Visit:
        raw: dict[bytes, bytes] = dict(scope["headers"])
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw.items()}
        cookies = _cookies(headers.get("cookie", ""))
        prefix = self._house.cookies.prefix
        given = headers.get("x-request-id", "")
        visit = Visit(
            self._house,
            method=scope["method"],
            path=scope["path"],
            query=scope.get("query_string", b"").decode("latin-1"),
            locale=_language(cookies.get(f"{prefix}fallnetz-language"), raw.get(b"accept-language", b"")),
            request_id=given if _REQUEST_ID.match(given) else f"req-{ids.secret(12)}",
        )
        visit.language_chosen = cookies.get(f"{prefix}fallnetz-language") in LOCALES
        visit.cookie = cookies.get(f"{prefix}fallnetz", "")[:100]
        visit.visitor = cookies.get(f"{prefix}fallnetz-visitor", "")[:100]
        visit.provider = cookies.get(f"{prefix}fallnetz-provider", "")[:100]
        visit.agent = headers.get("user-agent", "")[:400]
        visit.from_script = headers.get("hx-request") == "true"
        visit.ahead = any("pre" in headers.get(name, "").lower() for name in _AHEAD)
        visit.connects_again = "last-event-id" in headers
        visit.address = client_address(scope, raw, self._proxies)
        return visit

    def _with_headers(self, given: Any, visit: Visit) -> list[tuple[bytes, bytes]]:
        headers = [(bytes(name).lower(), bytes(value)) for name, value in given]
        names = {name for name, _ in headers}
        headers += [
            (name.encode(), value.encode()) for name, value in self._headers.items() if name.encode() not in names
        ]
        headers += [(b"set-cookie", cookie.encode("latin-1")) for cookie in visit.cookies]
        headers.append((b"x-request-id", visit.request_id.encode()))
        return headers

    async def _asset(self, scope: Scope, send: Send) -> None:
        found = self._house.assets.find(scope["path"])
        if found is None:
            await _send(send, 404, b"", [(b"content-type", b"text/plain")])
            return
        headers = dict(scope["headers"])
        packed = found.packed if b"gzip" in headers.get(b"accept-encoding", b"") else None
        own = {**self._headers, "cache-control": FOREVER, "content-type": found.media_type, "vary": "Accept-Encoding"}
        if packed is not None:
            own["content-encoding"] = "gzip"
        sent = packed if packed is not None else found.content
        content = b"" if scope["method"] == "HEAD" else sent
        await _send(send, 200, content, [(name.encode(), value.encode()) for name, value in own.items()], len(sent))


def _language(chosen: str | None, accepted: bytes) -> Locale:
    """The one chosen in this browser, or the best liked of those that we speak."""
    return next((locale for locale in LOCALES if locale == chosen), None) or accepted_language(accepted)


def _cookies(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found.setdefault(name, value)
    return found


async def _nothing_more() -> MutableMapping[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _refuse(send: Send, receive: Receive, page: Response[bytes]) -> None:
    """Answers before the body is read; the browser may still be sending it."""
    await _answer(send, page)
    await http_bodies.let_finish(receive)


async def _answer(send: Send, page: Response[bytes]) -> None:
    own = [(name.lower().encode(), value.encode()) for name, value in page.headers.items()]
    await _send(send, page.status_code or 500, page.content, [*own, (b"content-type", HTML.encode())])


async def _send(
    send: Send, status: int, content: bytes, headers: list[tuple[bytes, bytes]], length: int | None = None
) -> None:
    size = len(content) if length is None else length
    await send({
        "type": "http.response.start", "status": status,
        "headers": [*headers, (b"content-length", b"%d" % size)],
    })  # fmt: skip
    await send({"type": "http.response.body", "body": content})
