"""What a member says about itself in the directory, and what it said before (W3)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from contracts.membership.members import GET_MEMBER, LIST_MEMBERS, GetMember, ListMembers, MemberView
from contracts.membership.profiles import EDIT_MEMBER, EditMember, MemberProfile
from contracts.request import Refused
from tests.membership.door import OPERATOR, STRANGER, Bielefeld, Door, refused
from tests.membership.leaving.steps import resign
from tests.membership.profiles.steps import edit


async def seen(network: Bielefeld, number: int) -> MemberView:
    request = GetMember(network=network.id, member=network.members[number].id)
    return await network.door.ask(GET_MEMBER, request, network.speaker(1))


async def test_a_member_changes_its_profile_and_everybody_sees_it(bielefeld: Bielefeld) -> None:
    changes: dict[str, Any] = {
        "address": "Werner-Bock-Straße 1,\n33602 Bielefeld", "phone": "+49 521 / 123-45", "email": "haus@example.org",
        "website": "https://www.example.org/hilfe?a=b#c",
    }  # fmt: skip
    after = await edit(bielefeld, 2, **changes)
    assert after.version == 2
    view = await seen(bielefeld, 2)
    assert {field: getattr(view, field) for field in changes} == changes
    assert (await bielefeld.door.kinds(bielefeld.id))[-1] == "ProfileChanged"
    last = (await bielefeld.door.journal(bielefeld.id))[-1].body
    assert "Werner" not in last
    assert "example.org" not in last


async def test_the_same_profile_again_is_no_new_version(bielefeld: Bielefeld) -> None:
    assert (await edit(bielefeld, 2, phone="0521 51-0")).version == 2
    assert (await edit(bielefeld, 2, version=2, phone=" 0521 51-0 ")).version == 2
    assert (await bielefeld.door.kinds(bielefeld.id)).count("ProfileChanged") == 1


async def test_whoever_read_another_version_changes_nothing(bielefeld: Bielefeld) -> None:
    """G4."""
    await edit(bielefeld, 2, phone="0521 51-0")
    for version in (1, 3, 0, -1, 2**40):
        with refused("edited-meanwhile", 412):
            await edit(bielefeld, 2, version=version, phone="0521 51-1")
    assert (await seen(bielefeld, 2)).phone == "0521 51-0"


async def test_of_two_edits_at_once_one_is_told(bielefeld: Bielefeld) -> None:
    phones = ("0521 51-1", "0521 51-2")
    done = await asyncio.gather(*(edit(bielefeld, 2, phone=phone) for phone in phones), return_exceptions=True)
    told = [each for each in done if isinstance(each, Refused)]
    assert [each.slug for each in told] == ["edited-meanwhile"]
    assert (await seen(bielefeld, 2)).phone in phones


async def test_only_the_member_itself_and_the_office_change_it(bielefeld: Bielefeld) -> None:
    for by in (bielefeld.speaker(1), OPERATOR, STRANGER):
        with refused("not-authorised", 403):
            await edit(bielefeld, 2, by=by)
    request = EditMember(
        network=bielefeld.id, member=bielefeld.members[2].id, version=1, body=MemberProfile(address="x")
    )
    with refused("not-signed-in", 401):
        await bielefeld.door.ask(EDIT_MEMBER, request)
    assert (await edit(bielefeld, 2, by=bielefeld.office, phone="112")).version == 2


async def test_a_member_that_left_changes_nothing_any_more(bielefeld: Bielefeld) -> None:
    """L3."""
    await resign(bielefeld, 2)
    with refused("not-authorised", 403):
        await edit(bielefeld, 2)
    with refused("not-a-member"):
        await edit(bielefeld, 2, by=bielefeld.office)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("website-malformed", {"website": "http://example.org"}),
    ("website-malformed", {"website": "javascript:alert(1)"}),
    ("website-malformed", {"website": "https://"}),
    ("website-malformed", {"website": "https://localhost/"}),
    ("website-malformed", {"website": "https://192.168.0.1/"}),
    ("website-malformed", {"website": "https://[::1]/"}),
    ("website-malformed", {"website": "https://bank.example@evil.example/"}),
    ("website-malformed", {"website": "https://example.org:99999/"}),
    ("website-malformed", {"website": 'https://example.org/"onload=x'}),
    ("website-malformed", {"website": "https://example.org/\r\nSet-Cookie: a=b"}),
    ("website-malformed", {"website": "https://exämple.org/"}),
    ("website-malformed", {"website": "https://example.org/" + "a" * 500}),
    ("phone-malformed", {"phone": "call me"}),
    ("phone-malformed", {"phone": "0521\r\n112"}),
    ("phone-malformed", {"phone": "1" * 41}),
    ("phone-malformed", {"phone": "٠١٢٣٤٥"}),
    ("email-malformed", {"email": "a@example.org\r\nBcc: b@example.org"}),
    ("email-malformed", {"email": "a@example.org,b@example.org"}),
    ("text-not-allowed", {"address": "Markt\x00straße"}),
    ("text-not-allowed", {"address": "Markt\u202estraße"}),
    ("text-too-long", {"address": "a" * 501}),
]


async def test_what_cannot_be_right_is_refused_with_the_place(bielefeld: Bielefeld) -> None:
    for slug, changes in WRONG:
        [(field, value)] = changes.items()
        with pytest.raises(Refused) as caught:
            await edit(bielefeld, 2, **changes)
        problem = caught.value.problem
        assert (problem.slug, problem.status, problem.field) == (slug, 422, f"/{field}"), changes
        assert value == "https://" or value not in problem.detail
    assert (await seen(bielefeld, 2)).version == 1


async def test_plain_addresses_over_tls_are_taken(bielefeld: Bielefeld) -> None:
    websites = ("https://example.org", "https://xn--exmple-cua.org/%C3%A4", "https://a.b.example:8443/?q=1", "")
    for version, website in enumerate(websites, start=1):
        assert (await edit(bielefeld, 2, version=version, website=website)).website == website


async def test_the_directory_of_a_past_day_shows_what_the_member_said_then(door: Door) -> None:
    """W3. The first edit is of Monday, the second of Wednesday; Tuesday shows the first."""
    network = await Bielefeld.found(door)
    days = [network.now.date() + timedelta(days=count) for count in range(4)]
    await network.pass_time(network.now + timedelta(hours=1))
    await edit(network, 2, phone="0521 11")
    await network.pass_time(network.now + timedelta(days=2))
    await edit(network, 2, version=2, phone="0521 22", email="zwei@example.org")
    await network.pass_time(network.now + timedelta(days=1))

    async def phone(day: Any) -> tuple[str, str, int]:
        page = await door.ask(LIST_MEMBERS, ListMembers(network=network.id, on=day), network.office)
        member = next(each for each in page.items if each.id == network.members[2].id)
        return member.phone, member.email, member.version

    assert await phone(days[0]) == ("0521 11", "", 2)
    assert await phone(days[1]) == ("0521 11", "", 2)
    assert await phone(days[2]) == ("0521 22", "zwei@example.org", 3)
    assert await phone(None) == ("0521 22", "zwei@example.org", 3)
