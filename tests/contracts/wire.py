"""Everything that crosses the wire, found in the contracts themselves."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

from contracts import membership, notifications
from contracts.event import Fact, event_type
from contracts.request import Answer, Call, Method, Problem

FACT_OWNERS: tuple[ModuleType, ...] = (membership, notifications)
METHOD_OWNERS: tuple[ModuleType, ...] = (*membership.FEATURES, *notifications.FEATURES)


class Message(NamedTuple):
    """One kind of message: a name that never changes, and the type that reads it."""

    name: str
    type: Any


def facts() -> Iterator[tuple[str, type[Fact]]]:
    """(service, fact) for each fact of each service."""
    for owner in FACT_OWNERS:
        for fact in owner.FACTS:
            yield owner.SERVICE, fact


def methods() -> list[Method[Any, Any]]:
    """Each request that a service answers, by name."""
    found = (value for owner in METHOD_OWNERS for value in vars(owner).values() if isinstance(value, Method))
    return sorted(found, key=lambda method: (method.service, method.name))


def messages() -> Iterator[Message]:
    """Each kind of message."""
    for service, fact in facts():
        yield Message(event_type(service, fact), fact)
    for method in methods():
        yield Message(f"{method.service}.{method.name}.v1.asked", method.asks)
        yield Message(f"{method.service}.{method.name}.v1.answered", method.answers)
    for envelope in (Call, Answer, Problem):
        yield Message(f"envelope.{envelope.__name__.lower()}.v1", envelope)
