"""Requests about resignations and exclusions. Every member sees every exclusion and its reason (L2)."""

from contracts.ids import NetworkId
from contracts.membership.ballots import BallotView
from contracts.membership.leaving import (
    ANNOUNCE_EXCLUSION,
    GET_EXCLUSION,
    LIST_EXCLUSIONS,
    RECORD_EXCLUSION_RECEIPT,
    REQUEST_EXCLUSION,
    RESIGN,
    WITHDRAW_EXCLUSION,
    AnnounceExclusion,
    ExclusionView,
    GetExclusion,
    ListExclusions,
    RecordExclusionReceipt,
    RequestExclusion,
    Resign,
    WithdrawExclusion,
)
from contracts.membership.members import MemberView
from contracts.request import Call, Page
from services.chassis import clock, paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority, entry
from services.membership.authority import Acting
from services.membership.ballots import views as ballots
from services.membership.leaving import handlers
from services.membership.leaving.handlers import Stored
from services.membership.members import requests as members
from services.membership.networks import handlers as networks

requests = Requests()


def view(stored: Stored) -> ExclusionView:
    found = stored.exclusion
    return ExclusionView(
        id=found.id, state=found.state, concerned=found.concerned, requested_by=found.requested_by,
        requested_at=stored.requested_at, reason=stored.reason, ballot=found.ballot, decided_at=found.decided_at,
        effective_at=found.effective_at,
    )  # fmt: skip


def _shown(tx: Transaction, network: NetworkId, exclusion: str) -> ExclusionView:
    return view(handlers.get(tx, network, exclusion))


def _office(tx: Transaction, call: Call, network: NetworkId, exclusion: str) -> Acting:
    """The office. Where the office itself is to be excluded an operator may act: it cannot sit the matter out."""
    who = authority.require_office(tx, call, network, or_operator=True)
    if not who.office and handlers.get(tx, network, exclusion).exclusion.concerned != networks.get(tx, network).office:
        raise authority.not_authorised("Only the coordinating office does this.")
    return who


@requests.answers(RESIGN)
def resign(tx: Transaction, call: Call, request: Resign) -> MemberView:
    """L1: the member itself declares it, or the office notes a declaration that reached it."""
    who = authority.in_person(tx, call, request.network)
    if not who.office and who.member != request.body.member:
        raise authority.not_authorised("A member resigns for itself; the office notes what it declared.")
    handlers.resign(tx, request.network, request.body.member, who.now, who.name)
    return members.one(tx, call, request.network, request.body.member)


@requests.answers(REQUEST_EXCLUSION)
def request_exclusion(tx: Transaction, call: Call, request: RequestExclusion) -> ExclusionView:
    who = authority.require_member(tx, call, request.network)
    return view(handlers.request(tx, request.network, request.body, who.member, who.now, who.name))


@requests.answers(LIST_EXCLUSIONS)
def list_exclusions(tx: Transaction, call: Call, request: ListExclusions) -> Page[ExclusionView]:
    authority.acting(tx, call, request.network)
    (before,) = paging.decode(request.paging.cursor, tuple[str]) or ("",)
    most = paging.limit(request.paging)
    rows = handlers.page(tx, request.network, before, most + 1)
    return paging.page(rows, most, view, lambda row: (row.exclusion.id,))


@requests.answers(GET_EXCLUSION)
def get_exclusion(tx: Transaction, call: Call, request: GetExclusion) -> ExclusionView:
    """Also by the link of the message to the member concerned, or of the ballot (N5)."""
    exclusion = entry.known(request.exclusion, "exclusion")
    ballot = handlers.ballot_of(tx, request.network, exclusion)
    authority.acting_by_link(tx, call, request.network, exclusion, ballot)
    return _shown(tx, request.network, exclusion)


@requests.answers(ANNOUNCE_EXCLUSION)
def announce_exclusion(tx: Transaction, call: Call, request: AnnounceExclusion) -> BallotView:
    who = _office(tx, call, request.network, request.exclusion)
    now = clock.moment(tx, request.network, call.at)
    ballot = handlers.announce(tx, request.network, request.exclusion, now, who.name)
    return ballots.show(tx, request.network, ballot, reader=who.member, language=call.locale, now=now)


@requests.answers(WITHDRAW_EXCLUSION)
def withdraw_exclusion(tx: Transaction, call: Call, request: WithdrawExclusion) -> ExclusionView:
    who = authority.require_member(tx, call, request.network)
    if handlers.get(tx, request.network, request.exclusion).exclusion.requested_by != who.member:
        raise authority.not_authorised("Only the member that asked for the exclusion withdraws it.")
    handlers.withdraw(tx, request.network, request.exclusion, who.now, who.name)
    return _shown(tx, request.network, request.exclusion)


@requests.answers(RECORD_EXCLUSION_RECEIPT)
def record_exclusion_receipt(tx: Transaction, call: Call, request: RecordExclusionReceipt) -> ExclusionView:
    who = _office(tx, call, request.network, request.exclusion)
    now = clock.moment(tx, request.network, call.at)
    handlers.record_receipt(tx, request.network, request.exclusion, request.body, now, who.name)
    return _shown(tx, request.network, request.exclusion)
