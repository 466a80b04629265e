"""A member's history: what the network may know about it, newest first, in the reader's language (W3, O3)."""

from datetime import timedelta

from contracts.membership.networks import APPOINT_OFFICE, AppointOffice, OfficeHolder
from contracts.membership.profiles import GET_HISTORY, GetHistory, MemberEvent
from contracts.membership.words import Role
from contracts.request import Paging
from services.chassis import paging
from tests.membership.door import STRANGER, Bielefeld, refused
from tests.membership.leaving.steps import resign
from tests.membership.members.steps import name
from tests.membership.profiles.steps import change, edit, end, history, offer


async def lived(network: Bielefeld) -> list[MemberEvent]:
    """A life in the network of member 2, an event each hour, and its history."""
    hour = timedelta(hours=1)
    await network.pass_time(network.now + hour)
    await edit(network, 2, phone="0521 51-0", email="haus@example.org")
    await network.pass_time(network.now + hour)
    added = await offer(network, 2, title="Kleiderkammer")
    await network.pass_time(network.now + hour)
    changed = await change(network, added, 2, title="Kleiderkammer Mitte")
    await network.pass_time(network.now + hour)
    await end(network, changed, network.speaker(2))
    await network.pass_time(network.now + timedelta(days=1))
    await name(network, 2, network.speaker(2), name="Anna Köhler")
    holder = OfficeHolder(member=network.members[2].id)
    await network.door.ask(APPOINT_OFFICE, AppointOffice(network=network.id, body=holder), network.office)
    await network.pass_time(network.now + hour)
    holder = OfficeHolder(member=network.members[1].id)
    await network.door.ask(APPOINT_OFFICE, AppointOffice(network=network.id, body=holder), network.speaker(2))
    await network.pass_time(network.now + hour)
    await resign(network, 2)
    return (await history(network, 2)).items


async def test_the_history_tells_a_members_whole_life_newest_first(bielefeld: Bielefeld) -> None:
    events = await lived(bielefeld)
    assert [event.kind for event in events] == [
        "left", "office", "office", "representation", "offer-ended", "offer-edited", "offer-added", "profile",
        "representation", "representation", "joined",
    ]  # fmt: skip
    assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)
    assert [event.text for event in events][:8] == [
        "Left the network by resignation.",
        "Gave up the coordinating office.",
        "Took over the coordinating office.",
        "Anna Köhler became deputy.",
        "Offer ended: Kleiderkammer Mitte",
        "Offer changed: Kleiderkammer Mitte",
        "Offer added: Kleiderkammer",
        "Profile changed: address, telephone and e-mail",
    ]


async def test_it_is_told_in_the_readers_language(bielefeld: Bielefeld) -> None:
    await lived(bielefeld)
    english = [event.text for event in (await history(bielefeld, 2)).items]
    for locale in ("de", "nl", "da"):
        told = [event.text for event in (await history(bielefeld, 2, locale=locale)).items]
        assert len(told) == len(english)
        assert not set(told) & set(english), locale


async def test_pages_of_it_hold_together_also_where_the_clock_stands_still(bielefeld: Bielefeld) -> None:
    """In a sandbox many things happen at the same instant."""
    for version in range(1, 6):
        await edit(bielefeld, 2, version=version, phone=f"0521 51-{version}")
        changed = await change(bielefeld, await offer(bielefeld, 2, title=f"Angebot {version}"), 2, title="Neu")
        if version == 3:
            await bielefeld.pass_time(bielefeld.now + timedelta(hours=1))
        if version % 2:
            await end(bielefeld, changed, bielefeld.speaker(2))
    whole = (await history(bielefeld, 2, limit=200)).items
    assert len(whole) == 3 + 5 + 10 + 3
    for limit in (1, 2, 5):
        found: list[MemberEvent] = []
        cursor: str | None = None
        while True:
            page = await history(bielefeld, 2, cursor, limit)
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        assert found == whole


async def test_a_forged_cursor_is_refused_and_never_a_fault(bielefeld: Bielefeld) -> None:
    now = bielefeld.now
    for position in ((now, 3, "x"), (now, -5, ""), (now, 99, "~"), (now, 4, "a:b:c"), (now, 3, "9" * 10)):
        assert (await history(bielefeld, 2, paging.encode(position))).items is not None
    for forged in (paging.encode((now.replace(tzinfo=None), 3, "x")), paging.encode(("a", 1, "b")), "AAAA"):
        with refused("cursor-malformed", 400):
            await history(bielefeld, 2, forged)


async def test_the_history_is_the_networks_own(bielefeld: Bielefeld) -> None:
    request = GetHistory(network=bielefeld.id, member=bielefeld.members[2].id, paging=Paging(limit=1))
    with refused("not-authorised", 403):
        await bielefeld.door.ask(GET_HISTORY, request, STRANGER)
    await name(bielefeld, 2, bielefeld.office, Role.DEPUTY, since=bielefeld.now.date() + timedelta(days=9))
    kinds = [event.kind for event in (await history(bielefeld, 2)).items]
    assert kinds.count("representation") == 2, "what is planned has not happened"
