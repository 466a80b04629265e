"""What must exist on the broker: the stream of all facts and one durable consumer for each group of listeners.

Done with raw nats-py at the start and again whenever something is missing: FastStream ignores a changed configuration
of an existing durable.
"""

from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

STREAM = "EVENTS"
SUBJECTS = ["evt.>"]
DUPLICATE_WINDOW = 120.0
"""Seconds in which the server drops a repeated message id. The inbox is the record, not this window."""
KEEP = 30 * 86_400.0
"""Seconds for which the broker keeps facts. The journals keep them for good and can refill it."""
ACK_WAIT = 15.0
"""Seconds after which an unacknowledged fact is offered again."""
MOST_UNACKNOWLEDGED = 5_000
ANSWER_WITHIN = 2.0
"""Seconds. A question that was under way when the connection broke is never answered; it is asked again."""

_NAME_IN_USE_WITH_OTHER_CONFIG = 10058


def stream_config() -> StreamConfig:
    return StreamConfig(
        name=STREAM,
        subjects=SUBJECTS,
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        duplicate_window=DUPLICATE_WINDOW,
        max_age=KEEP,
    )


async def provision_stream(client: Client) -> None:
    """Creates the stream or brings it up to date. Harmless when repeated and when several services do it at once."""
    stream = client.jetstream(timeout=ANSWER_WITHIN)
    try:
        await stream.add_stream(stream_config())
    except BadRequestError as error:
        if error.err_code != _NAME_IN_USE_WITH_OTHER_CONFIG:
            raise
        await stream.update_stream(stream_config())


def consumer_config(durable: str, filters: list[str]) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=durable,
        filter_subjects=sorted(filters),
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT,
        max_deliver=-1,  # we count ourselves, so that nothing ends without a row
        max_ack_pending=MOST_UNACKNOWLEDGED,
    )


async def provision_consumer(client: Client, durable: str, filters: list[str]) -> None:
    """Creates the durable or brings it up to date. A new one starts with the oldest fact; the inbox knows the rest."""
    await client.jetstream(timeout=ANSWER_WITHIN).add_consumer(STREAM, consumer_config(durable, filters))
