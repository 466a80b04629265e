"""What notifications knows about a ballot's notices becomes evidence (T3).

Every step is kept; the charter says which ones count as receipt. Of a reminder only the reader's own act counts: that a
server took a reminder says nothing about the notice.
"""

from datetime import datetime

from contracts import notifications
from contracts.event import Event
from contracts.membership.words import EvidenceKind
from contracts.notifications.notices import (
    NoticeAccepted,
    NoticeBounced,
    NoticeConfirmed,
    NoticeDelivered,
    NoticeFact,
    NoticeFailed,
    NoticeHandedOver,
    NoticeOpened,
)
from contracts.notifications.words import Purpose
from services.chassis.bus import Listeners
from services.chassis.database import Transaction
from services.membership.ballots import handlers
from services.membership.ballots.rules import Command, NoteNonReceipt, Notify
from services.membership.ballots.tables import network_of

listeners = Listeners("membership-receipts")

NOTICES = frozenset({Purpose.ADMISSION_BALLOT, Purpose.EXCLUSION_BALLOT})
REMINDERS = frozenset({Purpose.BALLOT_REMINDER, Purpose.RECEIPT_REMINDER})


@listeners.on(notifications.SERVICE, NoticeHandedOver)
def note_handed_over(tx: Transaction, fact: NoticeHandedOver, _event: Event, now: datetime) -> None:
    if fact.member is not None:
        _note(tx, fact, NOTICES, Notify(member=fact.member, at=fact.at), now)


@listeners.on(notifications.SERVICE, NoticeBounced)
def note_bounced(tx: Transaction, fact: NoticeBounced, _event: Event, now: datetime) -> None:
    if fact.member is not None:
        _note(tx, fact, NOTICES, NoteNonReceipt(member=fact.member, at=fact.at, notice=fact.notice), now)


@listeners.on(notifications.SERVICE, NoticeFailed)
def note_failed(tx: Transaction, fact: NoticeFailed, _event: Event, now: datetime) -> None:
    if fact.member is not None:
        _note(tx, fact, NOTICES, NoteNonReceipt(member=fact.member, at=fact.at, notice=fact.notice), now)


@listeners.on(notifications.SERVICE, NoticeAccepted)
def note_accepted(tx: Transaction, fact: NoticeAccepted, _event: Event, now: datetime) -> None:
    _record(tx, fact, NOTICES, EvidenceKind.ACCEPTED_BY_SERVER, now)


@listeners.on(notifications.SERVICE, NoticeDelivered)
def note_delivered(tx: Transaction, fact: NoticeDelivered, _event: Event, now: datetime) -> None:
    _record(tx, fact, NOTICES, EvidenceKind.DELIVERY_REPORT, now)


@listeners.on(notifications.SERVICE, NoticeOpened)
def note_opened(tx: Transaction, fact: NoticeOpened, _event: Event, now: datetime) -> None:
    _record(tx, fact, NOTICES | REMINDERS, EvidenceKind.OPENED_IN_PORTAL, now)


@listeners.on(notifications.SERVICE, NoticeConfirmed)
def note_confirmed(tx: Transaction, fact: NoticeConfirmed, _event: Event, now: datetime) -> None:
    _record(tx, fact, NOTICES | REMINDERS, EvidenceKind.CONFIRMED_BY_LINK, now)


def _concerns(tx: Transaction, fact: NoticeFact, purposes: frozenset[Purpose]) -> bool:
    return fact.purpose in purposes and network_of(tx, fact.about) == fact.network


def _note(tx: Transaction, fact: NoticeFact, purposes: frozenset[Purpose], command: Command, now: datetime) -> None:
    if _concerns(tx, fact, purposes):
        handlers.carry_out(tx, fact.network, fact.about, command, now)


def _record(tx: Transaction, fact: NoticeFact, purposes: frozenset[Purpose], kind: EvidenceKind, now: datetime) -> None:
    if fact.member is not None and _concerns(tx, fact, purposes):
        handlers.record_evidence(
            tx, fact.network, fact.about, member=fact.member, kind=kind, at=fact.at, now=now, notice=fact.notice
        )
