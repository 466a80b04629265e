"""When a webhook that failed is tried again (G5)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.chassis import clock
from services.chassis.database import Database
from services.notifications.webhooks import rules
from services.notifications.webhooks.worker import Deliverer
from tests.notifications.facts import closed
from tests.notifications.hooks import add, deliver, log
from tests.notifications.receiver import Receiver
from tests.notifications.test_changes import note

pytestmark = pytest.mark.timeout(60)


def test_the_pauses_are_those_of_the_specification_and_end_after_five_days() -> None:
    pauses = [rules.pause(number, "dlv_1") for number in range(1, 18)]
    assert pauses[-1] is None
    found = [pause for pause in pauses if pause is not None]
    assert timedelta(seconds=5) <= found[0] < timedelta(seconds=5.6)
    assert timedelta(hours=10) <= found[-1] < timedelta(hours=11.1)
    assert timedelta(days=4.8) < sum(found, timedelta()) < timedelta(days=5.5)


@pytest.mark.parametrize(
    ("status", "said", "waits"),
    [
        (503, "120", timedelta(minutes=2)), (429, " 3600 ", timedelta(hours=1)), (503, "9" * 40, timedelta(days=1)),
        (503, "Mon, 23 Nov 2026 10:00:00 GMT", timedelta(hours=1)), (503, "Mon, 23 Nov 2026 08:00:00 GMT", timedelta()),
        (503, "Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=1)), (503, "soon", timedelta()), (503, "-5", timedelta()),
        (503, "", timedelta()), (503, None, timedelta()), (500, "120", timedelta()), (None, "120", timedelta()),
    ],
)  # fmt: skip
def test_a_busy_receiver_says_how_long_it_wants_to_be_left_alone_a_day_at_most(
    status: int | None, said: str | None, waits: timedelta
) -> None:
    """RFC 9110 § 10.2.3."""
    assert rules.asked_pause(status, said, datetime(2026, 11, 23, 9, tzinfo=UTC)) == waits


async def test_a_receiver_that_asks_for_more_time_is_not_called_before(
    database: Database, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, _ = await add(database, receiver)
    receiver.answer = lambda _: b"HTTP/1.1 503 Busy\r\nRetry-After: 7200\r\ncontent-length: 0\r\n\r\n"
    await database.write(note, closed())
    await deliver(deliverer)
    [delivery] = await log(database, webhook.id)
    assert delivery.next_at is not None
    assert timedelta(minutes=119) < delivery.next_at - clock.now() <= timedelta(hours=2)
