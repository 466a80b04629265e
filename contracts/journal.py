"""A service's journal as it leaves the database: what an offline verifier needs, and nothing else."""

from msgspec import Struct


class JournalEntry(Struct, frozen=True, kw_only=True):
    """One line of an export. `digest` is the hex SHA-256 of `previous` and the canonical row: the JSON array
    `[network, record, sequence, kind, body, recorded_at, actor]` without spaces, UTF-8. A record begins with
    `previous` = 64 zeros. `docs/architecture.md`, section Journal."""

    position: int
    """Ascends within the export. Not hashed: databases leave gaps."""
    network: str
    record: str
    sequence: int
    """Place in the record, from 1, without gaps."""
    kind: str
    body: str
    """The fact as canonical JSON, exactly as hashed."""
    recorded_at: str
    """`2026-12-11T09:00:00.000000Z`, by the network's clock."""
    actor: str | None
    previous: str
    digest: str
