"""What a reader sees of a ballot (B7, T6, T7)."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from contracts.ids import MemberId, NetworkId
from contracts.membership.ballots import BallotOpened, BallotView, ElectorView, Outage
from contracts.membership.windows import Window
from contracts.membership.words import Subject
from services.chassis.database import Transaction
from services.membership.admission import handlers as admission
from services.membership.ballots import handlers
from services.membership.ballots import tables_records as records
from services.membership.ballots.rules import (
    CHOICES,
    SILENCE,
    Ballot,
    Elector,
    elector_state,
    needed,
    tally,
)
from services.membership.ballots.settle import electorate
from services.membership.leaving import handlers as leaving
from services.membership.members import handlers as members
from services.membership.windows.words import speaker

Explain = Callable[[datetime], Window]


def show(
    tx: Transaction,
    network: NetworkId,
    ballot: str,
    *,
    reader: MemberId | None,
    office: bool = False,
    language: str,
    now: datetime,
) -> BallotView:
    """One ballot with every window explained in the reader's language. `reader`: the member that the reader acts for;
    None: nobody's votes are theirs. `office`: it reads the reasons of the answers that it sees. Raises Refused
    `ballot-not-found`."""
    found = handlers.get(tx, network, ballot)
    shown = view(tx, found, reader=reader, language=language, now=now)
    reasons = records.reasons(tx, found.opened.ballot)
    allowed = office and not handlers.is_sealed(found)
    return replace(
        shown,
        electors=[
            replace(elector, reason=reasons.get(elector.member)) if allowed or elector.member == reader else elector
            for elector in shown.electors
        ],
    )


def view(
    tx: Transaction,
    ballot: Ballot,
    *,
    reader: MemberId | None,
    language: str | None,
    now: datetime,
) -> BallotView:
    """`language` None: windows without their explanation, for lists."""
    opened = ballot.opened
    names = members.names(tx, opened.network, opened.electors)
    visible = not handlers.is_sealed(ballot)
    explain = handlers.windows_of(tx, ballot, speaker(language)) if language is not None else None
    at = ballot.closed.effective_at if ballot.closed else now
    counts = ballot.closed.tally if ballot.closed else tally(ballot, now)
    return BallotView(
        id=opened.ballot,
        motion=opened.motion,
        subject=opened.subject,
        subject_id=opened.subject_id,
        subject_name=_subject_name(tx, opened),
        threshold=opened.threshold,
        needed=needed(len(electorate(ballot, at)), opened.threshold),
        window_days=opened.window_days,
        charter_version=opened.charter_version,
        calendar_version=opened.calendar_version,
        secret=opened.secret,
        change_allowed=opened.change_allowed,
        opened_at=opened.opened_at,
        electors=[
            _elector(ballot, elector, names.get(elector.member, ""), visible or elector.member == reader, explain, now)
            for elector in ballot.electors.values()
        ],
        silence_means=SILENCE[opened.motion],
        choices=list(CHOICES[opened.motion]),
        tally=counts if visible else None,
        outcome=ballot.closed.outcome if ballot.closed else None,
        effective_at=_effective_at(ballot),
        cancelled=ballot.cancelled is not None,
        outages=[Outage(away_from=away_from, away_until=until) for away_from, until in ballot.outages],
    )


def _subject_name(tx: Transaction, opened: BallotOpened) -> str:
    """The applicant's name, or that of the member concerned."""
    if opened.subject is Subject.ADMISSION:
        return admission.get(tx, opened.network, opened.subject_id).texts.name
    concerned = leaving.get(tx, opened.network, opened.subject_id).exclusion.concerned
    return members.names(tx, opened.network, [concerned]).get(concerned, "")


def _effective_at(ballot: Ballot) -> datetime | None:
    over = ballot.closed or ballot.cancelled
    return over.effective_at if over else None


def _elector(
    ballot: Ballot, elector: Elector, name: str, visible: bool, explain: Explain | None, now: datetime
) -> ElectorView:
    vote = elector.vote if visible else None
    return ElectorView(
        member=elector.member,
        member_name=name,
        state=elector_state(ballot, elector, now),
        window=_window(elector, explain),
        evidence=elector.receipt.kind if elector.receipt else None,
        choice=vote.choice if vote else None,
        voted_at=vote.at if vote else None,
    )


def _window(elector: Elector, explain: Explain | None) -> Window | None:
    receipt = elector.receipt
    if receipt is None:
        return None
    if explain is not None:
        explained = explain(receipt.received_at)
        if explained.last_day == receipt.last_day:  # what is stored decides; another explanation explains nothing
            return explained
    return Window(received_at=receipt.received_at, last_day=receipt.last_day, ends_at=receipt.window_ends_at, steps=[])
