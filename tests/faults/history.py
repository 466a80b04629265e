"""What the databases of an installation say afterwards: every fact once, and taken in once by everyone who listens."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from services.chassis.listeners import Listeners
from services.cli.installation.topology import DURABLES, ORGANISATION
from services.membership.app import LISTENERS as MEMBERSHIP
from services.notifications.notices import listeners as notifications

GROUPS: dict[str, tuple[Listeners, ...]] = {"membership": MEMBERSHIP, "notifications": (notifications.listeners,)}

PUBLIC = "SELECT position, digest, route FROM journal WHERE route IS NOT NULL"


def rows(directory: Path, service: str, question: str) -> list[tuple[object, ...]]:
    """Reads a service's database as it lies on the disk."""
    with sqlite3.connect(f"file:{directory / service}.sqlite?mode=ro", uri=True, timeout=10) as connection:
        found = connection.execute(question).fetchall()
    connection.close()
    return found


def not_taken_in(directory: Path) -> list[str]:
    """Facts on their way: published or about to be, and not yet in the inbox of a group that listens to them."""
    return [
        f"{group.name} lacks {message}"
        for group, owner in listening()
        for message in sorted(missing(directory, group, owner))
    ]


def listening() -> Iterator[tuple[Listeners, str]]:
    for owner, groups in GROUPS.items():
        for group in groups:
            yield group, owner


def missing(directory: Path, group: Listeners, owner: str) -> set[str]:
    """Message ids that one group should have taken in and has not."""
    wanted = {
        f"/{ORGANISATION}/{source}#{position}-{str(digest)[:16]}"
        for source in GROUPS
        for position, digest, route in rows(directory, source, PUBLIC)
        if f"{source}.{str(route).partition('.')[2]}.v1" in group.entries
    }
    taken = rows(directory, owner, f"SELECT message_id FROM inbox WHERE listener = '{group.name}'")
    return wanted - {str(message) for (message,) in taken}


def dead_letters(directory: Path) -> list[tuple[object, ...]]:
    return [row for service in DURABLES for row in rows(directory, service, "SELECT listener, cause FROM dead_letters")]


def twice(directory: Path) -> list[object]:
    """Notices that were made twice for one recipient, purpose and cause."""
    made = rows(directory, "notifications", "SELECT source, recipient, purpose, addressee FROM notices")
    return [key for key, count in Counter(made).items() if count > 1]
