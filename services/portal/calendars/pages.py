"""The calendar feed (P9): made, shown and ended in the settings; read at its secret address by calendar programmes."""

from datetime import timedelta

from litestar import Response

from contracts.membership.access import IssuedKey, KeyView, NewKey, Scope
from contracts.membership.desk import InboxItem
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Api, Forbidden, Missing, Rejected, SignInNeeded
from services.portal.calendars import feed
from services.portal.keys.listing import keys_of, own_calendar
from services.portal.routing import action, page
from services.portal.visit import Visit

_CALENDAR = "/n/{network:str}/settings/calendar"
GOOD_FOR = timedelta(days=390)
TYPE = "text/calendar; charset=utf-8"


@page(_CALENDAR)
async def show(visit: Visit, network: str) -> Response[bytes]:
    found = [key for key in await keys_of(visit.api, network) if own_calendar(key, visit.now)]
    return visit.page("calendars/calendar.html", feeds=found, address=None)


@action(_CALENDAR)
async def make(visit: Visit, network: str) -> Response[bytes]:
    """The address is shown once; only its key's digest is kept anywhere."""
    label = visit.house.say(visit.locale, _("Calendar feed"))
    body = NewKey(label=label, scopes=[Scope.PROCEDURES], expires_at=visit.now + GOOD_FOR, personal=True)
    issued = await visit.api.post(IssuedKey, f"/networks/{network}/keys", body, key=visit.form.key)
    name = visit.network.name if visit.network else network
    held = feed.Address(
        network=network, key=issued.secret or "", locale=visit.locale, network_name=name, zone=visit.zone
    )
    address = f"{_portal(visit)}/calendar/{feed.secret(visit.house.sealer, held)}.ics"
    return visit.page("calendars/calendar.html", feeds=[issued.key], address=address)


@action(f"{_CALENDAR}/end")
async def end(visit: Visit, network: str) -> Response[bytes]:
    await visit.api.delete(KeyView, f"/networks/{network}/keys/{visit.form.get('feed')}", key=visit.form.key)
    await visit.say(_("The calendar feed was ended. Programmes that have its address get nothing more."))
    return visit.go(f"{visit.home}/settings/calendar")


@page("/calendar/{secret:str}", public=True, media_type=TYPE)
async def read(visit: Visit, secret: str) -> Response[bytes]:
    """For calendar programmes, which sign in nowhere. An address that has ended opens nothing (L3)."""
    address = feed.opened(visit.house.sealer, secret.removesuffix(".ics"))
    if address is None:
        return _plain(404)
    headers = {"Authorization": f"Bearer {address.key}", "Accept-Language": address.locale}
    api = Api(visit.house.http, headers)
    try:
        items = [item for waiting in (False, True) for item in await _items(api, address.network, waiting=waiting)]
    except (SignInNeeded, Forbidden, Missing):
        return _plain(410)
    except Rejected as refused:
        return _plain(503 if refused.status >= 500 else refused.status)
    content = feed.calendar(items, address, _portal(visit), visit.arrived_at)
    return Response(content, media_type=TYPE, headers={"Cache-Control": "private, max-age=900"})


def _portal(visit: Visit) -> str:
    return visit.house.settings.public_url.rstrip("/")


def _plain(status: int) -> Response[bytes]:
    """Programmes read the status only."""
    return Response(b"", status_code=status, media_type="text/plain")


async def _items(api: Api, network: str, *, waiting: bool) -> list[InboxItem]:
    found: list[InboxItem] = []
    cursor = None
    while True:
        part = await api.get(Page[InboxItem], f"/networks/{network}/inbox", waiting=waiting, cursor=cursor, limit=200)
        found += part.items
        if part.next is None or len(found) >= 1000:
            return found
        cursor = part.next


PAGES = (show, make, end, read)
