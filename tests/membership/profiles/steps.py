"""How tests of profiles edit, offer and look back, through membership's requests."""

from typing import Any

from contracts.membership.members import MemberView
from contracts.membership.profiles import (
    ADD_OFFER,
    EDIT_MEMBER,
    EDIT_OFFER,
    END_OFFER,
    GET_HISTORY,
    LIST_OFFERS,
    AddOffer,
    EditMember,
    EditOffer,
    EndOffer,
    GetHistory,
    ListOffers,
    MemberEvent,
    MemberProfile,
    OfferDetails,
    OfferView,
)
from contracts.request import Actor, Page, Paging
from tests.membership.door import Bielefeld


async def edit(
    network: Bielefeld, number: int, version: int = 1, by: Actor | None = None, **changes: Any
) -> MemberView:
    body = MemberProfile(**({"address": "Marktstraße 1, 33602 Bielefeld"} | changes))
    request = EditMember(network=network.id, member=network.members[number].id, version=version, body=body)
    return await network.door.ask(EDIT_MEMBER, request, by or network.speaker(number))


def details(title: str = "Wohnungsnotfallhilfe", **changes: Any) -> OfferDetails:
    return OfferDetails(**({"title": title, "service": "Beratung"} | changes))


async def offer(network: Bielefeld, number: int, by: Actor | None = None, **changes: Any) -> OfferView:
    request = AddOffer(network=network.id, member=network.members[number].id, body=details(**changes))
    return await network.door.ask(ADD_OFFER, request, by or network.speaker(number))


async def change(
    network: Bielefeld, before: OfferView, number: int, by: Actor | None = None, **changes: Any
) -> OfferView:
    version = changes.pop("version", before.version)
    request = EditOffer(network=network.id, offer=before.id, version=version, body=details(**changes))
    return await network.door.ask(EDIT_OFFER, request, by or network.speaker(number))


async def end(network: Bielefeld, before: OfferView, by: Actor, version: int | None = None) -> None:
    request = EndOffer(network=network.id, offer=before.id, version=version or before.version)
    await network.door.ask(END_OFFER, request, by)


async def offers(network: Bielefeld, **asked: Any) -> list[OfferView]:
    return (await network.door.ask(LIST_OFFERS, ListOffers(network=network.id, **asked), network.speaker(1))).items


async def titles(network: Bielefeld, **asked: Any) -> list[str]:
    return [each.details.title for each in await offers(network, **asked)]


async def history(
    network: Bielefeld, number: int, cursor: str | None = None, limit: int = 50, locale: str = "en"
) -> Page[MemberEvent]:
    request = GetHistory(
        network=network.id, member=network.members[number].id, paging=Paging(cursor=cursor, limit=limit)
    )
    return await network.door.ask(GET_HISTORY, request, network.speaker(1), locale=locale)
