"""Requests about notices. The office sees those of its network, a member its own, an operator all without acting."""

from datetime import datetime
from typing import NoReturn

from msgspec import Struct

from contracts.ids import NetworkId
from contracts.notifications.notices import (
    GET_NOTICE,
    LIST_MAILINGS,
    LIST_NOTICES,
    OPEN_NOTICE,
    RESEND_NOTICE,
    GetNotice,
    ListMailings,
    ListNotices,
    Mailing,
    Notice,
    OpenNotice,
    ResendNotice,
)
from contracts.request import Call, InNetwork, Page, Refused
from services.chassis import clock, paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.notifications.membership import Membership
from services.notifications.networks import handlers as networks
from services.notifications.notices import handlers, tables
from services.notifications.notices import tables_mailings as mailings
from services.notifications.notices.rules_life import Stored
from services.notifications.notices.sight import Sight, person_needed


class Reader(Struct, frozen=True):
    """Who asks, and what a sandbox's clock shows meanwhile."""

    sight: Sight
    sandbox_moment: datetime | None = None


def registry(membership: Membership) -> Requests:
    """What this feature answers."""
    requests = Requests()

    async def reader(call: Call, request: InNetwork) -> Reader:
        return Reader(await membership.reader(call, request.network))

    async def reader_now(call: Call, request: InNetwork) -> Reader:
        seen = await membership.reader(call, request.network)
        return Reader(seen, await membership.sandbox_moment(request.network))

    requests.answers_after(LIST_NOTICES, reader)(_list)
    requests.answers_after(LIST_MAILINGS, reader)(_mailings)
    requests.answers_after(GET_NOTICE, reader)(_get)
    requests.answers_after(RESEND_NOTICE, reader)(_resend)
    requests.answers_after(OPEN_NOTICE, reader_now)(_open)
    return requests


def _list(tx: Transaction, _call: Call, request: ListNotices, reader: Reader) -> Page[Notice]:
    (before,) = paging.decode(request.paging.cursor, tuple[str]) or (None,)
    most = paging.limit(request.paging)
    found = tables.listed(
        tx,
        request.network,
        members=None if reader.sight.everything else reader.sight.members,
        undelivered=request.undelivered,
        about=[one for one in (request.about, request.or_about) if one is not None],
        state=request.state,
        before=before,
        limit=most + 1,
    )
    return paging.page(found, most, lambda row: handlers.view(tx, row, with_steps=False), lambda row: (row.id,))


def _mailings(tx: Transaction, _call: Call, request: ListMailings, reader: Reader) -> Page[Mailing]:
    if not reader.sight.everything:
        raise Refused("not-authorised", "You have no right to do this.", status=403)
    before = _position(request.paging.cursor)
    most = paging.limit(request.paging)
    about = [one for one in (request.about, request.or_about) if one is not None]
    found = mailings.listed(tx, request.network, about, before, most + 1)
    return paging.page(found, most, lambda one: one.mailing, lambda one: (one.mailing.created_at, one.source))


def _position(cursor: str | None) -> tuple[datetime, str]:
    position = paging.decode(cursor, tuple[datetime, str])
    if position is None:
        return mailings.NEWEST
    if position[0].tzinfo is None:
        detail = "This cursor does not belong to the list. Start without a cursor and follow `next`."
        raise Refused("cursor-malformed", detail, status=400, field="/cursor")
    return position


def _get(tx: Transaction, _call: Call, request: GetNotice, reader: Reader) -> Notice:
    return handlers.view(tx, _seen(tx, request.network, request.notice, reader.sight), with_steps=True)


def _resend(tx: Transaction, call: Call, request: ResendNotice, reader: Reader) -> Notice:
    if reader.sight.machine:
        raise person_needed()
    notice = _seen(tx, request.network, request.notice, reader.sight, lock=True)
    if not reader.sight.office:
        raise Refused("not-authorised", "Only the coordinating office sends a notice again.", status=403)
    now = clock.moment(tx, request.network, call.at)
    return handlers.view(tx, handlers.resend(tx, notice, now), with_steps=True)


def _open(tx: Transaction, call: Call, request: OpenNotice, reader: Reader) -> Notice:
    if reader.sight.machine:
        raise person_needed()
    notice = _seen(tx, request.network, request.notice, reader.sight, lock=True)
    if not reader.sight.receives(notice.member):
        raise Refused("notice-of-another-member", "Only the member that a notice goes to opens it.", status=403)
    now = networks.moment(tx, request.network, call.at, reader.sandbox_moment)
    return handlers.view(tx, handlers.open_notice(tx, notice, str(reader.sight.person), now), with_steps=True)


def _seen(tx: Transaction, network: NetworkId, notice: str, seen: Sight, *, lock: bool = False) -> Stored:
    """The notice, if it is one of this network that the reader may see: nobody learns of others that they exist."""
    found = (
        tables.find(tx, notice, lock=lock) if notice.isascii() and len(notice) <= 80 and "\0" not in notice else None
    )
    if found is None or found.network != network or not seen.sees(found.member):
        _not_found()
    return found


def _not_found() -> NoReturn:
    raise Refused("notice-not-found", "There is no such notice in this network.", status=404)
