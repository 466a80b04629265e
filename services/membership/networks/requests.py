"""Requests about networks. Each shows itself to operators and to those who may act in it, to nobody else."""

from datetime import datetime

from contracts.ids import NetworkId
from contracts.membership.networks import (
    ADVANCE_CLOCK,
    APPOINT_OFFICE,
    EXPORT_JOURNAL,
    FOUND_NETWORK,
    GET_NETWORK,
    LIST_NETWORKS,
    AdvanceClock,
    AppointOffice,
    ExportJournal,
    FoundNetwork,
    GetNetwork,
    JournalPart,
    ListNetworks,
    NetworkView,
)
from contracts.request import Call, Page, Refused
from services.chassis import clock, journal, paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority
from services.membership.ballots import handlers as ballots
from services.membership.members import handlers as members
from services.membership.networks import founding, handlers, office
from services.membership.networks.tables import Network

requests = Requests()

LONGEST_EXPORT = 1_000
"""Rows of the journal in one answer."""


def view(tx: Transaction, call: Call, network: Network) -> NetworkView:
    return shown(tx, network, clock.moment(tx, network.id, call.at))


def shown(tx: Transaction, network: Network, now: datetime) -> NetworkView:
    return NetworkView(
        id=network.id, name=network.name, time_zone=network.time_zone, region=network.region,
        languages=network.languages, charter_version=network.charter_version, office=network.office,
        sandbox=network.sandbox, clock=now, members=members.count(tx, network.id, now),
    )  # fmt: skip


@requests.answers(FOUND_NETWORK)
def found_network(tx: Transaction, call: Call, request: FoundNetwork) -> NetworkView:
    authority.require_operator(call)
    return view(tx, call, founding.carry_out(tx, request.body, call.at, "operator"))


@requests.answers(LIST_NETWORKS)
def list_networks(tx: Transaction, call: Call, request: ListNetworks) -> Page[NetworkView]:
    everything = authority.is_operator(authority.signed_in(call))
    known = [] if everything else authority.known_networks(tx, call)
    (after,) = paging.decode(request.paging.cursor, tuple[str]) or ("",)
    most = paging.limit(request.paging)
    if everything:
        rows = handlers.page(tx, after, most + 1)
    else:
        rows = [handlers.get(tx, network) for network in known if network > after][: most + 1]
    return paging.page(rows, most, lambda row: view(tx, call, row), lambda row: (row.id,))


@requests.answers(GET_NETWORK)
def get_network(tx: Transaction, call: Call, request: GetNetwork) -> NetworkView:
    who = authority.acting(tx, call, request.network)
    return shown(tx, who.network, who.now)


@requests.answers(ADVANCE_CLOCK)
def advance_clock(tx: Transaction, call: Call, request: AdvanceClock) -> NetworkView:
    who = authority.require_office(tx, call, request.network, or_operator=True, by_key=True)
    handlers.advance_clock(tx, request.network, request.body.moment, call.at, who.name)
    return view(tx, call, handlers.get(tx, request.network))


@requests.answers(APPOINT_OFFICE)
def appoint_office(tx: Transaction, call: Call, request: AppointOffice) -> NetworkView:
    """O1: the present office hands over; a vacant one is filled by an operator on the members' word (O2)."""
    row = handlers.lock(tx, _acting_in(tx, call, request.network))
    who = authority.in_person(tx, call, row.id)
    if not (who.office or (row.office is None and who.operator)):
        raise authority.not_authorised("The present office appoints its successor; an operator fills a vacant one.")
    member = members.present(tx, row.id, request.body.member, who.now, lock=True)
    office.give(tx, row.id, member.id, who.now, who.name)
    return view(tx, call, handlers.get(tx, row.id))


def _acting_in(tx: Transaction, call: Call, network: NetworkId) -> NetworkId:
    """Strangers take no lock."""
    authority.acting(tx, call, network)
    return network


@requests.answers(EXPORT_JOURNAL)
def export_journal(tx: Transaction, call: Call, request: ExportJournal) -> JournalPart:
    """B6. Facts hold ids, dates and numbers only, so the export needs no redaction.

    Records of secret ballots are left out whole until they are closed (B7); export from the start again to have them.
    """
    authority.require_office(tx, call, request.network, or_operator=True)
    if not 1 <= request.limit <= LONGEST_EXPORT:
        detail = "Ask for 1 to {most} rows."
        raise Refused("limit-out-of-range", detail, status=400, field="/limit", words={"most": LONGEST_EXPORT})
    if request.after < 0:
        raise Refused("cursor-malformed", "Give the `next` of the part before, or 0.", status=400, field="/after")
    rows = journal.entries(tx, network=request.network, after=request.after, limit=request.limit + 1)
    more = len(rows) > request.limit
    sealed = ballots.sealed(tx, request.network)
    shown = [row for row in rows[: request.limit] if row.record not in sealed]
    return JournalPart(entries=shown, next=rows[request.limit - 1].position if more else None)
