"""Webhooks (G5) against a real HTTPS receiver, which verifies by the specification's own library."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as Verifying
from standardwebhooks.webhooks import WebhookVerificationError

from contracts.ids import NetworkId
from contracts.membership.members import MemberLeft
from contracts.membership.words import LeftBecause
from contracts.notifications.webhooks import WebhookEdit
from contracts.request import Refused
from services.chassis import clock
from services.chassis.database import Database
from services.notifications.membership import Membership
from services.notifications.webhooks import handlers, handlers_sending, rules, tables, tables_deliveries
from services.notifications.webhooks.posting import Poster
from services.notifications.webhooks.worker import Deliverer
from tests.notifications.facts import MONDAY, NETWORK, A, B, F, closed, founding, hear, opened, voted
from tests.notifications.hooks import OWN, SEALER, add, deliver, log, trusting
from tests.notifications.peers import Directory
from tests.notifications.receiver import OK, Receiver
from tests.notifications.test_changes import note

pytestmark = pytest.mark.timeout(60)


async def test_a_change_arrives_thin_and_signed(database: Database, deliverer: Deliverer, receiver: Receiver) -> None:
    """Ids and types only; the signature is what the specification says."""
    webhook, secret = await add(database, receiver)
    await database.write(note, voted(A))
    await deliver(deliverer)
    [call] = receiver.calls
    assert (call.path, call.name) == ("/hooks", "localhost")
    assert call.headers["host"] == f"localhost:{receiver.port}"
    assert call.payload == {
        "type": "membership.ballot.vote-cast.v1", "timestamp": "2026-12-07T09:00:00Z",
        "data": {"network": NETWORK, "about": {"ballot": "bal_1"}, "change": 1},
    }  # fmt: skip
    Verifying(secret).verify(call.body, call.headers)
    with pytest.raises(WebhookVerificationError):
        Verifying(rules.written_secret("x" * 32)).verify(call.body, call.headers)
    [delivery] = await log(database, webhook.id)
    assert (delivery.state, delivery.next_at, delivery.id) == ("delivered", None, call.headers["webhook-id"])
    assert [(attempt.status, attempt.failure) for attempt in delivery.attempts] == [(204, None)]


async def test_only_the_types_that_were_asked_for_are_sent_and_a_pause_holds(
    database: Database, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, _ = await add(database, receiver, types=["membership.ballot.closed.v1"])
    await database.write(note, voted(A))
    await database.write(note, closed())
    await deliver(deliverer)
    assert [call.payload["type"] for call in receiver.calls] == ["membership.ballot.closed.v1"]
    paused = WebhookEdit(url=webhook.url, types=[], active=False)
    await database.write(lambda tx: handlers.edit(tx, webhook, 1, paused, OWN, clock.now()))
    await database.write(note, closed())
    await deliver(deliverer)
    assert len(receiver.calls) == 1


async def test_what_only_the_office_sees_is_sent_to_the_office_alone(
    database: Database, deliverer: Deliverer, receiver: Receiver
) -> None:
    """Promise 9: an application is not the members' business before its announcement."""
    from contracts.membership.admission import ApplicationReceived
    from tests.notifications.facts import APPLICATION

    await hear(database, *founding())
    await add(database, receiver, A)
    office, _ = await add(database, receiver, F)
    await database.write(note, ApplicationReceived(network=NETWORK, application=APPLICATION))
    await deliver(deliverer)
    assert [call.headers["webhook-id"] for call in receiver.calls] == [(await log(database, office.id))[0].id]


async def test_a_failed_delivery_comes_again_with_the_same_id_later_and_later(
    database: Database, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, _ = await add(database, receiver)
    receiver.answer = lambda _: b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n"
    await database.write(note, closed())
    await deliver(deliverer)
    [delivery] = await log(database, webhook.id)
    assert delivery.state == "waiting"
    assert delivery.next_at is not None
    assert timedelta(seconds=4) < delivery.next_at - clock.now() < timedelta(seconds=6)
    assert [(attempt.status, attempt.failure) for attempt in delivery.attempts] == [(500, None)]
    receiver.answer = lambda _: OK
    await database.write(lambda tx: tables_deliveries.save(tx, delivery.id, due_at=clock.now()))
    deliverer._resting.clear()
    await deliver(deliverer)
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
    [delivery] = await log(database, webhook.id)
    assert delivery.state == "delivered"


async def test_a_webhook_that_is_given_up_rests_until_somebody_resumes_it(
    database: Database, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, _ = await add(database, receiver)
    receiver.answer = lambda _: b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n"
    await database.write(note, closed())
    [delivery] = await log(database, webhook.id)
    await database.write(lambda tx: tables_deliveries.save(tx, delivery.id, tries=16))
    await deliver(deliverer)
    [delivery] = await log(database, webhook.id)
    assert (delivery.state, delivery.next_at) == ("failed", None)
    failing = await database.read(tables.find, webhook.id)
    assert failing is not None
    assert failing.state == "failing"
    with pytest.raises(Refused, match="webhook-not-active"):
        await database.write(handlers.test, failing, clock.now())
    with pytest.raises(Refused, match="edited-meanwhile"):
        await database.write(handlers.remove, failing, 1)
    body = WebhookEdit(url=webhook.url)
    resumed = await database.write(lambda tx: handlers.edit(tx, failing, 2, body, OWN, clock.now()))
    receiver.answer = lambda _: OK
    await database.write(handlers.redeliver, resumed, delivery.id, clock.now())
    deliverer._resting.clear()
    await deliver(deliverer)
    assert (await log(database, webhook.id))[0].state == "delivered"


async def test_a_receiver_that_is_gone_is_left_alone(
    database: Database, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, _ = await add(database, receiver)
    receiver.answer = lambda _: b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"
    await database.write(note, closed())
    await deliver(deliverer)
    found = await database.read(tables.find, webhook.id)
    assert found is not None
    assert found.state == "failing"


async def test_a_target_that_never_answers_holds_up_no_other(
    database: Database, database_url: str, membership: Membership, receiver: Receiver, knows: Directory,
    authority: tuple[object, Path],
) -> None:  # fmt: skip
    deaf = Receiver()
    deaf.answer = lambda _: None
    await deaf.start(authority[0])  # type: ignore[arg-type]
    poster = Poster(str(authority[1]), seconds=3)
    deliverer = Deliverer(database, membership, trusting(database_url, authority), SEALER, poster)
    slow, _ = await add(database, deaf)
    await add(database, receiver, B)
    for _ in range(6):
        await database.write(note, closed())
    await deliverer.round()
    async with asyncio.timeout(2.5):
        while len(receiver.calls) < 6:  # noqa: ASYNC110 - another loop's work
            await asyncio.sleep(0.01)
    await deliverer.settled()
    failures = [attempt.failure for delivery in await log(database, slow.id) for attempt in delivery.attempts]
    assert failures == ["timeout"] * 4  # the two others wait until the target has rested
    await deliverer.close()
    await deaf.stop()


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"HTTP/1.1 302 Found\r\nlocation: https://127.0.0.1/inner\r\ncontent-length: 0\r\n\r\n", "redirect"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\n" + b"x" * 90_000, "too-large"),
        (b"nonsense\r\n\r\n", "refused"),
    ],
)
async def test_a_wrong_answer_is_a_failure_with_its_reason(
    database: Database, deliverer: Deliverer, receiver: Receiver, answer: bytes, failure: str
) -> None:
    """A redirect is not followed."""
    webhook, _ = await add(database, receiver)
    receiver.answer = lambda _: answer
    await database.write(note, closed())
    await deliver(deliverer)
    [delivery] = await log(database, webhook.id)
    assert (delivery.state, [attempt.failure for attempt in delivery.attempts]) == ("waiting", [failure])
    assert receiver.connections == 1


async def test_a_certificate_of_another_name_is_refused(
    database: Database, database_url: str, membership: Membership, receiver: Receiver, knows: Directory,
    authority: tuple[object, Path],
) -> None:  # fmt: skip
    distrusting = trusting(database_url, authority, webhook_ca_file=None)
    deliverer = Deliverer(database, membership, distrusting, SEALER)
    webhook, _ = await add(database, receiver)
    await database.write(note, closed())
    await deliver(deliverer)
    assert [a.failure for d in await log(database, webhook.id) for a in d.attempts] == ["tls"]
    assert receiver.calls == []
    await deliverer.close()


async def test_a_sandbox_delivers_only_within_the_installation(
    database: Database, database_url: str, membership: Membership, receiver: Receiver, knows: Directory,
    authority: tuple[object, Path],
) -> None:  # fmt: skip
    """G6."""
    await hear(database, *founding(sandbox=True))
    webhook, _ = await add(database, receiver)
    await database.write(note, closed())
    outside = Deliverer(database, membership, trusting(database_url, authority), SEALER)
    await deliver(outside)
    [delivery] = await log(database, webhook.id)
    assert (delivery.state, [a.failure for a in delivery.attempts]) == ("failed", ["sandbox"])
    assert receiver.connections == 0
    own = trusting(database_url, authority, sandbox_webhook_hosts=("localhost",), webhook_allowed_hosts=())
    inside = Deliverer(database, membership, own, SEALER)
    await database.write(note, closed())
    await deliver(inside)
    assert len(receiver.calls) == 1


async def test_l3_a_member_that_left_is_told_nothing_more_from_that_second_on(
    database: Database, deliverer: Deliverer, receiver: Receiver, knows: Directory
) -> None:
    """Also what was queued before, and while the news of it is still on its way; then the secrets are erased."""
    webhook, _ = await add(database, receiver)
    await database.write(note, closed())
    knows.left = {A}
    await deliver(deliverer)
    assert receiver.connections == 0
    left = MemberLeft(network=NETWORK, member=A, effective_at=MONDAY, because=LeftBecause.RESIGNED)
    await database.write(note, left)
    assert await database.read(tables.find, webhook.id) is None
    assert await log(database, webhook.id) == []


async def test_while_nobody_can_say_who_belongs_to_the_network_a_delivery_waits(
    database: Database, deliverer: Deliverer, receiver: Receiver, knows: Directory
) -> None:
    webhook, _ = await add(database, receiver)
    await database.write(note, closed())
    knows.away = True
    await deliver(deliverer)
    [delivery] = await log(database, webhook.id)
    assert (delivery.state, delivery.attempts, receiver.connections) == ("waiting", [], 0)


async def test_a_copy_that_slept_beyond_its_lease_settles_nothing(database: Database, receiver: Receiver) -> None:
    webhook, _ = await add(database, receiver)
    await database.write(note, closed())
    batch = await database.write(handlers_sending.claim, webhook.id, clock.now(), 10)
    assert batch is not None
    later = clock.now() + timedelta(minutes=10)
    assert await database.write(handlers_sending.claim, webhook.id, later, 10) is not None
    await database.write(handlers_sending.drop, batch.sendings[0])
    assert (await log(database, webhook.id))[0].state == "waiting"


async def test_the_log_is_dropped_after_its_time_but_not_what_waits(
    database: Database, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, _ = await add(database, receiver)
    await database.write(note, closed())
    await deliver(deliverer)
    await database.write(note, opened())
    far = clock.now() + timedelta(days=31)
    assert await database.write(handlers.forget, far) == 1
    assert [delivery.state for delivery in await log(database, webhook.id)] == ["waiting"]


async def test_a_network_s_changes_are_told_to_its_own_members_only(
    database: Database, deliverer: Deliverer, receiver: Receiver
) -> None:
    await add(database, receiver)
    await database.write(note, closed(), NetworkId("other"))
    await deliver(deliverer)
    assert receiver.calls == []
