"""Envelope of every fact on the bus: CloudEvents attributes as NATS headers, and the subjects that carry them.

Sources: CloudEvents 1.0.2, NATS protocol binding (binary mode: attributes in headers with the prefix `ce-`).
Subjects follow the federation design: the audience stands in the subject so that the server can enforce it. The kind
(`evt`, `rpc`) stands first because JetStream takes no stream whose subjects begin with a wildcard, see
`docs/decisions/0004-kind-first-in-subjects.md`.
"""

import re
from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from contracts.ids import NetworkId, OrganisationId, RecordId

Audience = Literal["net", "self"]
"""Who may read a fact: every organisation of the network, or only the hosting organisation's own services."""

INSTALLATION = NetworkId("installation")
"""Stands in a subject where a request concerns no single network. No network may take this name."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")


class Fact(Struct, frozen=True, kw_only=True, tag=True, tag_field="fact"):
    """Something that became true. Carries ids, dates and numbers only: no name, no reason, no address.

    Unknown fields are ignored on reading, so that a newer sender may add some.
    """

    entity: ClassVar[str]
    event: ClassVar[str]
    audience: ClassVar[Audience] = "net"
    public: ClassVar[bool] = True
    """False: the fact stays in its owner's journal and never reaches the bus."""


class Event(Struct, frozen=True, kw_only=True):
    """The attributes of one fact on the bus (CloudEvents names in brackets)."""

    id: str
    """[id] Position and first part of the digest in its owner's journal; with `source` unique for ever, the same on
    every replay."""
    source: str
    """[source] `/<organisation>/<service>`."""
    type: str
    """[type] `<service>.<entity>.<event>.v1`."""
    time: datetime
    """[time] When the fact was recorded (UTC)."""
    network: NetworkId
    """[network] Extension attribute."""
    record: RecordId
    """[subject] The record that the fact belongs to."""
    sequence: int
    """[sequence] Extension attribute: place of the fact in its record, from 1."""
    digest: str
    """[digest] Extension attribute: the fact's link in the record's hash chain (hex SHA-256)."""

    @property
    def message_id(self) -> str:
        """What inboxes remember: unique over all sources."""
        return f"{self.source}#{self.id}"


def token(value: str) -> str:
    """One subject token. Raises ValueError for anything that could act as a separator or wildcard."""
    if not _TOKEN.match(value):
        raise ValueError("a subject token has 1 to 80 letters, digits, hyphens or underscores")
    return value


def event_subject(network: NetworkId, organisation: OrganisationId, service: str, fact: type[Fact]) -> str:
    """`evt.<net>.<org>.<audience>.<service>.<entity>.<event>.v1`"""
    tokens = ("evt", network, organisation, fact.audience, service, fact.entity, fact.event, "v1")
    return ".".join(token(part) for part in tokens)


def event_filter(service: str, fact: type[Fact]) -> str:
    """The subject filter with which a listener receives one kind of fact of every network and organisation."""
    return f"evt.*.*.*.{service}.{fact.entity}.{fact.event}.v1"


def event_type(service: str, fact: type[Fact]) -> str:
    """The CloudEvents `type` of a fact."""
    return f"{service}.{fact.entity}.{fact.event}.v1"


def request_subject(network: NetworkId, organisation: OrganisationId, service: str, method: str) -> str:
    """`rpc.<net>.<org>.<service>.<method>.v1`"""
    return ".".join(token(part) for part in ("rpc", network, organisation, service, method, "v1"))


def headers(event: Event) -> dict[str, str]:
    """An event's attributes as NATS headers."""
    return {
        "ce-specversion": "1.0",
        "ce-id": event.id,
        "ce-source": event.source,
        "ce-type": event.type,
        "ce-time": event.time.isoformat(),
        "ce-network": event.network,
        "ce-subject": event.record,
        "ce-sequence": str(event.sequence),
        "ce-digest": event.digest,
        "content-type": "application/json",
    }


def from_headers(found: dict[str, str]) -> Event:
    """Reads the attributes back. Raises ValueError naming the attribute that is missing or malformed."""
    try:
        time = datetime.fromisoformat(found["ce-time"])
        event = Event(
            id=found["ce-id"],
            source=found["ce-source"],
            type=found["ce-type"],
            time=time,
            network=NetworkId(found["ce-network"]),
            record=RecordId(found["ce-subject"]),
            sequence=int(found["ce-sequence"]),
            digest=found["ce-digest"],
        )
    except KeyError as missing:
        raise ValueError(f"header {missing} is missing") from None
    if time.tzinfo is None:
        raise ValueError("header ce-time has no time zone")
    return event
