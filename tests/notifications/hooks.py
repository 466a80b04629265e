"""Steps with webhooks: one is added, what is due is delivered, the log is read."""

from pathlib import Path

from contracts.ids import MemberId, WebhookId
from contracts.notifications.webhooks import Delivery, NewWebhook
from services.chassis import clock
from services.chassis.database import Database
from services.notifications.links.rules import keys
from services.notifications.settings import NotificationsSettings
from services.notifications.webhooks import handlers, tables_deliveries
from services.notifications.webhooks.sealing import Sealer
from services.notifications.webhooks.tables import Webhook
from services.notifications.webhooks.worker import Deliverer
from tests.notifications.facts import NETWORK, A
from tests.notifications.peers import KEY, settings
from tests.notifications.receiver import Receiver

SEALER = Sealer(keys(KEY))
OWN = frozenset({"localhost"})


def trusting(database_url: str, authority: tuple[object, Path], **changed: object) -> NotificationsSettings:
    values = {"webhook_ca_file": str(authority[1]), "webhook_allowed_hosts": ("localhost",)}
    return settings(database_url, "", 0, **(values | changed))


async def add(database: Database, receiver: Receiver, member: MemberId = A, **body: object) -> tuple[Webhook, str]:
    url = f"https://localhost:{receiver.port}/hooks"
    asked = NewWebhook(url=url, **body)  # type: ignore[arg-type]

    return await database.write(
        lambda tx: handlers.add(tx, NETWORK, member, asked, sealer=SEALER, trusted=OWN, now=clock.now())
    )


async def deliver(deliverer: Deliverer) -> None:
    await deliverer.round()
    await deliverer.settled()


async def log(database: Database, webhook: str) -> list[Delivery]:
    return await database.read(
        lambda tx: handlers.views(tx, tables_deliveries.listed(tx, WebhookId(webhook), None, None, 100))
    )
