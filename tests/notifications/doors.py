"""The service behind the bus, as the gateway asks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
from msgspec import Struct

from contracts.ids import MemberId
from contracts.request import Actor, Method, Refused
from services.chassis.bus import Bus
from services.chassis.nats_server import NatsServer
from services.chassis.service import Service
from services.notifications import app
from tests.notifications.facts import NETWORK
from tests.notifications.peers import running, settings

Asked = TypeVar("Asked", bound=Struct)
Answered = TypeVar("Answered")
STRANGER = Actor(issuer="test", subject="nobody")
OPERATOR = Actor(issuer="test", subject="operator")


def person(member: MemberId) -> Actor:
    return Actor(issuer="test", subject=member)


def key(member: MemberId) -> Actor:
    return Actor(issuer="key", subject=f"key_{member}", member=member)


class Door:
    """Asks in one network."""

    def __init__(self, service: Service, bus: Bus) -> None:
        self.service = service
        self.bus = bus

    async def ask(self, method: Method[Asked, Answered], request: Asked, actor: Actor | None = None) -> Answered:
        return await self.bus.ask(method, request, network=NETWORK, actor=actor)

    async def refused(self, slug: str, method: Method[Any, Any], request: Any, actor: Actor | None = None) -> Refused:
        with pytest.raises(Refused) as caught:
            await self.ask(method, request, actor)
        assert caught.value.slug == slug, caught.value.problem
        return caught.value


@asynccontextmanager
async def serving(broker: NatsServer, database_url: str, smtp_port: int, **changed: object) -> AsyncIterator[Door]:
    bus = Bus(broker.url, name="gateway")
    await bus.connect()
    async with running(app.service(settings(database_url, broker.url, smtp_port, **changed))) as service:
        yield Door(service, bus)
    await bus.close()
