"""What this service asks of membership at the moment of need: addresses, names, who somebody is, the time there."""

from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from msgspec import Struct

from contracts.ids import NetworkId, PersonId
from contracts.membership.contacts import FORESEE, GET_CONTACTS, Contacts, Foresee, Foreseen, GetContacts
from contracts.membership.members import WHO_AM_I, Me, WhoAmI
from contracts.request import Actor, Call, Refused
from services.chassis.bus import Bus
from services.chassis.database import Database, Transaction
from services.notifications.networks import handlers as networks
from services.notifications.notices.sight import Sight, sight

P = ParamSpec("P")
T = TypeVar("T")
ACTOR = Actor(issuer="service", subject="notifications")
_FOR_A_MOMENT, _FOR_A_NAME = 2.0, 0.5
"""Seconds. A name is not worth the gateway's patience with us."""


class Seen(Struct, frozen=True, kw_only=True):
    """What membership says about a network; nothing while it is away."""

    name: str = ""
    sandbox_moment: datetime | None = None
    replaced: bool = False
    """The person asked about has no function any more."""


class Membership:
    """The door to membership. `connect` gives it the service's bus and database, which are made after the requests."""

    def __init__(self) -> None:
        self._bus: Bus | None = None
        self._database: Database | None = None

    def connect(self, bus: Bus, database: Database) -> None:
        self._bus, self._database = bus, database

    async def who(self, call: Call) -> Me:
        """The signed-in person's functions. Raises Refused `not-signed-in` (401), `service-unavailable` (503)."""
        if call.actor is None:
            raise Refused("not-signed-in", "Sign in first.", status=401)
        return await self._connected()[0].ask(WHO_AM_I, WhoAmI(), actor=call.actor, at=call.at)

    async def reader(self, call: Call, network: NetworkId) -> Sight:
        """What the signed-in person may see in a network.

        Raises Refused `not-authorised` (403) for strangers, whether or not the network exists; for operators, who may
        see all of them, `network-not-found` (404).
        """
        seen = sight(await self.who(call), network, call.actor)
        if not seen.members and not await self._connected()[1].read(networks.is_known, network):
            await self.contacts(GetContacts(network=network))  # the news of its founding may still be on its way here
        return seen

    async def contacts(self, asked: GetContacts) -> Contacts:
        """Raises Refused."""
        return await self._connected()[0].ask(GET_CONTACTS, asked, network=asked.network, actor=ACTOR)

    async def stored(self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What this service itself keeps, read before membership is asked for what goes with it."""
        return await self._connected()[1].read(unit, *args, **kwargs)

    async def foresee(self, asked: Foresee) -> Foreseen:
        """Raises Refused: as the step itself would be."""
        return await self._connected()[0].ask(FORESEE, asked, network=asked.network, actor=ACTOR)

    async def sandbox_moment(self, network: NetworkId) -> datetime | None:
        """What a sandbox's test clock shows. The news that it was advanced may still be on its way here, and evidence
        must not be older than the moment in which it came about. None for real networks: they are not asked, so that
        a notice can be opened while membership is away."""
        bus, database = self._connected()
        sandbox = await database.read(networks.is_sandbox, network)
        return (await self._see(bus, network, sandbox=True)).sandbox_moment if sandbox else None

    async def see(self, network: NetworkId, person: PersonId | None = None) -> Seen:
        """The network's name as well, and whether a person still has a function. A real network is not asked for long,
        so that a receipt can be confirmed while membership is away."""
        bus, database = self._connected()
        return await self._see(bus, network, person, sandbox=await database.read(networks.is_sandbox, network))

    async def _see(self, bus: Bus, network: NetworkId, person: PersonId | None = None, *, sandbox: bool) -> Seen:
        patience = _FOR_A_MOMENT if sandbox else _FOR_A_NAME
        asked = GetContacts(network=network, persons=[person] if person is not None else [])
        try:
            found = await bus.ask(GET_CONTACTS, asked, network=network, actor=ACTOR, timeout=patience)
        except Refused:
            return Seen()
        replaced = person is not None and all(contact.person != person for contact in found.contacts)
        return Seen(name=found.network_name, sandbox_moment=found.clock if sandbox else None, replaced=replaced)

    def _connected(self) -> tuple[Bus, Database]:
        if self._bus is None or self._database is None:
            raise RuntimeError("connect() first")
        return self._bus, self._database
