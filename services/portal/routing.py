"""How an address becomes a page: `@page` for what is looked at, `@action` for what a form does.

Whoever is not signed in is sent to sign in, unless the page says `public=True`; an address with `{network:str}` opens
for those who have something to do in that network only. What the API refuses becomes a designed page.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from services.portal import refusing
from services.portal.api import Rejected, SignInNeeded
from services.portal.forms import FormRefused
from services.portal.visit import HTML, Visit

Handler = Callable[..., Awaitable[Response[Any]]]


def page(
    path: str | list[str], *, public: bool = False, media_type: str = HTML
) -> Callable[[Handler], HTTPRouteHandler]:
    """`async def show(visit: Visit, network: str, cursor: str | None = None) -> Response[bytes]`"""

    def made(handler: Handler) -> HTTPRouteHandler:
        return get(path, media_type=media_type, include_in_schema=False, public=public)(_admitted(handler, public))

    return made


def action(path: str | list[str], *, public: bool = False) -> Callable[[Handler], HTTPRouteHandler]:
    """The same for POST. `visit.form` has the entries; that they come from a page of ours was checked before."""

    def made(handler: Handler) -> HTTPRouteHandler:
        return post(path, media_type=HTML, include_in_schema=False, status_code=200)(_admitted(handler, public))

    return made


def _admitted(handler: Handler, public: bool) -> Handler:
    @wraps(handler)
    async def carried_out(*args: Any, **given: Any) -> Response[Any]:
        visit: Visit = given["visit"]
        try:
            await visit.freshen()
            if not public:
                if visit.session is None:
                    raise SignInNeeded
                if "network" in given:
                    await visit.enter(given["network"])
            await visit.take_note()
            await visit.take_waiting()
            return await _answered(visit, await handler(*args, **given))
        except Rejected as refused:
            return await refusing.answer(visit, refused)
        except FormRefused as refused:
            return refusing.malformed(visit, refused)

    return carried_out


async def _answered(visit: Visit, answer: Response[Any]) -> Response[Any]:
    if visit.method == "POST" and answer.status_code == 303:
        await visit.sent()
    return answer
