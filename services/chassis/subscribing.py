"""Keeps the groups of listeners supplied: FastStream's batch subscribers, each on a supervised pull.

FastStream 0.7 asks in a circle when a consumer is gone and ignores a changed configuration; so we provision the
broker's objects ourselves and its subscriber draws from `pulling.Pull`. Acknowledgement is ours alone (MANUAL).
"""

from collections.abc import Sequence
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from faststream import AckPolicy
from faststream.message import StreamMessage
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from services.chassis import telemetry
from services.chassis.away import AWAY
from services.chassis.listeners import Listeners
from services.chassis.listening import Consumer, Patience
from services.chassis.provisioning import STREAM, provision_consumer, provision_stream
from services.chassis.pulling import Pull

if TYPE_CHECKING:
    from services.chassis.database import Database

AHEAD = 256
"""Messages that are asked for before they are needed."""
BATCH = 64
"""Messages that are handled side by side at most; SQLite commits them together."""
SILENCE = 12.0
"""Seconds without a word of the broker after which a pull begins anew."""
STALL = 60.0
"""Seconds without asking for messages after which the process had better be restarted."""


class Stalled(Exception):
    """Consumption stopped and could not be brought back from inside."""


class _Supply:
    """Stands where FastStream expects a JetStream context; hands out our pulls."""

    def __init__(self, pulls: dict[str, Pull]) -> None:
        self._pulls = pulls

    def jetstream(self, **_: object) -> "_Supply":
        return self

    async def pull_subscribe(self, *, durable: str, **_: object) -> Pull:
        return self._pulls[durable]


class _Broker(NatsBroker):
    """FastStream on the bus's own connection, which outlives it."""

    def __init__(self, client: Client, pulls: dict[str, Pull]) -> None:
        super().__init__(logger=None, apply_types=False, graceful_timeout=10.0)
        self._client = client
        self._supply = _Supply(pulls)

    async def _connect(self) -> Client:
        self.config.connect(cast(Client, self._supply))
        return self._client

    async def stop(
        self,
        exc_type: type[BaseException] | None = None,
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,
    ) -> None:
        self._connection = None
        await super().stop(exc_type, exc_val, exc_tb)


async def _undecoded(message: StreamMessage[Any], _original: object) -> Any:
    """Our codec decodes later, where a failure becomes a dead letter instead of an exception inside FastStream."""
    return message.raw_message


class Subscriptions:
    """All groups of one service: provisioning, consumption, supervision."""

    def __init__(
        self,
        client: Client,
        database: "Database",
        groups: Sequence[Listeners],
        patience: Patience | None = None,
    ) -> None:
        self._client = client
        self._groups = {group.name: group for group in groups if group.entries}
        self._pulls = {name: Pull(client, STREAM, name, ahead=AHEAD, missing=self._restore) for name in self._groups}
        self._broker = _Broker(client, self._pulls)
        self._working: dict[str, float] = {}
        for name, group in self._groups.items():
            self._subscribe(name, Consumer(database, group, patience))

    def _subscribe(self, name: str, consumer: Consumer) -> None:
        subscriber = self._broker.subscriber(
            name,
            durable=name,
            stream=JStream(STREAM, declare=False),
            pull_sub=PullSub(batch_size=BATCH, timeout=1.0, batch=True),
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            decoder=_undecoded,
        )

        async def take(messages: list[Msg]) -> None:
            self._working[name] = monotonic()
            try:
                await consumer.take(messages)
            finally:
                del self._working[name]

        subscriber(take)

    async def start(self) -> None:
        await self.provision()
        for pull in self._pulls.values():
            await pull.start()
        await self._broker.start()

    async def stop(self) -> None:
        """Finishes the batches in work, gives back the rest."""
        await self._broker.stop()

    async def provision(self) -> None:
        """Creates or updates everything that the groups need on the broker."""
        await provision_stream(self._client)
        for name, group in self._groups.items():
            await provision_consumer(self._client, name, group.filters())

    async def _restore(self) -> None:
        telemetry.log("consumer-missing", "warning", stream=STREAM)
        try:
            await self.provision()
        except AWAY as error:
            telemetry.log_error("consumer-not-restored", error, stream=STREAM)

    def reconnected(self) -> None:
        """The broker forgot what was asked."""
        for pull in self._pulls.values():
            pull.forget()

    async def inspect(self) -> None:
        """One round of supervision. Raises Stalled when only a new process helps."""
        if not self._client.is_connected:
            return
        for name, pull in self._pulls.items():
            if name not in self._working and monotonic() - pull.asked_at > STALL:
                raise Stalled(name)
            if pull.silent_for > SILENCE and name not in self._working:
                telemetry.log("pull-restarted", "warning", listener=name, seconds=round(pull.silent_for, 1))
                await pull.start()
            await self._measure(name)

    async def _measure(self, name: str) -> None:
        try:
            info = await self._client.jetstream(timeout=3).consumer_info(STREAM, name)
            telemetry.LISTENER_LAG.labels(name).set((info.num_pending or 0) + (info.num_ack_pending or 0))
        except NotFoundError:
            await self._restore()
        except AWAY as error:
            telemetry.log_error("consumer-not-inspected", error, listener=name)
