"""Requests about profiles and offers. Everybody who may act in a network reads them; the member itself and the office
change them."""

from datetime import datetime

from contracts.ids import MemberId, NetworkId
from contracts.membership.members import MemberView
from contracts.membership.profiles import (
    ADD_OFFER,
    EDIT_MEMBER,
    EDIT_OFFER,
    END_OFFER,
    GET_HISTORY,
    GET_OFFER,
    LIST_OFFERS,
    AddOffer,
    EditMember,
    EditOffer,
    EndOffer,
    GetHistory,
    GetOffer,
    ListOffers,
    MemberEvent,
    OfferView,
)
from contracts.request import Call, Done, Page
from services.chassis import paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority, cursors
from services.membership.authority import Acting
from services.membership.members import handlers as members
from services.membership.members import requests as directory
from services.membership.profiles import handlers, history
from services.membership.profiles.handlers import Offer

requests = Requests()


def _view(offer: Offer, member_name: str) -> OfferView:
    return OfferView(
        id=offer.id, member=offer.member, member_name=member_name, version=offer.version, since=offer.added_at,
        details=offer.details,
    )  # fmt: skip


def _shown(tx: Transaction, offer: Offer) -> OfferView:
    return _view(offer, members.names(tx, offer.network, [offer.member])[offer.member])


def _may_change(tx: Transaction, call: Call, network: NetworkId, member: str) -> Acting:
    who = authority.in_person(tx, call, network)
    if not who.office and who.member != member:
        raise authority.not_authorised("Only the member itself or the coordinating office changes this.")
    return who


@requests.answers(EDIT_MEMBER)
def edit_member(tx: Transaction, call: Call, request: EditMember) -> MemberView:
    who = _may_change(tx, call, request.network, request.member)
    member = members.present(tx, request.network, request.member, who.now, lock=True)
    handlers.edit(tx, member, request.body, request.version, who.now, who.name)
    return directory.one(tx, call, request.network, member.id)


@requests.answers(GET_HISTORY)
def get_history(tx: Transaction, call: Call, request: GetHistory) -> Page[MemberEvent]:
    """Of a member, present or past; the newest first."""
    who = authority.acting(tx, call, request.network)
    member = members.get(tx, request.network, request.member)
    before = cursors.read(request.paging.cursor, tuple[datetime, int, str])
    most = paging.limit(request.paging)
    found = history.before(tx, who.network, member, before, who.now, most + 1)
    return paging.page(found, most, lambda event: history.told(event, call.locale), lambda event: event.position)


@requests.answers(LIST_OFFERS)
def list_offers(tx: Transaction, call: Call, request: ListOffers) -> Page[OfferView]:
    who = authority.acting(tx, call, request.network)
    after = paging.decode(request.paging.cursor, tuple[str, str]) or ("", "")
    most = paging.limit(request.paging)
    found = handlers.page(
        tx, request.network, member=request.member, q=request.q, on=request.on, now=who.now, after=after, most=most + 1
    )
    names = members.names(tx, request.network, {offer.member for offer in found})
    return paging.page(
        found, most, lambda offer: _view(offer, names[offer.member]), lambda offer: (offer.title_key, offer.id)
    )


@requests.answers(GET_OFFER)
def get_offer(tx: Transaction, call: Call, request: GetOffer) -> OfferView:
    authority.acting(tx, call, request.network)
    return _shown(tx, handlers.get(tx, request.network, request.offer))


@requests.answers(ADD_OFFER)
def add_offer(tx: Transaction, call: Call, request: AddOffer) -> OfferView:
    who = _may_change(tx, call, request.network, request.member)
    member = members.present(tx, request.network, request.member, who.now, lock=True)
    return _shown(tx, handlers.add(tx, member, request.body, who.now, who.name))


def _held(tx: Transaction, call: Call, network: NetworkId, offer: str) -> tuple[Acting, Offer]:
    """The offer under lock, for whoever may change it. The member is locked first: it may be leaving."""
    authority.in_person(tx, call, network)
    owner: MemberId = handlers.get(tx, network, offer).member
    who = _may_change(tx, call, network, owner)
    members.present(tx, network, owner, who.now, lock=True)
    return who, handlers.get(tx, network, offer, lock=True)


@requests.answers(EDIT_OFFER)
def edit_offer(tx: Transaction, call: Call, request: EditOffer) -> OfferView:
    who, offer = _held(tx, call, request.network, request.offer)
    return _shown(tx, handlers.edit_offer(tx, offer, request.body, request.version, who.now, who.name))


@requests.answers(END_OFFER)
def end_offer(tx: Transaction, call: Call, request: EndOffer) -> Done:
    who, offer = _held(tx, call, request.network, request.offer)
    handlers.end(tx, offer, request.version, who.now, who.name)
    return Done()
