"""The gateway's table of contents: every address and what stands there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response, asgi
from litestar.exceptions import HTTPException
from litestar.handlers.asgi_handlers import ASGIRouteHandler

from contracts.request import Problem, Refused
from services.chassis.bus import Bus
from services.chassis.clients import trusted_networks
from services.chassis.texts import LOCALES
from services.gateway import openapi
from services.gateway.arrival import SCOPE_KEY, Arrival, Receive, Scope, Send
from services.gateway.commands import Behind, Command
from services.gateway.credentials import Credentials
from services.gateway.docs import show_docs
from services.gateway.door import Asgi, Door, Respond, endpoint
from services.gateway.grants import LinkGrants
from services.gateway.health import Health
from services.gateway.key_holders import KeyHolders
from services.gateway.limits import Limits
from services.gateway.preconditions import editable
from services.gateway.problem_pages import list_problem_types, problem_answer, show_problem_type
from services.gateway.refusals import not_found, said, unexpected
from services.gateway.rendering import render, send_page
from services.gateway.request_log import RequestLog, log_failure
from services.gateway.routes import ROUTES
from services.gateway.settings import PREFIX, GatewaySettings, Issuer, issuers
from services.gateway.streaming import ChangeStream, Streams
from services.gateway.tokens import SignIn

_CSS = (Path(__file__).parent / "templates" / "gateway.css").read_bytes()


def application(settings: GatewaySettings, bus: Bus, streams: Streams) -> Door:
    """The whole gateway as an ASGI application. Whoever serves it connects the bus, and closes it and the streams."""
    trusted = issuers(settings)
    sign_in = SignIn(trusted)
    addresses: dict[str, dict[str, Respond]] = {}
    seconds = settings.request_timeout_seconds
    limits = Limits(settings, trusted_networks(settings.trusted_proxies, f"{PREFIX}TRUSTED_PROXIES"))
    behind = Behind(
        bus=bus,
        credentials=Credentials(sign_in, KeyHolders(bus, seconds), LinkGrants(bus, seconds), limits),
        limits=limits,
        timeout_seconds=seconds,
        body_seconds=settings.body_timeout_seconds,
        editable=editable(ROUTES),
    )
    for route in ROUTES:
        command = ChangeStream(route, behind, streams) if route.stream else Command(route, behind)
        addresses.setdefault(route.path, {})[route.verb] = command.carry_out
    health = Health(bus)
    addresses |= {
        "/": {"GET": _start_page(trusted)},
        "/docs": {"GET": show_docs},
        "/openapi.json": {"GET": _description(settings.public_url)},
        "/problems": {"GET": list_problem_types},
        "/problems/{slug}": {"GET": show_problem_type},
        "/assets/gateway.css": {"GET": _style},
        "/health/live": {"GET": health.live},
        "/health/ready": {"GET": health.ready},
        "/metrics": {"GET": health.metrics},
    }
    framework: Any = Litestar(
        route_handlers=[_handler(template, verbs) for template, verbs in addresses.items()],
        openapi_config=None,
        exception_handlers={Exception: _refused},
        logging_config=None,
    )
    log = RequestLog(wanted=settings.log_requests)
    return Door(framework, secure=settings.public_url.startswith("https://"), log=log)


def _handler(template: str, verbs: Mapping[str, Respond]) -> ASGIRouteHandler:
    """An address in the framework's own routing: as plain ASGI, which spares the parsing that we do ourselves."""
    answer: Asgi = endpoint(template, verbs)

    async def handle(scope: Any, receive: Any, send: Any) -> None:
        await answer(scope, receive, send)

    return asgi(template.replace("}", ":str}"), name=template, copy_scope=False)(handle)


def _refused(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """What the framework itself refuses: an address that it does not know, a malformed Host header."""
    arrival: Arrival = request.scope[SCOPE_KEY]  # type: ignore[literal-required]
    if not isinstance(error, HTTPException):
        log_failure(arrival, error)
        return _response(arrival, unexpected(arrival))
    if error.status_code in {404, 405}:
        return _response(arrival, said(arrival, not_found()))
    return _response(
        arrival, said(arrival, Refused("header-invalid", "A header of the request is malformed.", status=400))
    )


def _response(arrival: Arrival, problem: Problem) -> Response[bytes]:
    status, body, content_type, headers = problem_answer(arrival, problem)
    every = arrival.headers_of(status, len(body), content_type, headers)
    arrival.status = status
    return Response(
        content=body,
        status_code=status,
        media_type=content_type.decode(),
        headers={name.decode(): value.decode() for name, value in every if name not in _SET_BY_FRAMEWORK},
    )


_SET_BY_FRAMEWORK = frozenset({b"content-type", b"content-length"})


def _start_page(trusted: tuple[Issuer, ...]) -> Respond:
    pages = {locale: render("start.html", locale, issuers=trusted) for locale in LOCALES}

    async def show(arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        await send_page(arrival, send, 200, pages[arrival.locale], arrival.locale)

    return show


def _description(public_url: str) -> Respond:
    async def show(arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        await arrival.respond(send, 200, openapi.document_bytes(public_url))

    return show


async def _style(arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    await arrival.respond(send, 200, _CSS, b"text/css; charset=utf-8", [(b"cache-control", b"public, max-age=3600")])
