"""Resignation and exclusion, one transaction for each command. Locks: network, member, ballot, exclusion."""

from collections.abc import Sequence
from datetime import datetime

from contracts.ids import BallotId, ExclusionId, MemberId, NetworkId
from contracts.membership.ballots import BallotClosed
from contracts.membership.leaving import (
    ExclusionRequested,
    ExclusionState,
    NewExclusion,
    RecordedMessage,
    ResignationDeclared,
)
from contracts.membership.words import EvidenceKind, LeftBecause, Subject
from contracts.request import Refused
from services.chassis import ids, journal
from services.chassis.database import Transaction
from services.membership import entry
from services.membership.ballots import handlers as ballots
from services.membership.charter import handlers as charters
from services.membership.charter.rules import BY_OFFICE
from services.membership.leaving import tables
from services.membership.leaving.rules import (
    Announce,
    BecomeMoot,
    Command,
    Conclude,
    Exclusion,
    TakeEffect,
    Withdraw,
    decide,
    evolve,
)
from services.membership.leaving.tables import Stored
from services.membership.members import handlers as members
from services.membership.members.handlers import Member
from services.membership.networks import handlers as networks
from services.membership.profiles import handlers as profiles

__all__ = ["Stored"]


def get(tx: Transaction, network: NetworkId, exclusion: str) -> Stored:
    """Raises Refused `exclusion-not-found` (404)."""
    return _known(tables.find(tx, network, entry.known(exclusion, "exclusion")))


def concerning(tx: Transaction, network: NetworkId, member: MemberId) -> list[Stored]:
    """The running exclusions of one member: one at most."""
    return tables.concerning(tx, network, member)


def ballot_of(tx: Transaction, network: NetworkId, exclusion: str) -> BallotId | None:
    """The ballot about an exclusion; None also where there is no such exclusion."""
    found = tables.find(tx, network, exclusion)
    return found.exclusion.ballot if found else None


def page(tx: Transaction, network: NetworkId, before: str, most: int) -> list[Stored]:
    """The newest first."""
    return tables.page(tx, network, before, most)


def in_time(
    tx: Transaction, network: NetworkId, running: bool | None, before: tuple[datetime, str], most: int
) -> list[Stored]:
    """By the request's moment, the newest first, for the office's list of procedures."""
    return tables.in_time(tx, network, running, before, most)


def with_words(
    tx: Transaction, network: NetworkId, words: Sequence[str], before: str, most: int, *, announced: bool = False
) -> list[Stored]:
    """Those with all the folded words in the name of the member concerned, the newest first; with `announced` only
    those that were put to the members."""
    return tables.with_words(tx, network, words, before, most, announced=announced)


def concerned(tx: Transaction, network: NetworkId, exclusions: Sequence[str]) -> dict[str, MemberId]:
    """The members concerned."""
    return tables.concerned(tx, network, exclusions)


def waiting(tx: Transaction, network: NetworkId) -> list[Stored]:
    """Those in which the office has the next step."""
    return tables.waiting(tx, network)


def resign(tx: Transaction, network: NetworkId, member: str, now: datetime, actor: str) -> None:
    """L1, L4: ends the membership now. Raises Refused `not-a-member`, `holds-the-office`."""
    row = networks.lock(tx, network)
    leaving = members.present(tx, network, member, now, lock=True)
    if row.office == leaving.id:
        detail = "This member holds the coordinating office; appoint another office first."
        raise Refused("holds-the-office", detail)
    fact = ResignationDeclared(network=network, member=leaving.id, effective_at=now)
    journal.record(tx, network=network, record=network, facts=[fact], now=now, actor=actor)
    _leave(tx, leaving, now, LeftBecause.RESIGNED, now, actor)


def _leave(
    tx: Transaction, member: Member, effective_at: datetime, because: LeftBecause, now: datetime, actor: str
) -> None:
    """What every way of leaving brings along (L3, L4, B3, A5). The caller holds the network and the member."""
    members.end(tx, member, effective_at, because, now, actor)
    for stored in tables.concerning(tx, member.network, member.id):
        _become_moot(tx, stored.exclusion, now, actor)
    profiles.end_all(tx, member, effective_at, now, actor)
    ballots.drop_elector_everywhere(tx, member.network, member.id, effective_at, now, actor)
    networks.begin(tx, member.network, now)
    members.issue_directory(tx, member.network, now, actor)


def _become_moot(tx: Transaction, exclusion: Exclusion, now: datetime, actor: str) -> None:
    if exclusion.state is ExclusionState.ANNOUNCED and exclusion.ballot is not None:
        ballots.settle_or_cancel(tx, exclusion.ballot, "moot", now, actor)
    carry_out(tx, exclusion.network, exclusion.id, BecomeMoot(), now, actor)


def request(
    tx: Transaction, network: NetworkId, body: NewExclusion, requested_by: MemberId, now: datetime, actor: str
) -> Stored:
    """L2: a member asks. Raises Refused `own-exclusion`, `not-a-member`, `exclusion-already-running`."""
    reason = entry.text(body.reason, "/reason")
    if body.member == requested_by:
        detail = "Nobody asks for its own exclusion; a member that wants to leave resigns."
        raise Refused("own-exclusion", detail, status=422, field="/member")
    concerned = members.present(tx, network, body.member, now, lock=True)
    exclusion = Exclusion(
        id=ExclusionId(ids.new("exc")), network=network, concerned=concerned.id, requested_by=requested_by
    )
    stored = Stored(exclusion=exclusion, reason=reason, requested_at=now, state_since=now)
    if not tables.add(tx, stored, concerned.name):
        detail = "An exclusion of this member is running; wait for its end."
        raise Refused("exclusion-already-running", detail, field="/member")
    fact = ExclusionRequested(
        network=network, exclusion=exclusion.id, concerned=concerned.id, requested_by=requested_by
    )
    journal.record(tx, network=network, record=exclusion.id, facts=[fact], now=now, actor=actor)
    return stored


def announce(tx: Transaction, network: NetworkId, exclusion: str, now: datetime, actor: str) -> BallotId:
    """L2, B3: opens the ballot with every member but, where the charter says so, the one concerned."""
    networks.lock(tx, network)
    found = get(tx, network, exclusion).exclusion
    electors = members.present_ids(tx, network, now)
    if not charters.in_force(tx, network).charter.exclusion.concerned_votes:
        electors = [member for member in electors if member != found.concerned]
    ballot = ballots.open_ballot(tx, network, Subject.EXCLUSION, found.id, electors, now, actor)
    carry_out(tx, network, found.id, Announce(ballot), now, actor)
    networks.begin(tx, network, now)
    return ballot


def withdraw(tx: Transaction, network: NetworkId, exclusion: str, now: datetime, actor: str) -> None:
    """Before the ballot is decided; one that is decided by its facts stands, however late the closing runs (T4)."""
    networks.lock(tx, network)  # an announcement under way is waited for, so that its ballot is known
    found = get(tx, network, exclusion).exclusion
    if found.state is ExclusionState.ANNOUNCED and found.ballot is not None:
        ballots.settle_or_cancel(tx, found.ballot, "withdrawn", now, actor)
    carry_out(tx, network, exclusion, Withdraw(), now, actor)


def conclude(tx: Transaction, closed: BallotClosed, now: datetime) -> None:
    """The ballot about an exclusion has ended; runs in the closing's transaction."""
    command = Conclude(closed.outcome, closed.effective_at)
    carry_out(tx, closed.network, closed.subject_id, command, now, "ballot")


def record_receipt(
    tx: Transaction, network: NetworkId, exclusion: str, body: RecordedMessage, now: datetime, actor: str
) -> None:
    """T2, L2: the office records how the message reached the member concerned.

    Raises Refused `evidence-not-recordable`, `evidence-not-counted`, and what `decide` refuses.
    """
    reason = entry.text(body.reason, "/reason")
    received_at = entry.moment(body.received_at, "/received_at")
    if body.kind not in BY_OFFICE:
        kinds = ", ".join(BY_OFFICE)
        detail = "The office can record: {kinds}."
        raise Refused("evidence-not-recordable", detail, status=422, field="/kind", words={"kinds": kinds})
    if not counts(tx, network, body.kind):
        detail = "The charter does not take this kind of evidence for receipt."
        raise Refused("evidence-not-counted", detail, status=422, field="/kind")
    take_effect(tx, network, exclusion, received_at, now, actor)
    tables.note_receipt(tx, exclusion, reason)


def counts(tx: Transaction, network: NetworkId, kind: EvidenceKind) -> bool:
    """T3: whether the charter in force takes this kind of evidence for receipt."""
    return kind in charters.in_force(tx, network).charter.receipt.counts


def take_effect(
    tx: Transaction, network: NetworkId, exclusion: str, received_at: datetime, now: datetime, actor: str
) -> None:
    """L2: the message was received; membership ended at that moment."""
    networks.lock(tx, network)
    concerned = get(tx, network, exclusion).exclusion.concerned
    member = members.get(tx, network, concerned)
    carry_out(tx, network, exclusion, TakeEffect(received_at), now, actor)
    _leave(tx, member, received_at, LeftBecause.EXCLUDED, now, actor)


def carry_out(
    tx: Transaction, network: NetworkId, exclusion: str, command: Command, now: datetime, actor: str
) -> Exclusion:
    """Loads under lock, decides, saves, records. Raises what `decide` raises."""
    before = _known(tables.find(tx, network, entry.known(exclusion, "exclusion"), lock=True)).exclusion
    facts = decide(before, command, now)
    after = before
    for fact in facts:
        after = evolve(after, fact)
    if after != before:
        tables.save(tx, after, now)
    journal.record(tx, network=network, record=after.id, facts=facts, now=now, actor=actor)
    return after


def _known(stored: Stored | None) -> Stored:
    if stored is None:
        raise entry.not_found("exclusion")
    return stored
