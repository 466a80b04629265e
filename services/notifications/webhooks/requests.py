"""Requests about webhooks: a member's people, and its keys, about the member's own. Nobody learns of others."""

from msgspec import Struct

from contracts.ids import MemberId
from contracts.notifications.webhooks import (
    ADD_WEBHOOK,
    EDIT_WEBHOOK,
    GET_WEBHOOK,
    LIST_DELIVERIES,
    LIST_WEBHOOKS,
    REDELIVER,
    REMOVE_WEBHOOK,
    ROTATE_SECRET,
    TEST_WEBHOOK,
    AddWebhook,
    Delivery,
    EditWebhook,
    GetWebhook,
    IssuedWebhook,
    ListDeliveries,
    ListWebhooks,
    Redeliver,
    RemoveWebhook,
    RotateSecret,
    TestWebhook,
    WebhookView,
)
from contracts.request import Call, Done, InNetwork, Page, Refused
from services.chassis import clock, paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.notifications.membership import Membership
from services.notifications.networks import handlers as networks
from services.notifications.notices.sight import one_member, standings
from services.notifications.settings import NotificationsSettings
from services.notifications.webhooks import handlers, tables, tables_deliveries
from services.notifications.webhooks.sealing import Sealer
from services.notifications.webhooks.tables import Webhook


class Owner(Struct, frozen=True):
    """For whom the actor speaks."""

    member: MemberId


def registry(membership: Membership, settings: NotificationsSettings, sealer: Sealer) -> Requests:
    """What this feature answers."""
    requests = Requests()

    async def owner(call: Call, request: InNetwork) -> Owner:
        return Owner(one_member(standings(await membership.who(call), request.network, call.actor)))

    def add(tx: Transaction, _call: Call, request: AddWebhook, owner: Owner) -> IssuedWebhook:
        now, trusted = clock.now(), _trusted(tx, settings, request)
        made, secret = handlers.add(
            tx, request.network, owner.member, request.body, sealer=sealer, trusted=trusted, now=now
        )
        return IssuedWebhook(webhook=handlers.view(made, now), secret=secret)

    def edit(tx: Transaction, _call: Call, request: EditWebhook, owner: Owner) -> WebhookView:
        now, trusted = clock.now(), _trusted(tx, settings, request)
        found = _own(tx, request, request.webhook, owner, lock=True)
        return handlers.view(handlers.edit(tx, found, request.version, request.body, trusted, now), now)

    def rotate(tx: Transaction, _call: Call, request: RotateSecret, owner: Owner) -> IssuedWebhook:
        now = clock.now()
        after, secret = handlers.rotate(tx, _own(tx, request, request.webhook, owner, lock=True), sealer, now)
        return IssuedWebhook(webhook=handlers.view(after, now), secret=secret)

    requests.answers_after(ADD_WEBHOOK, owner)(add)
    requests.answers_after(EDIT_WEBHOOK, owner)(edit)
    requests.answers_after(ROTATE_SECRET, owner)(rotate)
    requests.answers_after(LIST_WEBHOOKS, owner)(_list)
    requests.answers_after(GET_WEBHOOK, owner)(_get)
    requests.answers_after(REMOVE_WEBHOOK, owner)(_remove)
    requests.answers_after(TEST_WEBHOOK, owner)(_test)
    requests.answers_after(LIST_DELIVERIES, owner)(_deliveries)
    requests.answers_after(REDELIVER, owner)(_redeliver)
    return requests


def _list(tx: Transaction, _call: Call, request: ListWebhooks, owner: Owner) -> Page[WebhookView]:
    (after,) = paging.decode(request.paging.cursor, tuple[str]) or ("",)
    most, now = paging.limit(request.paging), clock.now()
    found = tables.listed(tx, request.network, owner.member, after, most + 1)
    return paging.page(found, most, lambda row: handlers.view(row, now), lambda row: (row.id,))


def _get(tx: Transaction, _call: Call, request: GetWebhook, owner: Owner) -> WebhookView:
    return handlers.view(_own(tx, request, request.webhook, owner), clock.now())


def _remove(tx: Transaction, _call: Call, request: RemoveWebhook, owner: Owner) -> Done:
    handlers.remove(tx, _own(tx, request, request.webhook, owner, lock=True), request.version)
    return Done()


def _test(tx: Transaction, _call: Call, request: TestWebhook, owner: Owner) -> Delivery:
    sending = handlers.test(tx, _own(tx, request, request.webhook, owner), clock.now())
    return handlers.views(tx, [sending])[0]


def _deliveries(tx: Transaction, _call: Call, request: ListDeliveries, owner: Owner) -> Page[Delivery]:
    webhook = _own(tx, request, request.webhook, owner)
    (before,) = paging.decode(request.paging.cursor, tuple[str]) or (None,)
    most = paging.limit(request.paging)
    found = tables_deliveries.listed(tx, webhook.id, request.state, before, most + 1)
    shown = {delivery.id: delivery for delivery in handlers.views(tx, found)}
    return paging.page(found, most, lambda row: shown[row.id], lambda row: (row.id,))


def _redeliver(tx: Transaction, _call: Call, request: Redeliver, owner: Owner) -> Delivery:
    webhook = _own(tx, request, request.webhook, owner)
    return handlers.views(tx, [handlers.redeliver(tx, webhook, _clean(request.delivery), clock.now())])[0]


def _own(tx: Transaction, request: InNetwork, webhook: str, owner: Owner, *, lock: bool = False) -> Webhook:
    """Raises Refused `webhook-not-found` (404), also for those of other members and networks."""
    found = tables.find(tx, _clean(webhook), lock=lock)
    if found is None or (found.network, found.member) != (request.network, owner.member):
        raise Refused("webhook-not-found", "Your organisation has no such webhook.", status=404)
    return found


def _trusted(tx: Transaction, settings: NotificationsSettings, request: InNetwork) -> frozenset[str]:
    sandbox = networks.is_sandbox(tx, request.network)
    return frozenset(settings.sandbox_webhook_hosts if sandbox else settings.webhook_allowed_hosts)


def _clean(text: str) -> str:
    """An id that a database can be asked for; anything else is as unknown as any."""
    return text if text.isascii() and text.isprintable() and len(text) <= 80 else ""
