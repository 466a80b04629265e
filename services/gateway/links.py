"""The page behind an e-mail's link (N5): opening shows what it is about, only the form's POST confirms.

Mail scanners open links; that must never count as receipt, so GET and HEAD ask the service to show and nothing else.
"""

import re
from typing import cast

import msgspec

from contracts.event import INSTALLATION
from contracts.notifications.links import CONFIRM_LINK, SHOW_LINK, LinkRequest, LinkView
from contracts.notifications.words import Purpose
from contracts.request import Problem, Refused
from contracts.texts import marked as _
from services.chassis.bus import Bus
from services.chassis.texts import spoken
from services.gateway import bodies
from services.gateway.arrival import Arrival, Locale, Receive, Scope, Send
from services.gateway.idempotency import idempotency_key
from services.gateway.problem_pages import wants_page
from services.gateway.refusals import headers_of, problem_types, said, status_of, title_of
from services.gateway.rendering import TEXTS, render, send_page, written
from services.gateway.tokens import SignIn

_TOKEN = re.compile(r"[A-Za-z0-9._~-]{1,2000}\Z")
_FORM = b"application/x-www-form-urlencoded"
_KINDS = {
    Purpose.ADMISSION_BALLOT: _("Application for admission"),
    Purpose.EXCLUSION_BALLOT: _("Request for exclusion"),
    Purpose.BALLOT_REMINDER: _("Reminder of an answer"),
    Purpose.RECEIPT_REMINDER: _("Reminder of a notice"),
    Purpose.BALLOT_RESULT: _("Result"),
    Purpose.EXCLUSION_MESSAGE: _("Exclusion"),
    Purpose.RESIGNATION: _("Resignation"),
    Purpose.DIRECTORY: _("Directory of members"),
}
_STARTS_A_WINDOW = frozenset({Purpose.ADMISSION_BALLOT, Purpose.EXCLUSION_BALLOT})


class LinkPages:
    def __init__(self, bus: Bus, sign_in: SignIn, timeout_seconds: float) -> None:
        self._bus = bus
        self._sign_in = sign_in
        self._timeout = timeout_seconds

    async def show(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """GET and HEAD."""
        await self._answer(arrival, scope, send, confirming=False)

    async def confirm(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:
        """POST, from the page's form (which sends nothing but its address)."""
        raw = await bodies.read(arrival, receive, bodies.LIMIT)
        if not arrival.headers.get(b"content-type", b"").startswith(_FORM) or raw:
            bodies.expect_nothing(raw)
        await self._answer(arrival, scope, send, confirming=True)

    async def _answer(self, arrival: Arrival, scope: Scope, send: Send, *, confirming: bool) -> None:
        try:
            raw = await self._ask(arrival, scope["path_params"]["token"], confirming=confirming)
        except Refused as refused:
            if not wants_page(arrival):
                raise
            if refused.slug == "link-already-used":
                await self._show_again(arrival, scope, send, said(arrival, refused))
            else:
                await _send_refusal(arrival, send, said(arrival, refused))
            return
        if wants_page(arrival):
            view = msgspec.json.decode(raw, type=LinkView)
            await _send_view(arrival, send, view, confirming=confirming)
        else:
            await arrival.respond(send, 200, raw)

    async def _show_again(self, arrival: Arrival, scope: Scope, send: Send, problem: Problem) -> None:
        """What opening the link shows: in the reader's language, when receipt was confirmed (T6)."""
        try:
            raw = await self._ask(arrival, scope["path_params"]["token"], confirming=False)
        except Refused:
            await _send_refusal(arrival, send, problem)
            return
        view = msgspec.json.decode(raw, type=LinkView)
        await _send_view(arrival, send, view, confirming=False, status=status_of(problem))

    async def _ask(self, arrival: Arrival, token: str, *, confirming: bool) -> bytes:
        if not _TOKEN.match(token):
            raise Refused("link-invalid", "This link is not one of ours; open it again from the e-mail.", status=404)
        actor = await self._sign_in.actor(arrival.headers, arrival.at)
        return await self._bus.ask_raw(
            CONFIRM_LINK if confirming else SHOW_LINK,
            msgspec.json.encode(LinkRequest(token=token)),
            network=INSTALLATION,
            actor=actor,
            at=arrival.at,
            key=idempotency_key(arrival.headers) if confirming else None,
            locale=arrival.locale,
            timeout=self._timeout,
        )


async def _send_view(arrival: Arrival, send: Send, view: LinkView, *, confirming: bool, status: int = 200) -> None:
    locale = cast(Locale, spoken(view.locale))
    page = render(
        "link.html",
        locale,
        view=view,
        confirming=confirming,
        kind=TEXTS.translate(locale, _KINDS.get(view.purpose, _("Notice"))),
        starts_a_window=view.purpose in _STARTS_A_WINDOW,
        ends_membership=view.purpose is Purpose.EXCLUSION_MESSAGE,
        expires=written(view.expires_at, view.time_zone, locale),
        confirmed=written(view.confirmed_at, view.time_zone, locale) if view.confirmed_at else None,
    )
    await send_page(arrival, send, status, page, locale)


async def _send_refusal(arrival: Arrival, send: Send, problem: Problem) -> None:
    kind = problem_types().get(problem.slug)
    page = render(
        "link_refused.html",
        arrival.locale,
        problem=problem,
        title=title_of(problem.slug, arrival.locale),
        about=kind.words(arrival.locale).about if kind else problem.detail,
        settled=problem.slug == "link-already-used",
        again=problem.retry_after is not None,
        reference=arrival.request_id,
    )
    await send_page(arrival, send, status_of(problem), page, arrival.locale, tuple(headers_of(problem)))
