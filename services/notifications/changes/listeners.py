"""Facts in, for the feed. A group of its own: a notice that waits for another fact holds up no change."""

from contracts.event import Event, Fact
from contracts.membership.words import SERVICE
from services.chassis.bus import Listeners
from services.chassis.database import Transaction
from services.notifications.changes import handlers
from services.notifications.changes.live import Live
from services.notifications.changes.rules import HEARD

NAME = "notifications-changes"


def listeners(live: Live) -> Listeners:
    """The group. After each commit `live` tells those who wait."""
    group = Listeners(NAME)

    def take(tx: Transaction, fact: Fact, event: Event, _now: object) -> None:
        handlers.take(tx, fact, event)
        tx.after_commit(lambda: live.announce(event.network))

    for fact in HEARD:
        group.on(SERVICE, fact)(take)
    return group
