"""Membership's facts in. One group, so that the facts of one record are taken in their order."""

from datetime import datetime

from contracts import membership
from contracts.event import Event, Fact
from services.chassis.bus import Listeners
from services.chassis.database import Transaction
from services.notifications.notices import handlers

listeners = Listeners("notifications-notices")

_HEARD: tuple[type[Fact], ...] = (
    membership.NetworkFounded,
    membership.TestClockAdvanced,
    membership.OfficeAppointed,
    membership.OfficeVacated,
    membership.MemberJoined,
    membership.MemberLeft,
    membership.DirectoryIssued,
    membership.ApplicationReceived,
    membership.ApplicationQuestioned,
    membership.ApplicationSupplemented,
    membership.ApplicationDeclined,
    membership.ApplicationPassed,
    membership.ApplicationRejected,
    membership.ApplicantWelcomed,
    membership.ApplicationWithdrawn,
    membership.ApplicationExpired,
    membership.ResignationDeclared,
    membership.ExclusionRequested,
    membership.ExclusionPassed,
    membership.BallotOpened,
    membership.ReceiptEstablished,
    membership.VoteCast,
    membership.ElectorDropped,
    membership.BallotClosed,
    membership.BallotCancelled,
)


def _take(tx: Transaction, fact: Fact, event: Event, now: datetime) -> None:
    handlers.take(tx, fact, event, now)


for _fact in _HEARD:
    listeners.on(membership.SERVICE, _fact)(_take)
