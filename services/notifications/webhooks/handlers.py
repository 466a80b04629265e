"""Keeps webhooks and queues what they hear. One transaction for each call.

Moments are real time: a webhook lives in the world, not on a sandbox's clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import structs

from contracts.ids import DeliveryId, MemberId, NetworkId, WebhookId
from contracts.notifications.changes import Change
from contracts.notifications.webhooks import Delivery, NewWebhook, WebhookEdit, WebhookView
from contracts.request import Refused
from services.chassis import ids
from services.chassis.database import Transaction
from services.notifications.changes.rules import TYPES
from services.notifications.webhooks import addresses, rules, tables, tables_deliveries
from services.notifications.webhooks.sealing import Sealer
from services.notifications.webhooks.tables import Sending, Webhook

OLD_SECRET_LASTS = timedelta(hours=24)
KEPT = timedelta(days=30)
"""How long the log of deliveries reaches back."""


def add(
    tx: Transaction, network: NetworkId, member: MemberId, body: NewWebhook, *, sealer: Sealer,
    trusted: frozenset[str], now: datetime,
) -> tuple[Webhook, str]:  # fmt: skip
    """The webhook and its secret. Raises Refused `webhook-url-refused`, `change-type-unknown` (422),
    `webhooks-too-many`."""
    _check(body, trusted)
    if tables.count(tx, network, member) >= rules.MOST_OF_A_MEMBER:
        detail = "A member has at most {most} webhooks. Remove one first."
        raise Refused("webhooks-too-many", detail, words={"most": rules.MOST_OF_A_MEMBER})
    webhook, secret = WebhookId(ids.new("whk")), rules.written_secret(ids.secret())
    made = Webhook(
        id=webhook, network=network, member=member, url=body.url, types=sorted(set(body.types)), state="active",
        version=1, secret=sealer.seal(webhook, secret), old_secret=None, old_secret_until=None, created_at=now,
        last_success_at=None,
    )  # fmt: skip
    tables.add(tx, made)
    return made, secret


def edit(
    tx: Transaction, webhook: Webhook, version: int, body: WebhookEdit, trusted: frozenset[str], now: datetime
) -> Webhook:
    """Changes, pauses or resumes; what waits is tried at once. Raises as `add`, and Refused `edited-meanwhile`."""
    _same(webhook, version)
    _check(body, trusted)
    after = structs.replace(
        webhook, url=body.url, types=sorted(set(body.types)), state="active" if body.active else "paused",
        version=version + 1,
    )  # fmt: skip
    tables.save(tx, webhook.id, url=after.url, types=after.types, state=after.state, version=after.version)
    if body.active and webhook.state != "active":
        tables_deliveries.resume(tx, webhook.id, now)
    return after


def remove(tx: Transaction, webhook: Webhook, version: int) -> None:
    """Raises Refused `edited-meanwhile` (412)."""
    _same(webhook, version)
    tables.remove(tx, webhook.id)


def rotate(tx: Transaction, webhook: Webhook, sealer: Sealer, now: datetime) -> tuple[Webhook, str]:
    """A new secret; the old one signs beside it for a day, so that the receiver can change at leisure."""
    secret = rules.written_secret(ids.secret())
    after = structs.replace(
        webhook, secret=sealer.seal(webhook.id, secret), old_secret=webhook.secret,
        old_secret_until=now + OLD_SECRET_LASTS, version=webhook.version + 1,
    )  # fmt: skip
    tables.save(
        tx, webhook.id, secret=after.secret, old_secret=after.old_secret, old_secret_until=after.old_secret_until,
        version=after.version,
    )  # fmt: skip
    return after, secret


def test(tx: Transaction, webhook: Webhook, now: datetime) -> Sending:
    """Raises Refused `webhook-not-active`."""
    _active(webhook)
    sending = _sending(webhook.id, webhook.network, None, rules.TEST, {}, now, now)
    tables_deliveries.add(tx, [sending])
    return sending


def redeliver(tx: Transaction, webhook: Webhook, delivery: str, now: datetime) -> Sending:
    """Raises Refused `delivery-not-found` (404), `webhook-not-active`."""
    _active(webhook)
    found = tables_deliveries.find(tx, delivery, lock=True)
    if found is None or found.webhook != webhook.id:
        raise Refused("delivery-not-found", "This webhook has no such delivery.", status=404)
    tables_deliveries.save(tx, found.id, state="waiting", due_at=now, tries=0)
    return structs.replace(found, state="waiting", due_at=now, tries=0)


def tell(
    tx: Transaction, network: NetworkId, change: Change, office: MemberId | None, now: datetime, *, only_office: bool
) -> None:
    """Queues a change for whoever wants to hear it and may."""
    tables_deliveries.add(
        tx,
        [
            _sending(webhook, network, change.id, change.type, change.about, change.at, now)
            for webhook, member, types in tables.listening(tx, network)
            if (member == office or not only_office) and (not types or change.type in types)
        ],
    )


def member_left(tx: Transaction, network: NetworkId, member: MemberId) -> None:
    """L3: what it was to be sent is dropped with its secrets."""
    for webhook in tables.of_member(tx, network, member):
        tables.remove(tx, webhook)


def reseal(tx: Transaction, sealer: Sealer) -> None:
    """Under the newest key; at a start, so that an old key can be dropped after it. Raises SealError."""
    for webhook in tables.every(tx):
        old = sealer.reseal(webhook.id, webhook.old_secret) if webhook.old_secret is not None else None
        tables.save(tx, webhook.id, secret=sealer.reseal(webhook.id, webhook.secret), old_secret=old)


def forget(tx: Transaction, now: datetime) -> int:
    """Drops the log's old end."""
    return tables_deliveries.forget(tx, now - KEPT)


def view(webhook: Webhook, now: datetime) -> WebhookView:
    """A webhook as its member sees it: without its secret."""
    until = webhook.old_secret_until
    return WebhookView(
        id=webhook.id, member=webhook.member, url=webhook.url, types=webhook.types, state=webhook.state,
        version=webhook.version, created_at=webhook.created_at, last_success_at=webhook.last_success_at,
        old_secret_until=until if until is not None and until > now else None,
    )  # fmt: skip


def views(tx: Transaction, sendings: Sequence[Sending]) -> list[Delivery]:
    """Deliveries with their attempts."""
    attempts = tables_deliveries.attempts_of(tx, [sending.id for sending in sendings])
    return [
        Delivery(
            id=one.id, change=one.change, type=one.type, state=one.state, created_at=one.created_at,
            next_at=one.due_at, attempts=attempts.get(one.id, []),
        )
        for one in sendings
    ]  # fmt: skip


def _check(body: NewWebhook, trusted: frozenset[str]) -> None:
    wrong = addresses.fault(body.url, trusted)
    if wrong is not None:
        raise Refused("webhook-url-refused", wrong, status=422, field="/url")
    for number, kind in enumerate(body.types):
        if kind not in TYPES:
            detail = "There is no such type of change; docs/events.md lists them."
            raise Refused("change-type-unknown", detail, status=422, field=f"/types/{number}")


def _same(webhook: Webhook, version: int) -> None:
    if webhook.version != version:
        detail = "This webhook was changed meanwhile. Read it again, then change it."
        raise Refused("edited-meanwhile", detail, status=412)


def _active(webhook: Webhook) -> None:
    if webhook.state != "active":
        raise Refused("webhook-not-active", "This webhook is paused or failing. Resume it first.")


def _sending(
    webhook: WebhookId, network: NetworkId, change: int | None, kind: str, about: dict[str, str], at: datetime,
    now: datetime,
) -> Sending:  # fmt: skip
    return Sending(
        id=DeliveryId(ids.new("dlv")), webhook=webhook, network=network, change=change, type=kind, about=about, at=at,
        state="waiting", created_at=now, due_at=now, tries=0, fence=0,
    )  # fmt: skip
