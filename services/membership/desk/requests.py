"""Requests of everyday work: all are read from what the other features keep, at the moment of asking."""

from datetime import datetime

from msgspec.structs import replace

from contracts.ids import BallotId
from contracts.membership.desk import (
    LIST_INBOX,
    LIST_MISSING_RECEIPTS,
    LIST_PROCEDURES,
    SEARCH,
    Hit,
    InboxItem,
    ListInbox,
    ListMissingReceipts,
    ListProcedures,
    MissingReceipt,
    Procedure,
    Search,
)
from contracts.request import Call, Page
from services.chassis import paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority, cursors, entry
from services.membership.ballots import handlers as ballots
from services.membership.desk import inbox, procedures, receipts, search

requests = Requests()


@requests.answers(LIST_INBOX)
def list_inbox(tx: Transaction, call: Call, request: ListInbox) -> Page[InboxItem]:
    """P3. For whoever acts for a member; an operator who is none has nothing to answer."""
    who = authority.acting(tx, call, request.network)
    if who.member is None:
        raise authority.not_authorised("Only members are asked; choose the member for which you act.")
    after = cursors.read(request.paging.cursor, tuple[datetime, datetime, str]) or ballots.START
    most = paging.limit(request.paging)
    found = ballots.inbox(
        tx, request.network, who.member, waiting=request.waiting, now=who.now, after=after, most=most + 1
    )
    items = inbox.items(tx, request.network, found, who.now)
    rows = list(zip(found, items, strict=True))
    page = paging.page(rows, most, lambda row: row[1], lambda row: row[0].position)
    if request.waiting or request.paging.cursor is not None:
        return page
    return replace(page, items=[*inbox.message(tx, request.network, who.member), *page.items])


@requests.answers(LIST_PROCEDURES)
def list_procedures(tx: Transaction, call: Call, request: ListProcedures) -> Page[Procedure]:
    """P7."""
    who = authority.require_office(tx, call, request.network, or_operator=True, by_key=True)
    position = cursors.read(request.paging.cursor, tuple[datetime, str, str]) or procedures.NEWEST
    most = paging.limit(request.paging)
    found = procedures.before(
        tx, request.network, running=request.running, kind=request.kind, position=position, now=who.now, most=most + 1
    )
    return paging.page(found, most, lambda begun: begun.procedure, lambda begun: begun.position)


@requests.answers(LIST_MISSING_RECEIPTS)
def list_missing_receipts(tx: Transaction, call: Call, request: ListMissingReceipts) -> Page[MissingReceipt]:
    """T2."""
    authority.require_office(tx, call, request.network, or_operator=True, by_key=True)
    ballot = None if request.ballot is None else BallotId(entry.known(request.ballot, "ballot"))
    after = cursors.read(request.paging.cursor, tuple[datetime, str, int]) or receipts.OLDEST
    most = paging.limit(request.paging)
    found = ballots.lacking(tx, request.network, ballot, after, most + 1)
    rows = list(zip(found, receipts.shown(tx, request.network, found), strict=True))
    return paging.page(rows, most, lambda row: row[1], lambda row: receipts.position(row[0]))


@requests.answers(SEARCH)
def find(tx: Transaction, call: Call, request: Search) -> Page[Hit]:
    """P9."""
    who = authority.acting(tx, call, request.network)
    question = search.Question(network=request.network, words=search.words(request.q), office=who.office, now=who.now)
    position = paging.decode(request.paging.cursor, tuple[int, str, str]) or (0, "", "")
    most = paging.limit(request.paging)
    found = search.after(tx, question, position, most + 1)
    return paging.page(found, most, lambda one: one.hit, lambda one: one.position)
