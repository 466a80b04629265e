"""Evidence that a notice did, or did not, reach a member (T2, T3, T7). Pure.

What comes from a channel is never refused: it happened, and is kept. What the office records is checked.
"""

from datetime import datetime

from contracts.event import Fact
from contracts.ids import MemberId
from contracts.membership.ballots import (
    ElectorNotified,
    ElectorUndeliverable,
    EvidenceRecorded,
    ReceiptEstablished,
    ReceiptRefuted,
)
from contracts.membership.words import EvidenceKind
from contracts.request import Refused
from services.membership.ballots.state import Ballot, Elector, NoteNonReceipt, Notify, RecordEvidence
from services.membership.charter.rules import BY_OFFICE


def notified(ballot: Ballot, command: Notify) -> list[Fact]:
    """T7: for the first time, or again after a bounce."""
    elector = _present(ballot, command.member)
    if elector is None or ballot.over:
        return []
    again = elector.undeliverable_at is not None and command.at > elector.undeliverable_at
    if elector.notified_at is not None and not again:
        return []
    return [
        ElectorNotified(
            network=ballot.opened.network, ballot=ballot.opened.ballot, member=command.member, at=command.at
        )
    ]


def non_receipt(ballot: Ballot, command: NoteNonReceipt) -> list[Fact]:
    """T3. A bounce also takes back what only the acceptance of the same notice by a server had shown."""
    elector = _present(ballot, command.member)
    if elector is None or ballot.over:
        return []
    kind = ReceiptRefuted if _refutes(elector, command) else ElectorUndeliverable
    return [
        kind(
            network=ballot.opened.network,
            ballot=ballot.opened.ballot,
            member=command.member,
            at=command.at,
            notice=command.notice,
        )
    ]


def record_evidence(ballot: Ballot, command: RecordEvidence, now: datetime) -> list[Fact]:
    """The evidence and, where it is the first that counts, the receipt that it establishes (T1). Raises `Refused`
    for what the office records only."""
    elector = _present(ballot, command.member)
    if command.by_office:
        _check(ballot, elector, command, now)
    if elector is None:
        return []
    if command.by_office and elector.receipt is not None:
        return []  # the same again
    facts: list[Fact] = [_evidence(ballot, command)]
    if _establishes(ballot, elector, command):
        facts.append(_established(ballot, command))
    return facts


def _check(ballot: Ballot, elector: Elector | None, command: RecordEvidence, now: datetime) -> None:
    if elector is None:
        raise Refused("not-an-elector", "This member does not decide this ballot.", field="/member")
    if ballot.over:
        raise Refused("ballot-closed", "The ballot is over; a receipt changes nothing any more.")
    if command.kind not in BY_OFFICE:
        kinds = ", ".join(BY_OFFICE)
        detail = "The office can record: {kinds}."
        raise Refused("evidence-not-recordable", detail, status=422, field="/kind", words={"kinds": kinds})
    if command.at > now:
        raise Refused("receipt-in-future", "A receipt cannot lie in the future.", field="/received_at")
    if command.at < ballot.opened.opened_at:
        raise Refused(
            "receipt-before-announcement",
            "A receipt cannot lie before the announcement of the ballot.",
            field="/received_at",
        )
    known = elector.receipt
    if known is not None and (known.kind, known.received_at) != (command.kind, command.at):
        raise Refused(
            "receipt-already-recorded",
            "The receipt of this member is on record already, with another time or kind of evidence.",
            field="/received_at",
        )


def _establishes(ballot: Ballot, elector: Elector, command: RecordEvidence) -> bool:
    counts = command.kind in ballot.opened.counts_as_receipt
    return counts and elector.receipt is None and not ballot.over and command.at >= ballot.opened.opened_at


def _refutes(elector: Elector, command: NoteNonReceipt) -> bool:
    receipt = elector.receipt
    if receipt is None or receipt.kind is not EvidenceKind.ACCEPTED_BY_SERVER or elector.votes:
        return False
    return receipt.notice is not None and receipt.notice == command.notice


def _present(ballot: Ballot, member: MemberId) -> Elector | None:
    elector = ballot.electors.get(member)
    return elector if elector is not None and elector.dropped_at is None else None


def _evidence(ballot: Ballot, command: RecordEvidence) -> EvidenceRecorded:
    return EvidenceRecorded(
        network=ballot.opened.network,
        ballot=ballot.opened.ballot,
        member=command.member,
        kind=command.kind,
        at=command.at,
        notice=command.notice,
    )


def _established(ballot: Ballot, command: RecordEvidence) -> ReceiptEstablished:
    return ReceiptEstablished(
        network=ballot.opened.network,
        ballot=ballot.opened.ballot,
        member=command.member,
        kind=command.kind,
        received_at=command.at,
        last_day=command.last_day,
        window_ends_at=command.window_ends_at,
        reminders=list(command.reminders),
        notice=command.notice,
    )
