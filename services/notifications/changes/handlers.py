"""A fact becomes a change, in the transaction of its inbox row, and goes on to the webhooks that wait for it."""

from datetime import timedelta

from contracts.event import Event, Fact
from contracts.ids import NetworkId
from contracts.membership.admission import ApplicationAnnounced
from contracts.membership.members import MemberLeft
from contracts.notifications.changes import Change, Changes
from contracts.request import Refused
from services.chassis import clock
from services.chassis.database import Transaction
from services.notifications.changes import rules, tables
from services.notifications.networks import handlers as networks
from services.notifications.webhooks import handlers as webhooks

KEPT = timedelta(days=90)
"""How long a change can be asked for."""
MOST = 1_000


def take(tx: Transaction, fact: Fact, event: Event) -> Change:
    """Notes a fact. The caller's inbox sees to it that this happens once."""
    application = getattr(fact, "application", None)
    if isinstance(fact, ApplicationAnnounced):
        tables.note_announced(tx, fact.application)
    hidden = rules.only_for_office(fact, announced=application is not None and tables.is_announced(tx, application))
    about = rules.about(fact)
    if isinstance(fact, MemberLeft):
        webhooks.member_left(tx, event.network, fact.member)
    now = clock.now()
    number = tables.add(
        tx, event.network, type=event.type, about=about, office_only=hidden, at=event.time, noted_at=now
    )
    change = Change(id=number, type=event.type, at=event.time, about=about)
    office = networks.office(tx, event.network) if hidden else None
    webhooks.tell(tx, event.network, change, office, now, only_office=hidden)
    return change


def listed(tx: Transaction, network: NetworkId, after: int, limit: int, *, office: bool) -> Changes:
    """A part of the feed. `office`: with what only the office sees.

    Raises Refused `limit-out-of-range` (400), `changes-forgotten` (410).
    """
    if not 1 <= limit <= MOST:
        detail = "Ask for 1 to {most} rows."
        raise Refused("limit-out-of-range", detail, status=400, field="/limit", words={"most": MOST})
    feed = tables.feed(tx, network)
    _still_kept(feed, after)
    found = tables.listed(tx, network, after, limit, office=office)
    full = len(found) == limit
    return Changes(changes=found, next=found[-1].id if full else None, last=found[-1].id if full else feed.last)


def newest(tx: Transaction, network: NetworkId) -> Changes:
    """Where the feed stands, for who begins to listen."""
    return Changes(changes=[], last=tables.feed(tx, network).last)


def forget(tx: Transaction) -> int:
    """Drops what is older than is promised."""
    return tables.forget(tx, clock.now() - KEPT)


def _still_kept(feed: tables.Feed, after: int) -> None:
    if after < 0:
        raise Refused("limit-out-of-range", "Ask for changes after 0 or a later number.", status=400, field="/after")
    if after < feed.forgotten:
        detail = (
            "Changes up to number {forgotten} were dropped after {days} days. Read anew what you keep, then go on "
            "with after={last}."
        )
        words = {"forgotten": feed.forgotten, "days": KEPT.days, "last": feed.last}
        raise Refused("changes-forgotten", detail, status=410, field="/after", words=words)
    if after > feed.last:  # the installation was restored from a backup: numbers that were given are given again
        detail = "Number {after} was not given here. Read anew what you keep, then go on with after={last}."
        words = {"after": after, "last": feed.last}
        raise Refused("changes-forgotten", detail, status=410, field="/after", words=words)
