"""Webhooks by request: a member's own, by its people and its keys; nobody learns of others (promise 9)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from contracts.ids import DeliveryId, NetworkId, WebhookId
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
    EditWebhook,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    NewWebhook,
    Redeliver,
    RemoveWebhook,
    RotateSecret,
    TestWebhook,
    WebhookEdit,
)
from contracts.request import InNetwork, Method, Paging
from services.chassis.nats_server import NatsServer
from services.notifications.membership import Membership
from services.notifications.webhooks import rules
from tests.notifications.doors import OPERATOR, STRANGER, Door, key, person, serving
from tests.notifications.facts import NETWORK, A, B, F, founding, hear
from tests.notifications.peers import Directory, MailServer

pytestmark = pytest.mark.timeout(60)
URL = "https://portal.example.org/hooks"
OTHER = NetworkId("other")


@pytest_asyncio.fixture
async def door(
    broker: NatsServer, database_url: str, mail: MailServer, membership: Membership, knows: Directory
) -> AsyncIterator[Door]:
    async with serving(broker, database_url, mail.port) as made:
        await hear(made.service.database, *founding())
        yield made


def adding(url: str = URL, types: list[str] | None = None) -> AddWebhook:
    return AddWebhook(network=NETWORK, body=NewWebhook(url=url, types=types or []))


async def test_a_key_adds_changes_rotates_and_removes_its_members_webhook(door: Door) -> None:
    issued = await door.ask(ADD_WEBHOOK, adding(), key(A))
    webhook = issued.webhook
    assert issued.secret.startswith("whsec_")
    assert (webhook.member, webhook.state, webhook.version) == (A, "active", 1)
    assert ADD_WEBHOOK.shown_once
    assert ROTATE_SECRET.shown_once
    edit = EditWebhook(network=NETWORK, webhook=webhook.id, version=1, body=WebhookEdit(url=URL + "/2", active=False))
    changed = await door.ask(EDIT_WEBHOOK, edit, person(A))
    assert (changed.url, changed.state, changed.version) == (URL + "/2", "paused", 2)
    await door.refused("edited-meanwhile", EDIT_WEBHOOK, edit, person(A))
    test = TestWebhook(network=NETWORK, webhook=webhook.id)
    await door.refused("webhook-not-active", TEST_WEBHOOK, test, person(A))
    rotated = await door.ask(ROTATE_SECRET, RotateSecret(network=NETWORK, webhook=webhook.id), key(A))
    assert rotated.secret != issued.secret
    assert rotated.webhook.old_secret_until is not None
    listed = await door.ask(LIST_WEBHOOKS, ListWebhooks(network=NETWORK), person(A))
    assert [one.id for one in listed.items] == [webhook.id]
    assert issued.secret not in str(listed)
    removal = RemoveWebhook(network=NETWORK, webhook=webhook.id, version=rotated.webhook.version)
    await door.ask(REMOVE_WEBHOOK, removal, person(A))
    await door.refused("webhook-not-found", REMOVE_WEBHOOK, removal, person(A))


async def test_a_test_stands_in_the_log_and_can_be_delivered_again(door: Door) -> None:
    """The name does not exist, so it is not delivered at once."""
    webhook = (await door.ask(ADD_WEBHOOK, adding("https://nothing.invalid/"), person(A))).webhook
    sent = await door.ask(TEST_WEBHOOK, TestWebhook(network=NETWORK, webhook=webhook.id), person(A))
    assert (sent.type, sent.change, sent.state) == (rules.TEST, None, "waiting")
    log = ListDeliveries(network=NETWORK, webhook=webhook.id, state="waiting", paging=Paging(limit=1))
    page = await door.ask(LIST_DELIVERIES, log, key(A))
    assert ([delivery.id for delivery in page.items], page.next) == ([sent.id], None)
    again = Redeliver(network=NETWORK, webhook=webhook.id, delivery=sent.id)
    assert (await door.ask(REDELIVER, again, person(A))).state == "waiting"
    unknown = Redeliver(network=NETWORK, webhook=webhook.id, delivery=DeliveryId("dlv_\0"))
    await door.refused("delivery-not-found", REDELIVER, unknown, person(A))


@pytest.mark.parametrize(
    ("request_", "slug"),
    [
        (adding("http://portal.example.org/"), "webhook-url-refused"),
        (adding("https://127.0.0.1/"), "webhook-url-refused"),
        (adding(types=["membership.ballot.nothing.v1"]), "change-type-unknown"),
        (adding(types=["membership.member.person-invited.v1"]), "change-type-unknown"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused_by_name(door: Door, request_: AddWebhook, slug: str) -> None:
    assert (await door.refused(slug, ADD_WEBHOOK, request_, person(A))).problem.status == 422


async def test_a_member_has_only_so_many(door: Door) -> None:
    for _ in range(rules.MOST_OF_A_MEMBER):
        await door.ask(ADD_WEBHOOK, adding(), person(A))
    await door.refused("webhooks-too-many", ADD_WEBHOOK, adding(), person(A))
    await door.ask(ADD_WEBHOOK, adding(), person(B))


async def test_nobody_else_sees_or_touches_a_members_webhook(door: Door) -> None:
    """Not another member, not the office, not an operator; not from another network."""
    webhook = (await door.ask(ADD_WEBHOOK, adding(), person(A))).webhook
    test = await door.ask(TEST_WEBHOOK, TestWebhook(network=NETWORK, webhook=webhook.id), person(A))

    def about(network: NetworkId, found: WebhookId) -> list[tuple[Method[Any, Any], InNetwork]]:
        given: dict[str, Any] = {"network": network, "webhook": found}
        return [
            (GET_WEBHOOK, GetWebhook(**given)), (TEST_WEBHOOK, TestWebhook(**given)),
            (EDIT_WEBHOOK, EditWebhook(**given, version=1, body=WebhookEdit(url=URL))),
            (REMOVE_WEBHOOK, RemoveWebhook(**given, version=1)), (ROTATE_SECRET, RotateSecret(**given)),
            (LIST_DELIVERIES, ListDeliveries(**given)), (REDELIVER, Redeliver(**given, delivery=test.id)),
        ]  # fmt: skip

    for method, request in about(NETWORK, webhook.id):
        for actor in (person(B), person(F), key(B)):
            await door.refused("webhook-not-found", method, request, actor)
        for actor in (STRANGER, OPERATOR):
            await door.refused("not-authorised", method, request, actor)
        await door.refused("not-signed-in", method, request)
    for method, request in about(OTHER, webhook.id):
        await door.refused("not-authorised", method, request, person(A))
    for method, request in about(NETWORK, WebhookId("whk_\0")):
        await door.refused("webhook-not-found", method, request, person(A))
    assert (await door.ask(LIST_WEBHOOKS, ListWebhooks(network=NETWORK), person(B))).items == []


async def test_l3_a_member_that_left_has_no_webhooks_to_look_at(door: Door, knows: Directory) -> None:
    await door.ask(ADD_WEBHOOK, adding(), key(A))
    knows.left = {A}
    for actor in (person(A), key(A)):
        await door.refused("not-authorised", LIST_WEBHOOKS, ListWebhooks(network=NETWORK), actor)
