"""Requests about ballots."""

from datetime import UTC, datetime

from contracts.membership.ballots import (
    CAST_VOTE,
    GET_BALLOT,
    GET_RECORD,
    LIST_BALLOTS,
    RECORD_RECEIPT,
    BallotView,
    CastVote,
    GetBallot,
    GetRecord,
    LateVoteRecorded,
    ListBallots,
    RecordExport,
    RecordReceipt,
    VoteReceipt,
)
from contracts.request import Call, Page, Problem, Refused
from services.chassis import journal, paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority, entry
from services.membership.ballots import handlers, tables, views
from services.membership.ballots import rules as ballots
from services.membership.ballots import tables_queries as queries

requests = Requests()

_NEWEST = (datetime(9000, 1, 1, tzinfo=UTC), "~")
_PART = 1_000


@requests.answers(LIST_BALLOTS)
def list_ballots(tx: Transaction, call: Call, request: ListBallots) -> Page[BallotView]:
    """The newest first; windows without their explanation."""
    who = authority.acting(tx, call, request.network)
    before = _position(request.paging.cursor)
    most = paging.limit(request.paging)
    rows = queries.page(tx, request.network, request.open, before, most + 1)
    return paging.page(
        rows,
        most,
        lambda row: views.view(tx, tables.assemble(tx, row), reader=who.member, language=None, now=who.now),
        lambda row: (row["opened_at"], row["id"]),
    )


def _position(cursor: str | None) -> tuple[datetime, str]:
    position = paging.decode(cursor, tuple[datetime, str])
    if position is None:
        return _NEWEST
    try:
        return entry.moment(position[0], "/cursor"), position[1]
    except Refused:
        detail = "This cursor does not belong to the list. Start without a cursor and follow `next`."
        raise Refused("cursor-malformed", detail, status=400, field="/cursor") from None


@requests.answers(GET_BALLOT)
def get_ballot(tx: Transaction, call: Call, request: GetBallot) -> BallotView:
    who = authority.acting_by_link(tx, call, request.network, request.ballot)
    ballot = entry.known(request.ballot, "ballot")
    return views.show(
        tx, request.network, ballot, reader=who.member, office=who.office, language=call.locale, now=who.now
    )


@requests.answers(CAST_VOTE)
def cast_vote(tx: Transaction, call: Call, request: CastVote) -> VoteReceipt | Problem:
    """B4, T5. A late vote is kept and answered with `vote-late`: the answer is a problem, the record stands."""
    who = authority.speaking(authority.acting_by_link(tx, call, request.network, request.ballot))
    reason = entry.text(request.body.reason, "/reason") if request.body.reason is not None else None
    command = ballots.CastVote(member=who.member, person=who.person, role=who.role, choice=request.body.choice)
    ballot = entry.known(request.ballot, "ballot")
    after, facts = handlers.carry_out(tx, request.network, ballot, command, who.now, actor=who.name, reason=reason)
    if any(isinstance(fact, LateVoteRecorded) for fact in facts):
        detail = "The window of your organisation had ended. Your vote is on record as late and is not counted."
        return Problem(slug="vote-late", detail=detail)
    elector = after.electors[who.member]
    ends = elector.receipt.window_ends_at if elector.receipt else None
    return VoteReceipt(
        ballot=after.opened.ballot,
        member=who.member,
        choice=request.body.choice,
        at=who.now,
        changeable_until=ends if after.opened.change_allowed and not after.over else None,
    )


@requests.answers(RECORD_RECEIPT)
def record_receipt(tx: Transaction, call: Call, request: RecordReceipt) -> BallotView:
    """T2: other evidence, recorded by the office with a reason."""
    who = authority.require_office(tx, call, request.network, by_key=True)
    ballot = entry.known(request.ballot, "ballot")
    handlers.record_evidence(
        tx,
        request.network,
        ballot,
        member=request.body.member,
        kind=request.body.kind,
        at=entry.moment(request.body.received_at, "/received_at"),
        now=who.now,
        by_office=True,
        actor=who.name,
        reason=entry.text(request.body.reason, "/reason"),
    )
    return views.show(
        tx, request.network, ballot, reader=who.member, office=who.office, language=call.locale, now=who.now
    )


@requests.answers(GET_RECORD)
def get_record(tx: Transaction, call: Call, request: GetRecord) -> RecordExport:
    """B6. Of a secret ballot only after its end (B7)."""
    authority.acting(tx, call, request.network)
    found = handlers.get(tx, request.network, entry.known(request.ballot, "ballot"))
    if handlers.is_sealed(found):
        raise Refused("record-sealed", "The votes are secret; the record can be read once the ballot is closed.")
    entries = journal.entries(tx, record=request.ballot, limit=_PART)
    while entries and len(entries) % _PART == 0:
        more = journal.entries(tx, record=request.ballot, after=entries[-1].position, limit=_PART)
        if not more:
            break
        entries += more
    return RecordExport(network=request.network, record=request.ballot, entries=entries)
