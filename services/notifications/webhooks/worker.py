"""Delivers what is due. Each webhook has a task of its own, so that a slow or broken target holds up no other."""

import asyncio
from datetime import timedelta
from functools import partial
from time import monotonic

from standardwebhooks.webhooks import Webhook as Signing

from contracts.ids import WebhookId
from contracts.membership.contacts import GetContacts
from contracts.request import Refused
from services.chassis import clock, telemetry
from services.chassis.database import Database
from services.notifications.membership import Membership
from services.notifications.settings import NotificationsSettings
from services.notifications.webhooks import addresses, handlers, rules
from services.notifications.webhooks import handlers_sending as sending
from services.notifications.webhooks.handlers_sending import Batch
from services.notifications.webhooks.posting import Posted, Poster
from services.notifications.webhooks.sealing import Sealer
from services.notifications.webhooks.tables import Sending, Webhook

_AT_ONCE = 4
"""Deliveries to one webhook that are under way together."""
_MOST_WEBHOOKS = 200
_FIRST_REST, _LONGEST_REST = 1.0, 300.0
"""Seconds that a webhook rests after a round without success; its other deliveries need not find out one by one."""
_TROUBLE_PAUSE = 1.0
_ASK_AGAIN = timedelta(seconds=5)


class Deliverer:
    """One copy's loop."""

    def __init__(
        self, database: Database, membership: Membership, settings: NotificationsSettings, sealer: Sealer,
        poster: Poster | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._membership = membership
        self._settings = settings
        self._sealer = sealer
        self._poster = poster or Poster(settings.webhook_ca_file)
        self._running: dict[WebhookId, asyncio.Task[None]] = {}
        self._resting: dict[WebhookId, tuple[float, float]] = {}
        """Until when (monotonic) and for how long."""

    async def run(self) -> None:
        """Until cancelled. What is under way then is given up; its lease ends and it is tried again."""
        await self._reseal()
        try:
            while True:
                await self._careful_round()
                await asyncio.sleep(self._settings.poll_seconds)
        finally:
            await self.close()

    async def close(self) -> None:
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def settled(self) -> None:
        """Waits for what is under way."""
        await asyncio.gather(*self._running.values())

    async def round(self) -> bool:
        """Begins with what is due; False: nothing was."""
        now = monotonic()
        busy = {*self._running, *(webhook for webhook, (until, _) in self._resting.items() if until > now)}
        due = await self._database.read(sending.with_due, clock.now(), frozenset(busy))
        for webhook in due[: max(_MOST_WEBHOOKS - len(self._running), 0)]:
            task = asyncio.create_task(self._drain(webhook))
            self._running[webhook] = task
            task.add_done_callback(partial(self._ended, webhook))
        return bool(due)

    def _ended(self, webhook: WebhookId, _task: "asyncio.Task[None]") -> None:
        self._running.pop(webhook, None)

    async def _careful_round(self) -> None:
        try:
            await self.round()
        except Refused as refusal:  # our own database
            telemetry.log("delivering-paused", "warning", slug=refusal.slug)
            await asyncio.sleep(_TROUBLE_PAUSE)

    async def _reseal(self) -> None:
        try:
            await self._database.write(handlers.reseal, self._sealer)
        except Exception as error:  # noqa: BLE001 - deliveries say it again, one by one
            telemetry.log_error("webhooks-not-sealed-anew", error)

    async def _drain(self, webhook: WebhookId) -> None:
        """Delivers to one webhook until nothing is due, or nothing arrives."""
        try:
            while (batch := await self._database.write(sending.claim, webhook, clock.now(), _AT_ONCE)) is not None:
                done = await asyncio.gather(*(self._deliver(batch, one) for one in batch.sendings))
                if not any(done):
                    self._rest(webhook)
                    return
                self._resting.pop(webhook, None)
        except Refused as refusal:  # our own database: the lease ends and it is tried again
            telemetry.log("delivering-paused", "warning", slug=refusal.slug)
        except Exception as error:  # noqa: BLE001 - one webhook's trouble is nobody else's
            telemetry.log_error("webhook-not-delivered", error)
            self._rest(webhook)

    def _rest(self, webhook: WebhookId) -> None:
        _, before = self._resting.get(webhook, (0.0, _FIRST_REST / 2))
        seconds = min(before * 2, _LONGEST_REST)
        self._resting[webhook] = (monotonic() + seconds, seconds)

    async def _deliver(self, batch: Batch, one: Sending) -> bool:
        """Whether it arrived."""
        hosts = frozenset(
            self._settings.sandbox_webhook_hosts if batch.sandbox else self._settings.webhook_allowed_hosts
        )
        trusted = addresses.host(batch.webhook.url) in hosts
        if batch.sandbox and not trusted:  # G6: nothing leaves the installation
            await self._database.write(sending.settle, one, Posted(failure="sandbox"), clock.now(), final=True)
            return False
        if not await self._still_member(batch.webhook, one):
            return False
        body = rules.payload(one.type, one.at, one.network, one.change, one.about)
        posted = await self._poster.post(
            batch.webhook.url, body, self._headers(batch.webhook, one, body), trusted=trusted
        )
        await self._database.write(sending.settle, one, posted, clock.now())
        return posted.done

    async def _still_member(self, webhook: Webhook, one: Sending) -> bool:
        """L3: asked at the moment of every attempt; the news that a member left may still be on its way here."""
        asked = GetContacts(network=webhook.network, members=[webhook.member])
        try:
            present = (await self._membership.contacts(asked)).present
        except Refused:
            await self._database.write(sending.later, one, clock.now() + _ASK_AGAIN)
            return False
        if webhook.member in present:
            return True
        await self._database.write(sending.drop, one)
        return False

    def _headers(self, webhook: Webhook, one: Sending, body: bytes) -> dict[str, str]:
        now = clock.now()
        secrets = [self._sealer.open(webhook.id, webhook.secret)]
        if webhook.old_secret is not None and webhook.old_secret_until is not None and webhook.old_secret_until > now:
            secrets.append(self._sealer.open(webhook.id, webhook.old_secret))
        return {
            "content-type": "application/json",
            "user-agent": "Fallnetz-Webhooks/1",
            "webhook-id": one.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(Signing(secret).sign(one.id, now, body.decode()) for secret in secrets),
        }
