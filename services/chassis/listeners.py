"""Groups of listeners: which facts they take, and how each is applied once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from contracts.event import Event, Fact, event_filter, event_type, from_headers, token
from services.chassis import clock, inbox
from services.chassis.transaction import Transaction

F = TypeVar("F", bound=Fact)
Apply = Callable[[Transaction, F, Event, datetime], None]


class Entry(Generic[F]):
    """One kind of fact with what applies it."""

    def __init__(self, service: str, fact: type[F], apply: Apply[F]) -> None:
        self.fact = fact
        self.apply = apply
        self.filter = event_filter(service, fact)
        self.decoder = msgspec.json.Decoder(fact)


class Listeners:
    """A group of listeners: one durable consumer named like the group, in the order of the stream for each record.

    The name is unique within an installation and never changes: inbox rows and the consumer hang on it.
    """

    def __init__(self, name: str) -> None:
        self.name = token(name)
        self.entries: dict[str, Entry[Any]] = {}

    def on(self, service: str, fact: type[F]) -> Callable[[Apply[F]], Apply[F]]:
        """Registers what a fact of a service sets going. Raises ValueError for a second one in this group."""

        def register(apply: Apply[F]) -> Apply[F]:
            kind = event_type(service, fact)
            if kind in self.entries:
                raise ValueError(f"{self.name} listens to {kind} twice")
            if not fact.public:
                raise ValueError(f"{kind} never reaches the bus")
            self.entries[kind] = Entry(service, fact, apply)
            return apply

        return register

    def filters(self) -> list[str]:
        return [entry.filter for entry in self.entries.values()]

    def read(self, subject: str, headers: dict[str, str], body: bytes) -> tuple[Entry[Any], Event, Fact]:
        """Decodes a message. Raises ValueError or a msgspec error without content that could be personal."""
        event = from_headers(headers)
        _, network, organisation, _, service, *rest = subject.split(".")
        if (network, f"/{organisation}/{service}", ".".join((service, *rest))) != (
            event.network,
            event.source,
            event.type,
        ):
            raise ValueError("subject and attributes disagree")
        entry = self.entries.get(event.type)
        if entry is None:
            raise ValueError("no listener for this type")
        return entry, event, entry.decoder.decode(body)


def apply_once(tx: Transaction, group: str, entry: Entry[Any], event: Event, fact: Fact) -> bool:
    """The inbox row and the effect, in the caller's transaction. False: it was applied before."""
    if not inbox.first(tx, event.message_id, group):
        return False
    entry.apply(tx, fact, event, clock.moment(tx, event.network, clock.now()))
    return True
