"""A member's own page: its profile, its offers with their history (W3, O3)."""

from datetime import date, datetime
from typing import ClassVar, Literal

from msgspec import Struct

from contracts.event import Fact
from contracts.ids import MemberId, NetworkId, OfferId
from contracts.membership.members import MemberView
from contracts.membership.words import SERVICE
from contracts.request import Body, Done, InNetwork, Method, Page, Paging


class ProfileChanged(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "member"
    event: ClassVar[str] = "profile-changed"
    network: NetworkId
    member: MemberId


class OfferChanged(Fact, frozen=True, kw_only=True):
    """W3: added, edited or ended."""

    entity: ClassVar[str] = "member"
    event: ClassVar[str] = "offer-changed"
    network: NetworkId
    member: MemberId
    offer: OfferId
    version: int
    ended: bool = False


class MemberProfile(Body, frozen=True, kw_only=True):
    address: str
    phone: str = ""
    email: str = ""
    """The organisation's own, as the directory shows it."""
    website: str = ""
    """https://…, or empty."""


class EditMember(InNetwork, frozen=True, kw_only=True):
    """By the member itself or the office. `version`: the one that was read (If-Match)."""

    member: MemberId
    version: int
    body: MemberProfile


class OfferDetails(Body, frozen=True, kw_only=True):
    """W3. Texts of at most 500 characters."""

    title: str
    service: str
    """What is done, in a word or two: Beratung, Notunterkunft, Straßensozialarbeit."""
    target_groups: list[str] = []
    capacity: int | None = None
    """Places."""
    area: str = ""
    opening_hours: str = ""
    languages: list[str] = []
    contact: str = ""


class OfferView(Struct, frozen=True, kw_only=True):
    id: OfferId
    member: MemberId
    member_name: str
    version: int
    since: datetime
    """When it was added."""
    details: OfferDetails


class ListOffers(InNetwork, frozen=True, kw_only=True):
    member: MemberId | None = None
    q: str | None = None
    """Words that must all occur, in any field."""
    on: date | None = None
    """As of the end of that day; None: now."""
    paging: Paging = Paging()


class GetOffer(InNetwork, frozen=True, kw_only=True):
    offer: OfferId


class AddOffer(InNetwork, frozen=True, kw_only=True):
    member: MemberId
    body: OfferDetails


class EditOffer(InNetwork, frozen=True, kw_only=True):
    offer: OfferId
    version: int
    body: OfferDetails


class EndOffer(InNetwork, frozen=True, kw_only=True):
    """It stays in the history."""

    offer: OfferId
    version: int


class MemberEvent(Struct, frozen=True, kw_only=True):
    """One line of a member's history (W3, O3)."""

    at: datetime
    kind: Literal[
        "joined", "left", "representation", "profile", "offer-added", "offer-edited", "offer-ended", "office",
    ]  # fmt: skip
    text: str
    """In the reader's language."""


class GetHistory(InNetwork, frozen=True, kw_only=True):
    """Newest first."""

    member: MemberId
    paging: Paging = Paging()


FACTS: tuple[type[Fact], ...] = (ProfileChanged, OfferChanged)

EDIT_MEMBER = Method(SERVICE, "edit-member", EditMember, MemberView, writes=True)
GET_HISTORY = Method(SERVICE, "get-history", GetHistory, Page[MemberEvent], writes=False)
LIST_OFFERS = Method(SERVICE, "list-offers", ListOffers, Page[OfferView], writes=False)
GET_OFFER = Method(SERVICE, "get-offer", GetOffer, OfferView, writes=False)
ADD_OFFER = Method(SERVICE, "add-offer", AddOffer, OfferView, writes=True)
EDIT_OFFER = Method(SERVICE, "edit-offer", EditOffer, OfferView, writes=True)
END_OFFER = Method(SERVICE, "end-offer", EndOffer, Done, writes=True)
