"""A1: the address of an application from outside is confirmed by the link in the mail to its contact."""

from datetime import datetime

from contracts import notifications
from contracts.event import Event
from contracts.notifications.notices import NoticeConfirmed
from contracts.notifications.words import Purpose
from services.chassis.bus import Listeners
from services.chassis.database import Transaction
from services.membership.admission import handlers

listeners = Listeners("membership-applications")


@listeners.on(notifications.SERVICE, NoticeConfirmed)
def confirmed(tx: Transaction, fact: NoticeConfirmed, _event: Event, now: datetime) -> None:
    if fact.purpose is Purpose.APPLICATION_CONFIRMATION:
        handlers.confirm(tx, fact.network, fact.about, fact.at, max(now, fact.at))
