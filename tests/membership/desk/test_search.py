"""P9, G3: search finds what the asking person may read anyway, however it is spelt, and nothing else."""

import random
import unicodedata
from typing import Any

from contracts.membership.desk import SEARCH, Hit, Search
from contracts.request import Actor, Paging
from services.chassis import paging
from services.membership.folding import folded
from tests.membership.admission.steps import announce, apply, apply_from_outside
from tests.membership.door import OPERATOR, STRANGER, Bielefeld, Door, refused
from tests.membership.leaving import steps as leaving
from tests.membership.leaving.steps import ask_for, resign
from tests.membership.members.steps import name
from tests.membership.profiles.steps import end, offer


async def search(network: Bielefeld, q: str, by: Actor | None = None, **asked: Any) -> list[Hit]:
    request = Search(network=network.id, q=q, **asked)
    return (await network.door.ask(SEARCH, request, by or network.speaker(1))).items


async def kinds(network: Bielefeld, q: str, by: Actor | None = None) -> list[str]:
    return [hit.kind for hit in await search(network, q, by)]


def test_spellings_of_the_same_name_are_the_same() -> None:
    for same in (
        ("Köhler", "KÖHLER", "koehler", "Kohler", "Ko\u0308hler"),
        ("Straße", "STRASSE", "strasse"),
        ("Århus", "Aarhus", "AARHUS"),
        ("Bjørn", "bjoern", "BJORN"),
        ("Ærø", "aeroe"),
        ("Café  Zürich", "cafe zurich", "CAFE\u00a0ZUERICH"),
        ("ＷＯＨＮＥＮ", "wohnen", "wo\u00adhnen"),
        ("İstanbul", "istanbul"),
    ):
        assert len({folded(text) for text in same}) == 1, same
    assert folded("Bethel") != folded("Bethal")


def test_whatever_is_folded_has_neither_case_nor_marks_nor_what_nobody_sees() -> None:
    chance = random.Random(7)
    for _ in range(2_000):
        found = folded("".join(chr(chance.randrange(1, 0xD7FF)) for _ in range(12)))
        assert found == found.strip()
        assert not [c for c in found if unicodedata.category(c) in ("Mn", "Cc", "Cf")], found


async def test_every_kind_is_found_by_part_of_its_name(bielefeld: Bielefeld) -> None:
    """B3 of the members by compound words, too: German joins what others write apart."""
    assert [hit.title for hit in await search(bielefeld, "wohnungsBAU")] == ["Bielefelder Wohnungsbaugesellschaft"]
    assert [hit.title for hit in await search(bielefeld, "gesellschaft bielefelder")] == [
        "Bielefelder Wohnungsbaugesellschaft"
    ]
    await name(bielefeld, 2, bielefeld.office, name="Jörg Müller-Lüdenscheidt")
    (person,) = await search(bielefeld, "luedensch")
    assert (person.kind, person.title, person.member) == (
        "person", "Jörg Müller-Lüdenscheidt", bielefeld.members[2].id,
    )  # fmt: skip
    assert person.detail == bielefeld.members[2].name
    added = await offer(bielefeld, 3, title="Straßenambulanz")
    (hit,) = await search(bielefeld, "STRASSENAMBULANZ")
    assert (hit.kind, hit.id, hit.member) == ("offer", added.id, bielefeld.members[3].id)
    await announce(bielefeld, await apply(bielefeld, "Förderkreis Sennestadt"))
    assert await kinds(bielefeld, "foerderkreis") == ["application", "ballot"]
    await leaving.announce(bielefeld, await ask_for(bielefeld, 3))
    found = await kinds(bielefeld, bielefeld.members[3].name)
    assert {"member", "exclusion", "ballot"} <= set(found)


async def test_an_application_is_the_offices_until_it_is_announced(bielefeld: Bielefeld) -> None:
    """A2."""
    receipt = await apply(bielefeld, "Förderkreis")
    assert await kinds(bielefeld, "forderkreis", bielefeld.office) == ["application"]
    for by in (bielefeld.speaker(1), OPERATOR):
        assert await kinds(bielefeld, "forderkreis", by) == []
    await announce(bielefeld, receipt)
    for by in (bielefeld.speaker(1), OPERATOR, bielefeld.office):
        assert await kinds(bielefeld, "forderkreis", by) == ["application", "ballot"]
    await apply_from_outside(bielefeld, "Gegenverein")
    assert await kinds(bielefeld, "gegenverein", bielefeld.office) == []


async def test_texts_that_a_reader_may_not_see_are_not_searched(bielefeld: Bielefeld) -> None:
    """No addresses of people, no reasons, no questions."""
    await announce(bielefeld, await apply(bielefeld))
    await ask_for(bielefeld, 3)
    for q in ("contact@example.org", "example", "new-rep", "has broken", "Marktstraße"):
        assert await search(bielefeld, q, bielefeld.office) == [], q


async def test_who_left_and_what_ended_moves_or_vanishes(bielefeld: Bielefeld) -> None:
    """L3."""
    gone = bielefeld.members[2]
    await name(bielefeld, 2, bielefeld.office, name="Xaver Einzig")
    await offer(bielefeld, 2, title="Xylophonkurs")
    ended = await offer(bielefeld, 3, title="Xylothek")
    assert await kinds(bielefeld, "xy") == ["offer", "offer"]
    await end(bielefeld, ended, bielefeld.speaker(3))
    assert await kinds(bielefeld, "xaver") == ["person"]
    await resign(bielefeld, 2)
    assert await kinds(bielefeld, "xaver") == []
    assert await kinds(bielefeld, "xy") == []
    found = await search(bielefeld, gone.name)
    assert [(hit.kind, hit.id) for hit in found if hit.id == gone.id] == [("former-member", gone.id)]


async def test_only_who_has_a_function_today_is_found(bielefeld: Bielefeld) -> None:
    """O3."""
    await name(bielefeld, 2, bielefeld.office, name="Xaver Einzig", subject="xaver")
    await name(bielefeld, 2, bielefeld.office, name="Yvonne Nachfolg", subject="yvonne")
    assert await kinds(bielefeld, "xaver") == []
    assert await kinds(bielefeld, "yvonne") == ["person"]


async def test_a_search_has_two_to_a_hundred_characters(bielefeld: Bielefeld) -> None:
    for q in ("", "a", "  ", " a ", "\u200b\u200b", "\u0301\u0301"):
        with refused("query-too-short", 422):
            await search(bielefeld, q)
    with refused("query-too-long", 422):
        await search(bielefeld, "a" * 101)
    for q in ("%%", "__", "\\\\", "''", "a' OR '1'='1", "\x00\x00x", "\ud7ff\ud7ff", "*a"):
        assert await search(bielefeld, q) == [], q


async def test_pages_of_it_hold_together_across_the_kinds(bielefeld: Bielefeld) -> None:
    for number in range(3):
        await announce(bielefeld, await apply(bielefeld, f"Bielefelder Verein {number}"))
        await offer(bielefeld, 2, title=f"Bielefelder Angebot {number}")
    whole = await search(bielefeld, "bielefeld", paging=Paging(limit=200))
    assert len(whole) >= 12
    assert len({(hit.kind, hit.id) for hit in whole}) == len(whole)
    for limit in (1, 2, 5):
        found: list[Hit] = []
        cursor: str | None = None
        while True:
            request = Search(network=bielefeld.id, q="bielefeld", paging=Paging(cursor=cursor, limit=limit))
            page = await bielefeld.door.ask(SEARCH, request, bielefeld.speaker(1))
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        assert found == whole
    for position in ((99, "", ""), (-1, "x", "y"), (4, "~", "~")):
        await search(bielefeld, "bielefeld", paging=Paging(cursor=paging.encode(position)))


async def test_nothing_of_another_network_and_nothing_for_strangers(door: Door) -> None:
    here, there = await Bielefeld.found(door), await Bielefeld.found(door, "elsewhere")
    await offer(here, 2, title="Straßenambulanz")
    assert await search(there, "ambulanz") == []
    for by in (STRANGER, there.speaker(1)):
        with refused("not-authorised", 403):
            await search(here, "ambulanz", by)
