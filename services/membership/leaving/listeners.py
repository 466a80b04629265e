"""L2: the life of the message to the member concerned. Evidence that the charter counts ends the membership."""

from datetime import datetime

from contracts import notifications
from contracts.event import Event
from contracts.membership.leaving import ExclusionState
from contracts.membership.words import EvidenceKind
from contracts.notifications.notices import NoticeAccepted, NoticeConfirmed, NoticeDelivered, NoticeFact, NoticeOpened
from contracts.notifications.words import Purpose
from services.chassis.bus import Listeners
from services.chassis.database import Transaction
from services.membership.leaving import handlers

listeners = Listeners("membership-exclusion-messages")


def _reached(tx: Transaction, fact: NoticeFact, kind: EvidenceKind, now: datetime) -> None:
    """Evidence is taken as it comes: twice, late or for a member that has left meanwhile it changes nothing."""
    if fact.purpose is not Purpose.EXCLUSION_MESSAGE or not handlers.counts(tx, fact.network, kind):
        return
    exclusion = handlers.get(tx, fact.network, fact.about).exclusion
    if exclusion.state is not ExclusionState.PASSED or exclusion.concerned != fact.member:
        return
    if exclusion.decided_at is None or not exclusion.decided_at <= fact.at:
        return
    handlers.take_effect(tx, fact.network, exclusion.id, fact.at, max(now, fact.at), "notifications")


@listeners.on(notifications.SERVICE, NoticeAccepted)
def accepted(tx: Transaction, fact: NoticeAccepted, _event: Event, now: datetime) -> None:
    _reached(tx, fact, EvidenceKind.ACCEPTED_BY_SERVER, now)


@listeners.on(notifications.SERVICE, NoticeDelivered)
def delivered(tx: Transaction, fact: NoticeDelivered, _event: Event, now: datetime) -> None:
    _reached(tx, fact, EvidenceKind.DELIVERY_REPORT, now)


@listeners.on(notifications.SERVICE, NoticeOpened)
def opened(tx: Transaction, fact: NoticeOpened, _event: Event, now: datetime) -> None:
    _reached(tx, fact, EvidenceKind.OPENED_IN_PORTAL, now)


@listeners.on(notifications.SERVICE, NoticeConfirmed)
def confirmed(tx: Transaction, fact: NoticeConfirmed, _event: Event, now: datetime) -> None:
    _reached(tx, fact, EvidenceKind.CONFIRMED_BY_LINK, now)
