"""What members offer: searchable, with every earlier version (W3)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from contracts.ids import OfferId
from contracts.membership.profiles import GET_OFFER, LIST_OFFERS, GetOffer, ListOffers
from contracts.request import Paging, Refused
from tests.membership.door import OPERATOR, STRANGER, Bielefeld, Door, refused
from tests.membership.leaving.steps import resign
from tests.membership.profiles.steps import change, details, end, history, offer, offers, titles


async def test_an_offer_is_added_changed_and_ended(bielefeld: Bielefeld) -> None:
    added = await offer(bielefeld, 2, target_groups=["Frauen", "Familien"], capacity=12, languages=["Deutsch"])
    assert (added.version, added.member, added.since) == (1, bielefeld.members[2].id, bielefeld.now)
    assert added.member_name == bielefeld.members[2].name
    changed = await change(bielefeld, added, 2, capacity=14)
    assert (changed.id, changed.version, changed.details.capacity) == (added.id, 2, 14)
    get = GetOffer(network=bielefeld.id, offer=added.id)
    assert await bielefeld.door.ask(GET_OFFER, get, bielefeld.speaker(3)) == changed
    await end(bielefeld, changed, bielefeld.speaker(2))
    assert await offers(bielefeld) == []
    with refused("offer-not-found", 404):
        await bielefeld.door.ask(GET_OFFER, get, bielefeld.speaker(3))
    with refused("offer-not-found", 404):
        await end(bielefeld, changed, bielefeld.speaker(2))
    assert (await bielefeld.door.kinds(bielefeld.id))[-3:] == ["OfferChanged"] * 3


async def test_whoever_read_another_version_changes_nothing(bielefeld: Bielefeld) -> None:
    """G4."""
    added = await offer(bielefeld, 2)
    changed = await change(bielefeld, added, 2, capacity=1)
    with refused("edited-meanwhile", 412):
        await change(bielefeld, added, 2, capacity=2)
    with refused("edited-meanwhile", 412):
        await end(bielefeld, added, bielefeld.speaker(2))
    assert (await change(bielefeld, changed, 2, capacity=1)).version == 2
    edits = (change(bielefeld, changed, 2, capacity=places) for places in (5, 6))
    done = await asyncio.gather(*edits, return_exceptions=True)
    assert [each.slug for each in done if isinstance(each, Refused)] == ["edited-meanwhile"]


async def test_only_the_member_itself_and_the_office_change_offers(bielefeld: Bielefeld) -> None:
    added = await offer(bielefeld, 2)
    for by in (bielefeld.speaker(1), OPERATOR, STRANGER):
        for attempt in (offer(bielefeld, 2, by), change(bielefeld, added, 2, by), end(bielefeld, added, by)):
            with refused("not-authorised", 403):
                await attempt
    assert (await change(bielefeld, added, 2, bielefeld.office, area="Senne")).details.area == "Senne"
    await offer(bielefeld, 2, bielefeld.office)
    with refused("not-authorised", 403):
        await bielefeld.door.ask(LIST_OFFERS, ListOffers(network=bielefeld.id), STRANGER)


async def test_offers_of_a_day_are_shown_as_they_stood_at_its_end(door: Door) -> None:
    network = await Bielefeld.found(door)
    days = [network.now.date() + timedelta(days=count) for count in range(4)]
    first = await offer(network, 2, title="Tagesstätte")
    await network.pass_time(network.now + timedelta(days=1))
    second = await change(network, first, 2, title="Tagesstätte und Dusche")
    await network.pass_time(network.now + timedelta(days=1))
    await end(network, second, network.speaker(2))
    assert await titles(network, on=days[0]) == ["Tagesstätte"]
    assert await titles(network, on=days[1]) == ["Tagesstätte und Dusche"]
    assert await titles(network, on=days[2]) == []
    assert await titles(network, on=days[0] - timedelta(days=1)) == []
    with refused("day-in-future", 422):
        await titles(network, on=days[3])


async def test_a_member_that_leaves_offers_nothing_any_more(bielefeld: Bielefeld) -> None:
    """L3; what it offered stays on record."""
    await offer(bielefeld, 2, title="Kleiderkammer")
    await offer(bielefeld, 3, title="Suppenküche")
    yesterday = bielefeld.now.date()
    await bielefeld.pass_time(bielefeld.now + timedelta(days=1))
    await resign(bielefeld, 2)
    assert await titles(bielefeld) == ["Suppenküche"]
    assert await titles(bielefeld, on=yesterday) == ["Kleiderkammer", "Suppenküche"]
    assert "offer-ended" in [event.kind for event in (await history(bielefeld, 2)).items]


async def test_all_words_must_occur_in_whatever_field(bielefeld: Bielefeld) -> None:
    await offer(
        bielefeld, 2, title="Straßensozialarbeit", target_groups=["Mädchen"], area="Senne", languages=["Polnisch"],
        capacity=12,
    )  # fmt: skip
    for q in ("strassensozialarbeit", "STRASSEN senne", "straßen", "mädchen", "MAEDCHEN", "madchen", "polnisch senne",
              "12", ""):  # fmt: skip
        assert await titles(bielefeld, q=q) == ["Straßensozialarbeit"], q
    for q in ("senne münster", "%", "_", "'; DROP TABLE offers", "polnischsenne"):
        assert await titles(bielefeld, q=q) == [], q
    with refused("query-too-long", 422):
        await titles(bielefeld, q="a" * 101)


async def test_a_list_goes_on_where_it_ended_and_shows_one_member_alone(bielefeld: Bielefeld) -> None:
    for number, title in enumerate(("Äpfel", "apfel", "Birne", "Birne", "Zelt", "1. Hilfe")):
        await offer(bielefeld, 2 + number % 2, title=title)
    found: list[str] = []
    cursor: str | None = None
    while True:
        listing = ListOffers(network=bielefeld.id, paging=Paging(cursor=cursor, limit=2))
        page = await bielefeld.door.ask(LIST_OFFERS, listing, bielefeld.speaker(1))
        found += [each.details.title for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == ["1. Hilfe", "Äpfel", "apfel", "Birne", "Birne", "Zelt"]
    assert await titles(bielefeld, member=bielefeld.members[2].id) == ["Äpfel", "Birne", "Zelt"]
    with refused("member-not-found", 404):
        await titles(bielefeld, member="../x")


WRONG: list[tuple[str, str, dict[str, Any]]] = [
    ("text-empty", "/title", {"title": " "}),
    ("text-too-long", "/title", {"title": "a" * 501}),
    ("text-not-allowed", "/title", {"title": "a\r\nBcc: b"}),
    ("text-empty", "/service", {"service": ""}),
    ("text-not-allowed", "/contact", {"contact": "a\x1b[31m"}),
    ("too-many-entries", "/languages", {"languages": ["de"] * 31}),
    ("text-empty", "/target_groups/1", {"target_groups": ["Frauen", ""]}),
    ("capacity-out-of-range", "/capacity", {"capacity": -1}),
    ("capacity-out-of-range", "/capacity", {"capacity": 2**62}),
]


async def test_what_cannot_be_right_is_refused_with_the_place(bielefeld: Bielefeld) -> None:
    for slug, place, changes in WRONG:
        with pytest.raises(Refused) as caught:
            await offer(bielefeld, 2, **changes)
        assert (caught.value.slug, caught.value.problem.status, caught.value.problem.field) == (slug, 422, place)
    assert await offers(bielefeld) == []


async def test_long_and_strange_titles_are_kept_and_found(bielefeld: Bielefeld) -> None:
    """One character may fold to a sentence: the position in the list is cut, never the title."""
    title = "\ufdfa" * 500
    assert (await offer(bielefeld, 2, title=title)).details == details(title=title)
    assert await titles(bielefeld) == [title]


async def test_nothing_of_another_network_is_seen_or_changed(door: Door) -> None:
    here, there = await Bielefeld.found(door), await Bielefeld.found(door, "elsewhere")
    added = await offer(here, 2)
    assert await offers(there) == []
    for offer_id in (added.id, OfferId("off_unknown"), OfferId("\x00")):
        with refused("offer-not-found", 404):
            await door.ask(GET_OFFER, GetOffer(network=there.id, offer=offer_id), there.office)
    with refused("offer-not-found", 404):
        await change(there, added, 2)
