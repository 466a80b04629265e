"""What a step of the office would make true, for a preview of the messages that would follow (P7): the step itself is
carried out, its facts are read, and everything is undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import text

from contracts.ids import MemberId
from contracts.membership.admission import ApplicantWelcomed, ApplicationDeclined
from contracts.membership.ballots import BallotOpened
from contracts.membership.contacts import FORESEE, Foresee, Foreseen
from contracts.membership.leaving import ExclusionPassed
from contracts.request import Call
from services.chassis import clock, journal
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority
from services.membership.admission import handlers as admission
from services.membership.leaving import handlers as leaving

requests = Requests()
_ACTOR = "preview"


@requests.answers(FORESEE)
def foresee(tx: Transaction, call: Call, request: Foresee) -> Foreseen:
    authority.require_service(call, "notifications")
    now = clock.moment(tx, request.network, call.at)
    with _undone(tx):
        if request.step in ("announce-exclusion", "exclude"):
            return _of_exclusion(tx, request, now)
        return Foreseen(fact=_of_application(tx, request, now))


def _of_application(
    tx: Transaction, request: Foresee, now: datetime
) -> BallotOpened | ApplicantWelcomed | ApplicationDeclined:
    network, application = request.network, request.about
    match request.step:
        case "announce-application":
            return _opened(tx, admission.announce(tx, network, application, now, _ACTOR))
        case "welcome-applicant":
            admission.welcome(tx, network, application, now, _ACTOR)
            return journal.replay_facts(tx, application, (ApplicantWelcomed,))[-1]
        case _:
            admission.decline(tx, network, application, _ACTOR, now, _ACTOR)
            return journal.replay_facts(tx, application, (ApplicationDeclined,))[-1]


def _of_exclusion(tx: Transaction, request: Foresee, now: datetime) -> Foreseen:
    found = leaving.get(tx, request.network, request.about).exclusion
    concerned: MemberId = found.concerned
    if request.step == "announce-exclusion":
        opened = _opened(tx, leaving.announce(tx, request.network, found.id, now, _ACTOR))
        return Foreseen(fact=opened, concerned=concerned)
    passed = journal.replay_facts(tx, found.id, (ExclusionPassed,))
    fact = ExclusionPassed(network=request.network, exclusion=found.id, concerned=concerned, effective_at=now)
    return Foreseen(fact=passed[-1] if passed else fact, concerned=concerned)


def _opened(tx: Transaction, ballot: str) -> BallotOpened:
    return journal.replay_facts(tx, ballot, (BallotOpened,))[0]


@contextmanager
def _undone(tx: Transaction) -> Iterator[None]:
    """Whatever happens within leaves no trace; what is raised undoes the whole unit anyway."""
    tx.execute(text("SAVEPOINT foresight"))
    yield
    tx.execute(text("ROLLBACK TO SAVEPOINT foresight"))
    tx.execute(text("RELEASE SAVEPOINT foresight"))
    tx.journaled = False
