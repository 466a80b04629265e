"""A webhook's secrets: two sign for a day after a rotation, and each is sealed for its webhook (G5)."""

from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook as Verifying
from standardwebhooks.webhooks import WebhookVerificationError

from services.chassis import clock
from services.chassis.database import Database
from services.notifications.links.rules import keys
from services.notifications.webhooks import handlers, rules, tables
from services.notifications.webhooks.sealing import Sealer, SealError
from services.notifications.webhooks.worker import Deliverer
from tests.notifications.hooks import SEALER, add, deliver
from tests.notifications.peers import KEY
from tests.notifications.receiver import Receiver

pytestmark = pytest.mark.timeout(60)


async def test_both_secrets_sign_for_a_day_after_a_rotation(
    database: Database, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, old = await add(database, receiver)
    after, new = await database.write(handlers.rotate, webhook, SEALER, clock.now())
    await database.write(handlers.test, after, clock.now())
    await deliver(deliverer)
    [call] = receiver.calls
    assert call.payload["type"] == rules.TEST
    for secret in (old, new):
        Verifying(secret).verify(call.body, call.headers)
    past = clock.now() - timedelta(seconds=1)
    await database.write(lambda tx: tables.save(tx, webhook.id, old_secret_until=past))
    await database.write(handlers.test, after, clock.now())
    await deliver(deliverer)
    with pytest.raises(WebhookVerificationError):
        Verifying(old).verify(receiver.calls[1].body, receiver.calls[1].headers)
    Verifying(new).verify(receiver.calls[1].body, receiver.calls[1].headers)


async def test_secrets_are_sealed_for_their_webhook_and_survive_a_change_of_keys(
    database: Database, receiver: Receiver
) -> None:
    webhook, secret = await add(database, receiver)
    assert secret not in webhook.secret
    assert SEALER.open(webhook.id, webhook.secret) == secret
    with pytest.raises(SealError):
        SEALER.open("whk_other", webhook.secret)
    newer = Sealer([b"n" * 32, *keys(KEY)])
    await database.write(handlers.reseal, newer)
    found = await database.read(tables.find, webhook.id)
    assert found is not None
    assert Sealer([b"n" * 32]).open(webhook.id, found.secret) == secret
    with pytest.raises(SealError):
        SEALER.open(webhook.id, found.secret)
