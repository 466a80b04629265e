"""API keys as people make, see and revoke them, and as the gateway finds them (G2)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.ids import ApiKeyId, NetworkId
from contracts.membership.access import (
    FIND_KEY,
    GET_KEY,
    ISSUE_KEY,
    LIST_KEYS,
    REVOKE_KEY,
    ClientIdentity,
    FindKey,
    GetKey,
    IssueKey,
    KeyView,
    ListKeys,
    RevokeKey,
    Scope,
)
from contracts.membership.words import Role
from contracts.request import Actor, Page, Paging, Refused
from services.chassis.database import Transaction
from services.chassis.schema import answers
from services.membership import authority
from services.membership.access.rules import MOST
from services.membership.access.tables import api_keys
from tests.membership.access.steps import LATER, digest, issue, revoke, wanted
from tests.membership.door import ISSUER, OPERATOR, START, STRANGER, Bielefeld, Door, refused
from tests.membership.leaving.steps import resign
from tests.membership.members.steps import name

MACHINE = ClientIdentity(issuer=ISSUER, subject="fachverfahren")


async def listed(network: Bielefeld, by: Actor, **paging: Any) -> Page[KeyView]:
    return await network.door.ask(LIST_KEYS, ListKeys(network=network.id, paging=Paging(**paging)), by)


async def stored(network: Bielefeld) -> str:
    """Every row of keys and of kept answers, as text."""

    def read(tx: Transaction) -> str:
        return "".join(str(tuple(row)) for table in (api_keys, answers) for row in tx.execute(table.select()))

    return await network.door.database.read(read)


async def test_a_secret_is_shown_once_and_only_its_digest_is_kept(bielefeld: Bielefeld) -> None:
    issued = await issue(bielefeld, bielefeld.speaker(2), scopes=[Scope.DIRECTORY, Scope.CHANGES], key="k-1")
    assert issued.secret is not None
    assert issued.secret.startswith("fnk_")
    assert len(issued.secret) == 4 + 43
    assert issued.secret.startswith(issued.key.hint)
    assert len(issued.key.hint) == 8
    rows = await stored(bielefeld)
    assert issued.secret not in rows
    assert digest(issued.secret) in rows
    assert issued.secret not in str(await bielefeld.door.journal())
    assert await bielefeld.door.kinds(issued.key.id) == ["KeyIssued"]
    assert issued.key.member == bielefeld.members[2].id
    assert (issued.key.person, issued.key.revoked_at, issued.key.expires_at) == (None, None, LATER)


async def test_a_repetition_never_shows_a_secret_again(bielefeld: Bielefeld) -> None:
    speaker = bielefeld.speaker(2)
    issued = await issue(bielefeld, speaker, key="k-1")
    with refused("answer-shown-once", 409):
        await issue(bielefeld, speaker, key="k-1")
    with refused("idempotency-key-reused", 422):
        await issue(bielefeld, speaker, label="Other", key="k-1")
    assert (await listed(bielefeld, speaker)).items == [issued.key]


async def test_the_gateway_finds_a_key_by_the_digest_of_its_secret(bielefeld: Bielefeld) -> None:
    issued = await issue(bielefeld, bielefeld.speaker(2), scopes=[Scope.CHANGES, Scope.DIRECTORY])
    assert issued.secret is not None
    found = await bielefeld.door.ask(FIND_KEY, FindKey(digest=digest(issued.secret)))
    assert (found.id, found.network, found.member) == (issued.key.id, bielefeld.id, bielefeld.members[2].id)
    assert (found.scopes, found.expires_at) == ([Scope.CHANGES, Scope.DIRECTORY], LATER)


@pytest.mark.parametrize("made_up", ["", "0" * 64, "\x00", "x" * 10_000, "' OR 1=1 --"])
async def test_a_digest_that_nobody_has_is_unknown(door: Door, made_up: str) -> None:
    with refused("key-unknown", 401):
        await door.ask(FIND_KEY, FindKey(digest=made_up))


async def test_the_gateway_asks_for_a_secret_or_a_machine_and_not_for_both(door: Door) -> None:
    for request in (FindKey(), FindKey(digest="0" * 64, client=MACHINE)):
        with refused("malformed", 400):
            await door.ask(FIND_KEY, request)


async def test_a_revoked_or_expired_key_is_unknown_from_that_instant_on(bielefeld: Bielefeld) -> None:
    speaker = bielefeld.speaker(2)
    short = await issue(bielefeld, speaker, expires_at=START + timedelta(hours=1))
    long = await issue(bielefeld, speaker)
    assert short.secret is not None
    assert long.secret is not None
    await bielefeld.pass_time(START + timedelta(hours=1) - timedelta(microseconds=1))
    await bielefeld.door.ask(FIND_KEY, FindKey(digest=digest(short.secret)))
    await bielefeld.pass_time(START + timedelta(hours=1))
    with refused("key-unknown", 401):
        await bielefeld.door.ask(FIND_KEY, FindKey(digest=digest(short.secret)))
    await revoke(bielefeld, speaker, long.key)
    with refused("key-unknown", 401):
        await bielefeld.door.ask(FIND_KEY, FindKey(digest=digest(long.secret)))


async def test_revoking_twice_is_harmless_and_recorded_once(bielefeld: Bielefeld) -> None:
    speaker = bielefeld.speaker(2)
    key = (await issue(bielefeld, speaker)).key
    first = await revoke(bielefeld, bielefeld.speaker(2, Role.DEPUTY), key)
    assert first == replace(key, revoked_at=START)
    await bielefeld.pass_time(START + timedelta(hours=1))
    assert await revoke(bielefeld, speaker, key) == first
    assert await bielefeld.door.kinds(key.id) == ["KeyIssued", "KeyRevoked"]


async def test_a_key_is_made_by_a_person_of_a_member(bielefeld: Bielefeld) -> None:
    for actor, slug in ((STRANGER, "not-authorised"), (OPERATOR, "not-authorised"), (None, "not-signed-in")):
        with refused(slug):
            await bielefeld.door.ask(ISSUE_KEY, IssueKey(network=bielefeld.id, body=wanted()), actor)


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"label": ""}, "text-empty"),
        ({"label": " \u200b "}, "text-empty"),
        ({"label": "x" * 81}, "text-too-long"),
        ({"label": "two\nlines"}, "text-not-allowed"),
        ({"scopes": []}, "scope-needed"),
        ({"expires_at": START}, "expiry-in-past"),
        ({"expires_at": START + timedelta(days=401)}, "expiry-too-late"),
        ({"expires_at": datetime(2026, 12, 24, 9)}, "time-without-zone"),  # noqa: DTZ001 - that is the point
        ({"client": ClientIdentity(issuer="key", subject="x")}, "sign-in-reserved"),
        ({"client": ClientIdentity(issuer="link", subject="x")}, "sign-in-reserved"),
        ({"client": ClientIdentity(issuer="service", subject="notifications")}, "sign-in-reserved"),
        ({"client": ClientIdentity(issuer=ISSUER, subject="a\x00b")}, "text-not-allowed"),
    ],
)
async def test_a_key_that_is_wrong_in_one_part_is_refused(bielefeld: Bielefeld, change: Any, slug: str) -> None:
    with refused(slug, 422):
        await issue(bielefeld, bielefeld.speaker(2), **change)
    assert (await listed(bielefeld, bielefeld.speaker(2))).items == []


async def test_members_see_their_own_keys_and_people_their_own_personal_ones(bielefeld: Bielefeld) -> None:
    first, deputy, other = bielefeld.speaker(2), bielefeld.speaker(2, Role.DEPUTY), bielefeld.speaker(3)
    shared = (await issue(bielefeld, first)).key
    personal = (await issue(bielefeld, first, personal=True)).key
    foreign = (await issue(bielefeld, other)).key
    assert (await listed(bielefeld, first)).items == [personal, shared]
    assert (await listed(bielefeld, deputy)).items == [shared]
    assert (await listed(bielefeld, other)).items == [foreign]
    for by, key in (
        (deputy, personal),
        (other, shared),
        (other, personal),
        (first, foreign),
        (bielefeld.office, shared),
    ):
        with refused("key-not-found", 404):
            await bielefeld.door.ask(GET_KEY, GetKey(network=bielefeld.id, key=key.id), by)
        with refused("key-not-found", 404):
            await revoke(bielefeld, by, key)
    assert await bielefeld.door.ask(GET_KEY, GetKey(network=bielefeld.id, key=shared.id), deputy) == shared


@pytest.mark.parametrize("made_up", ["key_00000000000000000000000000", "", "\x00", "x" * 200])
async def test_a_key_that_does_not_exist_is_not_found(bielefeld: Bielefeld, made_up: str) -> None:
    with refused("key-not-found", 404):
        await bielefeld.door.ask(GET_KEY, GetKey(network=bielefeld.id, key=ApiKeyId(made_up)), bielefeld.speaker(2))


async def test_a_key_of_another_network_is_not_found(bielefeld: Bielefeld) -> None:
    other = await Bielefeld.found(bielefeld.door, "lippe")
    key = (await issue(bielefeld, bielefeld.speaker(2))).key
    with refused("key-not-found", 404):
        await other.door.ask(GET_KEY, GetKey(network=other.id, key=key.id), other.speaker(2))
    with refused("not-authorised", 403):
        await other.door.ask(GET_KEY, GetKey(network=NetworkId("lippe"), key=key.id), bielefeld.speaker(2))


async def test_the_list_of_keys_comes_in_pages(bielefeld: Bielefeld) -> None:
    made = [(await issue(bielefeld, bielefeld.speaker(2), label=f"key {n}")).key for n in range(5)]
    page = await listed(bielefeld, bielefeld.speaker(2), limit=3)
    rest = await listed(bielefeld, bielefeld.speaker(2), limit=3, cursor=page.next)
    assert [*page.items, *rest.items] == made[::-1]
    assert rest.next is None


async def test_a_member_has_at_most_so_many_good_keys(bielefeld: Bielefeld) -> None:
    """Also when they are made at once. Revoked and expired ones make room; other members have their own."""
    speaker = bielefeld.speaker(2)
    for _ in range(MOST - 2):
        await issue(bielefeld, speaker, expires_at=START + timedelta(hours=1))
    outcomes = await asyncio.gather(*(issue(bielefeld, speaker) for _ in range(4)), return_exceptions=True)
    slugs = sorted(each.slug for each in outcomes if isinstance(each, Refused))
    assert slugs == ["too-many-keys", "too-many-keys"]
    await issue(bielefeld, bielefeld.speaker(3))
    made = next(each for each in outcomes if not isinstance(each, BaseException))
    await revoke(bielefeld, speaker, made.key)
    await issue(bielefeld, speaker)
    with refused("too-many-keys", 409):
        await issue(bielefeld, speaker)
    await bielefeld.pass_time(START + timedelta(hours=1))
    await issue(bielefeld, speaker)


async def test_a_machine_signs_in_instead_of_holding_a_secret(bielefeld: Bielefeld) -> None:
    """RFC 6749 § 4.4."""
    issued = await issue(bielefeld, bielefeld.speaker(2), client=MACHINE)
    assert (issued.secret, issued.key.hint, issued.key.client) == (None, "", MACHINE)
    found = await bielefeld.door.ask(FIND_KEY, FindKey(client=MACHINE))
    assert (found.id, found.member) == (issued.key.id, bielefeld.members[2].id)
    for other in (
        ClientIdentity(issuer="https://other.example", subject=MACHINE.subject),
        replace(MACHINE, subject="x\x00"),
    ):
        with refused("key-unknown", 401):
            await bielefeld.door.ask(FIND_KEY, FindKey(client=other))


async def test_a_machine_has_one_key_at_a_time(bielefeld: Bielefeld) -> None:
    """Also where two members want it at once, and across networks: it acts for one of them."""
    outcomes = await asyncio.gather(
        *(issue(bielefeld, bielefeld.speaker(number), client=MACHINE) for number in (1, 2, 3)), return_exceptions=True
    )
    assert sorted(each.slug for each in outcomes if isinstance(each, Refused)) == ["client-taken"] * 2
    number, made = next((n, each) for n, each in enumerate(outcomes, 1) if not isinstance(each, BaseException))
    with refused("client-taken", 409):
        await issue(bielefeld, bielefeld.speaker(number), client=MACHINE)
    await revoke(bielefeld, bielefeld.speaker(number), made.key)
    again = await issue(bielefeld, bielefeld.speaker(4), client=MACHINE, expires_at=START + timedelta(hours=1))
    assert (await bielefeld.door.ask(FIND_KEY, FindKey(client=MACHINE))).id == again.key.id
    await bielefeld.pass_time(START + timedelta(hours=1))
    last = await issue(bielefeld, bielefeld.speaker(5), client=MACHINE)
    assert (await bielefeld.door.ask(FIND_KEY, FindKey(client=MACHINE))).id == last.key.id
    assert await bielefeld.door.kinds(again.key.id) == ["KeyIssued", "KeyRevoked"]


async def test_nobody_locks_a_person_out_by_taking_its_sign_in_for_a_machine(bielefeld: Bielefeld) -> None:
    victim = bielefeld.speaker(3)
    for actor in (victim, OPERATOR, bielefeld.speaker(2)):
        with refused("client-is-a-person", 422):
            client = ClientIdentity(issuer=actor.issuer, subject=actor.subject)
            await issue(bielefeld, bielefeld.speaker(2), client=client)
    with refused("key-unknown", 401):
        client = ClientIdentity(issuer=victim.issuer, subject=victim.subject)
        await bielefeld.door.ask(FIND_KEY, FindKey(client=client))


async def test_a_sign_in_that_has_become_a_persons_is_no_machines_any_more(bielefeld: Bielefeld) -> None:
    await issue(bielefeld, bielefeld.speaker(2), client=MACHINE)
    await bielefeld.door.ask(FIND_KEY, FindKey(client=MACHINE))
    authority.appoint_operators({(MACHINE.issuer, MACHINE.subject)})  # each test's door appoints its own
    with refused("key-unknown", 401):
        await bielefeld.door.ask(FIND_KEY, FindKey(client=MACHINE))


async def test_nobody_locks_a_machine_out_by_naming_its_sign_in_for_a_person(bielefeld: Bielefeld) -> None:
    issued = await issue(bielefeld, bielefeld.speaker(2), client=MACHINE)
    with refused("sign-in-of-a-machine", 422):
        await name(bielefeld, 3, bielefeld.speaker(3), subject=MACHINE.subject)
    assert (await bielefeld.door.ask(FIND_KEY, FindKey(client=MACHINE))).id == issued.key.id


async def test_nobody_makes_keys_for_a_member_that_left(bielefeld: Bielefeld) -> None:
    """L3."""
    await resign(bielefeld, 2)
    with refused("not-authorised", 403):
        await issue(bielefeld, bielefeld.speaker(2))


async def test_revocations_at_once_are_recorded_once(bielefeld: Bielefeld) -> None:
    key = (await issue(bielefeld, bielefeld.speaker(2))).key
    request = RevokeKey(network=bielefeld.id, key=key.id)
    await asyncio.gather(*(bielefeld.door.ask(REVOKE_KEY, request, bielefeld.speaker(2)) for _ in range(8)))
    assert await bielefeld.door.kinds(key.id) == ["KeyIssued", "KeyRevoked"]
