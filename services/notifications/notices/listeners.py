"""Membership's facts in. One group, so that the facts of one record are taken in their order."""

from datetime import datetime

from contracts.event import Event, Fact
from contracts.membership import access, admission, ballots, leaving, members, networks
from contracts.membership.words import SERVICE
from services.chassis.bus import Listeners
from services.chassis.database import Transaction
from services.notifications.notices import handlers
from services.notifications.preferences import handlers as preferences

listeners = Listeners("notifications-notices")

_HEARD: tuple[type[Fact], ...] = (
    networks.NetworkFounded,
    networks.TestClockAdvanced,
    networks.OfficeAppointed,
    networks.OfficeVacated,
    members.MemberJoined,
    members.MemberLeft,
    networks.DirectoryIssued,
    access.PersonInvited,
    admission.ApplicationSubmitted,
    admission.ApplicationLapsed,
    admission.ApplicationReceived,
    admission.ApplicationQuestioned,
    admission.ApplicationSupplemented,
    admission.ApplicationDeclined,
    admission.ApplicationPassed,
    admission.ApplicationRejected,
    admission.ApplicantWelcomed,
    admission.ApplicationWithdrawn,
    admission.ApplicationExpired,
    leaving.ResignationDeclared,
    leaving.ExclusionRequested,
    leaving.ExclusionPassed,
    ballots.BallotOpened,
    ballots.ReceiptEstablished,
    ballots.VoteCast,
    ballots.ElectorDropped,
    ballots.BallotClosed,
    ballots.BallotCancelled,
)


def _take(tx: Transaction, fact: Fact, event: Event, now: datetime) -> None:
    handlers.take(tx, fact, event, now)
    if isinstance(fact, members.MemberLeft):
        preferences.member_left(tx, fact.network, fact.member)


for _fact in _HEARD:
    listeners.on(SERVICE, _fact)(_take)
