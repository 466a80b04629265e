"""What a reader sees of a ballot (B7, T6, T7)."""

from collections.abc import Mapping
from datetime import datetime

from contracts.ids import MemberId, NetworkId
from contracts.membership import BallotOpened, Subject
from contracts.membership_requests import BallotView, ElectorView, Window
from services.chassis.database import Transaction
from services.membership.admission import handlers as admission
from services.membership.ballots import handlers
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


def show(
    tx: Transaction, network: NetworkId, ballot: str, *, reader: MemberId | None, language: str, now: datetime
) -> BallotView:
    """One ballot with every window explained in the reader's language. `reader`: the member that the reader acts for;
    None: nobody's votes are theirs. Raises Refused `ballot-not-found`."""
    found = handlers.get(tx, network, ballot)
    return view(tx, found, reader=reader, language=language, now=now)


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
    visible = not opened.secret or ballot.closed is not None
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
            _elector(tx, ballot, elector, names, visible or elector.member == reader, language, now)
            for elector in ballot.electors.values()
        ],
        silence_means=SILENCE[opened.motion],
        choices=list(CHOICES[opened.motion]),
        tally=counts if visible else None,
        outcome=ballot.closed.outcome if ballot.closed else None,
        effective_at=_effective_at(ballot),
        cancelled=ballot.cancelled is not None,
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
    tx: Transaction,
    ballot: Ballot,
    elector: Elector,
    names: Mapping[MemberId, str],
    visible: bool,
    language: str | None,
    now: datetime,
) -> ElectorView:
    vote = elector.vote if visible else None
    return ElectorView(
        member=elector.member,
        member_name=names.get(elector.member, ""),
        state=elector_state(ballot, elector, now),
        window=_window(tx, ballot, elector, language),
        evidence=elector.receipt.kind if elector.receipt else None,
        choice=vote.choice if vote else None,
        voted_at=vote.at if vote else None,
    )


def _window(tx: Transaction, ballot: Ballot, elector: Elector, language: str | None) -> Window | None:
    receipt = elector.receipt
    if receipt is None:
        return None
    if language is not None:
        explained = handlers.window_of(tx, ballot, receipt.received_at, language)
        if (
            explained.last_day == receipt.last_day
        ):  # what is stored decides; an explanation that differs explains nothing
            return explained
    return Window(received_at=receipt.received_at, last_day=receipt.last_day, ends_at=receipt.window_ends_at, steps=[])
