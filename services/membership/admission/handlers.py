"""One transaction for each command of an admission. Locks are taken in the order network, ballot, application."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from contracts.event import Fact
from contracts.ids import ApplicationId, BallotId, MemberId, NetworkId
from contracts.membership.admission import (
    ApplicationLapsed,
    ApplicationReceived,
    ApplicationState,
    ApplicationSubmitted,
    NewApplication,
)
from contracts.membership.ballots import BallotClosed
from contracts.membership.members import MemberJoined
from contracts.membership.words import Role, Subject
from contracts.request import Refused
from services.chassis import ids, journal
from services.chassis.database import Transaction
from services.chassis.deadlines import Deadline
from services.membership import entry
from services.membership.admission import tables
from services.membership.admission.rules import (
    Announce,
    Application,
    Command,
    Conclude,
    Confirm,
    Countersign,
    Decline,
    Expire,
    Welcome,
    Withdraw,
    decide,
    evolve,
)
from services.membership.admission.tables import Stored, Texts
from services.membership.ballots import handlers as ballots
from services.membership.charter import handlers as charters
from services.membership.members import handlers as members
from services.membership.members.handlers import Member
from services.membership.networks import handlers as networks
from services.membership.windows import rules as windows
from services.membership.windows.calendars import calendar

__all__ = ["Stored", "Texts"]

CONFIRMED_WITHIN = timedelta(days=7)
"""How long an application from outside waits for the confirmation of its address."""


def get(tx: Transaction, network: NetworkId, application: str, *, unconfirmed: bool = False) -> Stored:
    """Raises Refused `application-not-found` (404); for one whose address is not confirmed, too, as nobody but its
    applicant knows of it (`unconfirmed` True)."""
    stored = _known(tables.find(tx, network, entry.known(application, "application")))
    if stored.application.state is ApplicationState.UNCONFIRMED and not unconfirmed:
        raise entry.not_found("application")
    return stored


def page(tx: Transaction, network: NetworkId, before: str, most: int, *, unannounced: bool) -> list[Stored]:
    """The newest first; those that were never put to the members only with `unannounced`."""
    return tables.page(tx, network, before, most, unannounced=unannounced)


def waiting(tx: Transaction, network: NetworkId) -> list[Stored]:
    """Those in which the office has the next step."""
    return tables.waiting(tx, network)


def in_time(
    tx: Transaction, network: NetworkId, running: bool | None, before: tuple[datetime, str], most: int
) -> list[Stored]:
    """By arrival, the newest first, for the office's list of procedures."""
    return tables.in_time(tx, network, running, before, most)


def with_words(
    tx: Transaction, network: NetworkId, words: Sequence[str], before: str, most: int, *, unannounced: bool
) -> list[Stored]:
    """Those with all the folded words in name or field of work, the newest first."""
    return tables.with_words(tx, network, words, before, most, unannounced=unannounced)


def names(tx: Transaction, network: NetworkId, applications: Sequence[str]) -> dict[str, str]:
    """The applicants' names."""
    return tables.names(tx, network, applications)


def apply(
    tx: Transaction, network: NetworkId, body: NewApplication, now: datetime, enters: str | None
) -> tuple[Stored, str]:
    """A1. Gives the application and the applicant's key, of which only the hash is kept. `enters`: whoever enters it at
    the office; None: it comes from outside and is received only when its contact has confirmed its address.

    Raises Refused `no-will-to-cooperate`, `field-not-open`, `receipt-in-future`, `not-authorised` for a moment of
    receipt from outside, and what `entry` refuses.
    """
    if not body.will_to_cooperate:
        detail = "An application declares the will to cooperate; without it there is none."
        raise Refused("no-will-to-cooperate", detail, status=422, field="/will_to_cooperate")
    fields = charters.in_force(tx, network).charter.admission.fields
    if body.field_of_work not in fields:
        detail = "The charter admits these fields of work: {fields}."
        raise Refused("field-not-open", detail, status=422, field="/field_of_work", words={"fields": ", ".join(fields)})
    received_at = _received_at(body.received_at, now, enters)
    texts = Texts(
        name=entry.name(body.name, "/name"),
        field_of_work=body.field_of_work,
        address=entry.text(body.address, "/address", 500),
        contact=entry.person(body.contact, "/contact"),
        representative=entry.person(body.representative, "/representative"),
        deputy=entry.person(body.deputy, "/deputy"),
    )
    key, application = ids.secret(), Application(id=ApplicationId(ids.new("app")), network=network)
    fact: Fact = ApplicationReceived(network=network, application=application.id)
    if enters is None:
        lapses_at = now + CONFIRMED_WITHIN
        application = replace(application, state=ApplicationState.UNCONFIRMED, lapses_at=lapses_at)
        fact = ApplicationSubmitted(network=network, application=application.id, lapses_at=lapses_at)
    stored = Stored(application=application, texts=texts, key_hash=_hash(key), received_at=received_at, state_since=now)
    tables.add(tx, stored)
    journal.record(tx, network=network, record=application.id, facts=[fact], now=now, actor=enters or "applicant")
    return stored, key


def _received_at(said: datetime | None, now: datetime, enters: str | None) -> datetime:
    """On paper it reached the office before somebody enters it; from outside it comes with the request."""
    if said is None:
        return now
    if enters is None:
        detail = "Only the coordinating office says when an application reached it; leave out received_at."
        raise Refused("not-authorised", detail, status=403, field="/received_at")
    if said > now:
        raise Refused("receipt-in-future", "This moment has not come yet.", status=422, field="/received_at")
    return said


def confirm(tx: Transaction, network: NetworkId, application: str, at: datetime, now: datetime) -> None:
    """A1: the contact has confirmed its address: the application is received at that moment. Evidence is taken as it
    comes: of an application that is confirmed, or was erased, nothing changes."""
    stored = tables.find(tx, network, application)
    if stored is None or stored.application.state is not ApplicationState.UNCONFIRMED:
        return
    after = carry_out(tx, network, application, Confirm(at), now, "applicant")
    if after.state is ApplicationState.RECEIVED:
        tables.receive(tx, after.id, at)


def is_applicant(stored: Stored, key: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(_hash(key), stored.key_hash)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def decline(tx: Transaction, network: NetworkId, application: str, reason: str, now: datetime, actor: str) -> None:
    """A2: not complete, or not in the field."""
    written = entry.text(reason, "/reason")
    after = carry_out(tx, network, application, Decline(), now, actor)
    tables.write(tx, after.id, declined_because=written)


def announce(tx: Transaction, network: NetworkId, application: str, now: datetime, actor: str) -> BallotId:
    """A2, B3: opens the ballot with everyone who is a member now. Raises Refused `already-member`."""
    networks.lock(tx, network)
    stored = get(tx, network, application)
    if members.has_name(tx, network, stored.texts.name):
        raise Refused("already-member", "A member of this name exists already.")
    this = stored.application.id
    electors = members.present_ids(tx, network, now)
    ballot = ballots.open_ballot(tx, network, Subject.ADMISSION, this, electors, now, actor)
    carry_out(tx, network, this, Announce(ballot), now, actor)
    networks.begin(tx, network, now)
    return ballot


def welcome(tx: Transaction, network: NetworkId, application: str, now: datetime, actor: str) -> None:
    """A3: the office has signed; the time for the applicant's copy is the charter's, counted as every window is."""
    charter = charters.in_force(tx, network).charter
    terms, zone = charter.admission, charter.time.zone
    window = windows.window(now, charter, calendar(charter.time.region), days=terms.countersign_days)
    reminders = windows.nudges(now, terms.reminder_days, charter.reminders.last_morning, zone)
    command = Welcome(window.ends_at, [moment for moment in reminders if moment < window.ends_at])
    carry_out(tx, network, application, command, now, actor)


def countersign(
    tx: Transaction, network: NetworkId, application: str, received_at: datetime, now: datetime, actor: str,
    asked_at: datetime,
) -> None:  # fmt: skip
    """A4: the copy reached the office. The applicant is a member from that moment, with the people whom it named.
    `asked_at`: real time."""
    networks.lock(tx, network)
    command = Countersign(entry.moment(received_at, "/received_at"), MemberId(ids.new("mem")))
    after = carry_out(tx, network, application, command, now, actor)
    texts = get(tx, network, after.id).texts
    member = Member(
        id=command.member, network=network, name=texts.name, kind=texts.field_of_work, address=texts.address,
        joined_at=command.received_at, left_at=None, left_because=None, application=after.id,
    )  # fmt: skip
    people = {Role.REPRESENTATIVE: texts.representative, Role.DEPUTY: texts.deputy}
    members.admit(tx, member, people, now, actor, asked_at)
    members.issue_directory(tx, network, now, actor)


def withdraw(
    tx: Transaction, network: NetworkId, application: str, now: datetime, actor: str, *, applicant: bool = False
) -> None:
    """A6. An open ballot is cancelled; one that is decided by its facts stands, however late the closing runs (T4)."""
    networks.lock(tx, network)  # an announcement under way is waited for, so that its ballot is known
    stored = get(tx, network, application, unconfirmed=applicant)
    if stored.application.state is ApplicationState.ANNOUNCED and stored.application.ballot is not None:
        ballots.settle_or_cancel(tx, stored.application.ballot, "withdrawn", now, actor)
    carry_out(tx, network, application, Withdraw(), now, actor)


def carry_out(
    tx: Transaction,
    network: NetworkId,
    application: str,
    command: Command,
    now: datetime,
    actor: str,
) -> Application:
    """Loads under lock, decides, saves, records. Raises what `decide` raises."""
    stored = _known(tables.find(tx, network, entry.known(application, "application"), lock=True))
    before = stored.application
    facts = decide(before, command, now)
    after = before
    for fact in facts:
        after = evolve(after, fact, now)
    if any(isinstance(fact, ApplicationLapsed) for fact in facts):
        tables.erase(tx, after.id)
    elif after != before:
        tables.save(tx, after, now)
    _record(tx, after, facts, now, actor)
    return after


def _record(tx: Transaction, application: Application, facts: list[Fact], now: datetime, actor: str) -> None:
    """Who joined belongs to the network's record, where `members.admit` writes it."""
    own = [fact for fact in facts if not isinstance(fact, MemberJoined)]
    journal.record(tx, network=application.network, record=application.id, facts=own, now=now, actor=actor)


def _known(stored: Stored | None) -> Stored:
    if stored is None:
        raise entry.not_found("application")
    return stored


def conclude(tx: Transaction, closed: BallotClosed, now: datetime) -> None:
    """The ballot about an application has ended; runs in the closing's transaction."""
    command = Conclude(closed.outcome, closed.effective_at)
    carry_out(tx, closed.network, closed.subject_id, command, now, "ballot")


def _expire(tx: Transaction, application: str, now: datetime) -> None:
    network = tables.network_of(tx, application)
    if network is not None:
        carry_out(tx, network, application, Expire(), now, "deadline")


expiry = Deadline(name="applications", due=tables.due, carry_out=_expire)
"""A1, A4: the confirmation, or the copy, did not come in time."""
