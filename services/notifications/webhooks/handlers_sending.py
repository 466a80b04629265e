"""What the delivering of a change writes. One transaction for each call, each compares the fence of the lease."""

from datetime import datetime, timedelta

from msgspec import Struct

from contracts.ids import WebhookId
from contracts.notifications.webhooks import Attempt
from services.chassis.database import Transaction
from services.notifications.networks import handlers as networks
from services.notifications.webhooks import rules, tables, tables_deliveries
from services.notifications.webhooks.posting import Posted
from services.notifications.webhooks.tables import Sending, Webhook

LEASE = timedelta(seconds=60)
"""Longer than an attempt can last."""
_GONE = 410
"""The specification: the receiver wants nothing more."""


class Batch(Struct, frozen=True, kw_only=True):
    """What is due for one webhook."""

    webhook: Webhook
    sandbox: bool
    sendings: list[Sending]


def with_due(tx: Transaction, now: datetime, without: frozenset[WebhookId]) -> list[WebhookId]:
    return tables_deliveries.with_due(tx, now, without)


def claim(tx: Transaction, webhook: WebhookId, now: datetime, most: int) -> Batch | None:
    """Takes what is due; None: nothing, or the webhook was removed or stopped meanwhile."""
    found = tables.find(tx, webhook)
    if found is None or found.state != "active":
        return None
    sendings = tables_deliveries.claim(tx, webhook, now, now + LEASE, most)
    if not sendings:
        return None
    return Batch(webhook=found, sandbox=networks.is_sandbox(tx, found.network), sendings=sendings)


def settle(tx: Transaction, sending: Sending, posted: Posted, now: datetime, *, final: bool = False) -> None:
    """Stores how an attempt ended and when the next one is. `final`: there is none, and nobody is to blame."""
    present = _mine(tx, sending)
    if present is None:
        return
    attempt = Attempt(at=now, status=posted.status, failure=posted.failure, milliseconds=posted.milliseconds)
    tables_deliveries.note_attempt(tx, sending.id, attempt)
    if posted.done:
        tables_deliveries.save(tx, sending.id, state="delivered", due_at=None, leased_until=None)
        tables.save(tx, sending.webhook, last_success_at=now)
        return
    tries = present.tries + 1
    pause = None if final else rules.pause(tries, sending.id)
    if pause is None:
        tables_deliveries.save(tx, sending.id, state="failed", due_at=None, leased_until=None, tries=tries)
    else:
        waits = max(pause, rules.asked_pause(posted.status, posted.retry_after, now))
        tables_deliveries.save(tx, sending.id, due_at=now + waits, leased_until=None, tries=tries)
    if not final and (pause is None or posted.status == _GONE):
        _stop_failing(tx, present, gone=posted.status == _GONE)


def later(tx: Transaction, sending: Sending, until: datetime) -> None:
    """Not tried: nobody could say whether the member still belongs to the network."""
    if _mine(tx, sending) is not None:
        tables_deliveries.save(tx, sending.id, due_at=until, leased_until=None)


def drop(tx: Transaction, sending: Sending) -> None:
    """L3: the member has left; the news of it removes the webhook."""
    if _mine(tx, sending) is not None:
        tables_deliveries.save(tx, sending.id, state="failed", due_at=None, leased_until=None)


def _stop_failing(tx: Transaction, sending: Sending, *, gone: bool) -> None:
    """Five days without success, or the receiver says that it is gone: it rests until somebody resumes it."""
    webhook = tables.find(tx, sending.webhook, lock=True)
    if webhook is None or webhook.state != "active":
        return
    succeeded = webhook.last_success_at is not None and webhook.last_success_at > sending.created_at
    if gone or not succeeded:
        tables.save(tx, webhook.id, state="failing", version=webhook.version + 1)


def _mine(tx: Transaction, sending: Sending) -> Sending | None:
    """The row, locked, if our lease is still the last one."""
    present = tables_deliveries.find(tx, sending.id, lock=True)
    return present if present is not None and present.fence == sending.fence else None
