"""What an API key opens, and from which instant on it opens nothing (G2, G3, L3)."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from contracts import membership
from contracts.ids import MemberId
from contracts.membership.access import FIND_KEY, FindKey, IssuedKey, Scope
from contracts.membership.admission import APPLY, ASK_APPLICANT, Apply, AskApplicant, Question
from contracts.membership.ballots import CAST_VOTE, LIST_BALLOTS, CastVote, ListBallots, Vote
from contracts.membership.members import GET_MEMBER, LIST_MEMBERS, WHO_AM_I, GetMember, ListMembers, WhoAmI
from contracts.membership.networks import (
    ADVANCE_CLOCK,
    GET_NETWORK,
    LIST_NETWORKS,
    LIST_TASKS,
    AdvanceClock,
    ClockSetting,
    GetNetwork,
    ListNetworks,
    ListTasks,
)
from contracts.membership.words import Choice, Role
from contracts.request import Actor, Method, Refused
from tests.contracts.examples import FOLDER
from tests.membership.access.steps import LATER, digest, holder, issue, revoke
from tests.membership.ballots.steps import announced
from tests.membership.door import ISSUER, OPERATOR, START, Bielefeld, Door, application, refused
from tests.membership.leaving.steps import resign
from tests.membership.members.steps import name

BY_KEY = {
    "ask-applicant", "record-answer", "decline-application", "record-countersignature", "record-receipt",
    "advance-clock",
}  # fmt: skip
"""Commands that a key may give: those whose routes have a scope. Every other one takes a person."""
WITHOUT_SIGN_IN = {"apply", "find-key"}


async def works(network: Bielefeld, by: Actor) -> None:
    await network.door.ask(LIST_MEMBERS, ListMembers(network=network.id), by)


async def test_a_members_key_reads_what_its_member_reads(bielefeld: Bielefeld) -> None:
    by = holder(await issue(bielefeld, bielefeld.speaker(2)))
    await works(bielefeld, by)
    await bielefeld.door.ask(GET_MEMBER, GetMember(network=bielefeld.id, member=bielefeld.members[4].id), by)
    await bielefeld.door.ask(LIST_BALLOTS, ListBallots(network=bielefeld.id), by)
    await bielefeld.door.ask(GET_NETWORK, GetNetwork(network=bielefeld.id), by)
    with refused("not-authorised", 403):
        await bielefeld.door.ask(LIST_TASKS, ListTasks(network=bielefeld.id), by)
    office = holder(await issue(bielefeld, bielefeld.office))
    await bielefeld.door.ask(LIST_TASKS, ListTasks(network=bielefeld.id), office)


async def test_a_key_is_told_what_it_stands_for(bielefeld: Bielefeld) -> None:
    shared = await issue(bielefeld, bielefeld.speaker(2, Role.DEPUTY))
    me = await bielefeld.door.ask(WHO_AM_I, WhoAmI(), holder(shared))
    (standing,) = me.standings
    assert (me.key, me.person, me.name, me.operator, me.language) == (shared.key.id, None, None, False, None)
    assert (standing.network, standing.member) == (bielefeld.id, bielefeld.members[2].id)
    assert (standing.member_name, standing.person) == (bielefeld.members[2].name, None)
    personal = await issue(bielefeld, bielefeld.speaker(2, Role.DEPUTY), personal=True)
    me = await bielefeld.door.ask(WHO_AM_I, WhoAmI(), holder(personal))
    assert (me.key, me.standings[0].role) == (personal.key.id, Role.DEPUTY)
    assert me.person == me.standings[0].person == personal.key.person


async def test_a_key_lists_its_own_network_alone(bielefeld: Bielefeld) -> None:
    await Bielefeld.found(bielefeld.door, "lippe")
    by = holder(await issue(bielefeld, bielefeld.speaker(2)))
    page = await bielefeld.door.ask(LIST_NETWORKS, ListNetworks(), by)
    assert [network.id for network in page.items] == [bielefeld.id]


async def test_a_key_opens_no_other_network(bielefeld: Bielefeld) -> None:
    """Whether or not the other one exists."""
    other = await Bielefeld.found(bielefeld.door, "lippe")
    by = holder(await issue(bielefeld, bielefeld.speaker(2)))
    for network in (other.id, "nowhere", "\x00"):
        with refused("not-authorised", 403):
            await other.door.ask(LIST_MEMBERS, ListMembers(network=network), by)  # type: ignore[arg-type] # or not


async def test_a_key_acts_for_its_own_member_alone(bielefeld: Bielefeld) -> None:
    issued = await issue(bielefeld, bielefeld.speaker(2))
    await works(bielefeld, Actor(issuer="key", subject=issued.key.id))
    with refused("not-authorised", 403):
        await works(bielefeld, Actor(issuer="key", subject=issued.key.id, member=bielefeld.members[0].id))


@pytest.mark.parametrize("made_up", ["key_00000000000000000000000000", "", "\x00", "operator", "x" * 500])
async def test_a_key_that_nobody_made_is_not_trusted(bielefeld: Bielefeld, made_up: str) -> None:
    """Whoever says it."""
    for member in (None, bielefeld.members[0].id):
        by = Actor(issuer="key", subject=made_up, member=member)
        for asking in (
            works(bielefeld, by),
            bielefeld.door.ask(WHO_AM_I, WhoAmI(), by),
            bielefeld.door.ask(LIST_NETWORKS, ListNetworks(), by),
        ):
            with refused("key-unknown", 401):
                await asking


async def test_a_sign_in_that_is_called_like_a_key_is_none(bielefeld: Bielefeld) -> None:
    """Token confusion: only the issuer `key` makes a key, and only `key`'s subject is one."""
    issued = await issue(bielefeld, bielefeld.speaker(2))
    for issuer in (ISSUER, "link", "service", "Key", "key "):
        with refused("link-not-enough" if issuer == "link" else "not-authorised", 403):
            await works(bielefeld, Actor(issuer=issuer, subject=issued.key.id, member=issued.key.member))
    with refused("key-unknown", 401):
        await works(bielefeld, Actor(issuer="key", subject=bielefeld.speaker(2).subject))


async def test_a_key_opens_nothing_from_the_instant_at_which_it_is_revoked_or_expires(bielefeld: Bielefeld) -> None:
    speaker = bielefeld.speaker(2)
    short = holder(await issue(bielefeld, speaker, expires_at=START + timedelta(hours=1)))
    revoked = await issue(bielefeld, speaker)
    await works(bielefeld, short)
    await revoke(bielefeld, speaker, revoked.key)
    with refused("key-unknown", 401):
        await works(bielefeld, holder(revoked))
    await bielefeld.pass_time(START + timedelta(hours=1))
    with refused("key-unknown", 401):
        await works(bielefeld, short)


@pytest.mark.parametrize("personal", [False, True])
async def test_a_key_opens_nothing_from_the_instant_at_which_its_member_leaves(
    bielefeld: Bielefeld, personal: bool
) -> None:
    """L3."""
    issued = await issue(bielefeld, bielefeld.speaker(2), personal=personal)
    await works(bielefeld, holder(issued))
    await resign(bielefeld, 2)
    with refused("not-authorised", 403):
        await works(bielefeld, holder(issued))
    with refused("not-authorised", 403):
        await bielefeld.door.ask(WHO_AM_I, WhoAmI(), holder(issued))


async def test_a_personal_key_ends_with_its_persons_function_and_a_members_key_outlives_it(
    bielefeld: Bielefeld,
) -> None:
    """O3: changes are dated."""
    speaker = bielefeld.speaker(2)
    personal, shared = await issue(bielefeld, speaker, personal=True), await issue(bielefeld, speaker)
    tomorrow = START + timedelta(days=1)
    await name(bielefeld, 2, bielefeld.office, Role.REPRESENTATIVE, subject="successor", since=tomorrow.date())
    await works(bielefeld, holder(personal))
    await bielefeld.pass_time(tomorrow)
    with refused("not-authorised", 403):
        await works(bielefeld, holder(personal))
    await works(bielefeld, holder(shared))


async def test_a_personal_key_stays_with_whoever_changes_from_one_function_to_the_other(bielefeld: Bielefeld) -> None:
    personal = await issue(bielefeld, bielefeld.speaker(2), personal=True)
    await name(bielefeld, 2, bielefeld.office, Role.REPRESENTATIVE, subject="successor")
    await name(bielefeld, 2, bielefeld.office, Role.DEPUTY, subject="bielefeld-representative-2")
    assert (await bielefeld.door.ask(WHO_AM_I, WhoAmI(), holder(personal))).standings[0].role is Role.DEPUTY


def example(method: Method[Any, Any], bielefeld: Bielefeld) -> bytes:
    """The recorded example of a request, put into the network; not by an applicant."""
    body = msgspec.json.decode((FOLDER / f"membership.{method.name}.v1.asked.json").read_bytes())
    body.pop("applicant_key", None)
    here = {"network": bielefeld.id, "member": bielefeld.members[2].id}
    return msgspec.json.encode(body | {name: value for name, value in here.items() if name in body})


COMMANDS = sorted(
    (each for feature in membership.FEATURES for each in vars(feature).values()
     if isinstance(each, Method) and each.writes and each.name not in BY_KEY | WITHOUT_SIGN_IN),
    key=lambda method: method.name,
)  # fmt: skip


@pytest.mark.parametrize("method", COMMANDS, ids=lambda method: method.name)
async def test_no_command_but_a_few_is_given_by_a_key(office_key: Actor, bielefeld: Bielefeld, method: Any) -> None:
    """A new command without a rule fails here. The office's key has the most rights that a key can have."""
    before = await bielefeld.door.journal()
    with pytest.raises(Refused) as caught:
        await bielefeld.door.ask(method, example(method, bielefeld), office_key)
    assert caught.value.slug in ("person-needed", "not-authorised"), caught.value.problem
    assert caught.value.problem.status == 403
    assert await bielefeld.door.journal() == before


@pytest.fixture
async def office_key(bielefeld: Bielefeld) -> Actor:
    return holder(await issue(bielefeld, bielefeld.office, scopes=list(Scope)))


async def test_a_key_never_votes(bielefeld: Bielefeld) -> None:
    """B4: a vote is cast by the representative or deputy. Nor does a personal key."""
    ballot = await announced(bielefeld)
    await bielefeld.receive(ballot, bielefeld.members[2].id)
    for personal in (False, True):
        by = holder(await issue(bielefeld, bielefeld.speaker(2), personal=personal, scopes=list(Scope)))
        with refused("person-needed", 403):
            request = CastVote(network=bielefeld.id, ballot=ballot.id, body=Vote(choice=Choice.OBJECT))
            await bielefeld.door.ask(CAST_VOTE, request, by)


async def test_the_offices_key_gives_the_commands_that_take_no_person(bielefeld: Bielefeld, office_key: Actor) -> None:
    """And the journal says that it was the key."""
    receipt = await bielefeld.door.ask(APPLY, Apply(network=bielefeld.id, body=application()), bielefeld.office)
    about = receipt.application.id
    request = AskApplicant(network=bielefeld.id, application=about, body=Question(question="Since when?"))
    await bielefeld.door.ask(ASK_APPLICANT, request, office_key)
    assert (await bielefeld.door.journal(about))[-1].actor == office_key.subject
    setting = ClockSetting(moment=START + timedelta(days=1))
    await bielefeld.door.ask(ADVANCE_CLOCK, AdvanceClock(network=bielefeld.id, body=setting), office_key)
    member = holder(await issue(bielefeld, bielefeld.speaker(2), scopes=list(Scope)))
    with refused("not-authorised", 403):
        await bielefeld.door.ask(ASK_APPLICANT, request, member)


async def test_a_key_is_never_an_operator(bielefeld: Bielefeld) -> None:
    """Not even when whoever runs the installation made it."""
    await name(bielefeld, 2, OPERATOR, Role.DEPUTY, subject=OPERATOR.subject)
    personal = await issue(bielefeld, OPERATOR, personal=True)
    me = await bielefeld.door.ask(WHO_AM_I, WhoAmI(), holder(personal))
    assert not me.operator
    with refused("not-authorised", 403):
        await bielefeld.door.ask(LIST_TASKS, ListTasks(network=bielefeld.id), holder(personal))


async def test_no_use_that_begins_after_a_revocation_succeeds(bielefeld: Bielefeld) -> None:
    """Uses and the revocation at once: each use either came before or is refused, and none is a fault."""
    speaker = bielefeld.speaker(2)
    issued = await issue(bielefeld, speaker)
    gone = asyncio.Event()

    async def use() -> bool:
        late = gone.is_set()
        try:
            await works(bielefeld, holder(issued))
        except Refused as refusal:
            assert refusal.slug == "key-unknown"  # noqa: PT017 - either this or nothing
            return True
        return not late

    async def end() -> bool:
        await revoke(bielefeld, speaker, issued.key)
        gone.set()
        return all(await asyncio.gather(*(use() for _ in range(5))))

    assert all(await asyncio.gather(*(use() for _ in range(10)), end(), *(use() for _ in range(10))))


async def test_a_gateway_that_remembers_a_key_opens_nothing_with_it(bielefeld: Bielefeld) -> None:
    """What FIND_KEY answered before says nothing about now."""
    issued: IssuedKey = await issue(bielefeld, bielefeld.speaker(2), expires_at=LATER)
    assert issued.secret is not None
    found = await bielefeld.door.ask(FIND_KEY, FindKey(digest=digest(issued.secret)))
    await revoke(bielefeld, bielefeld.speaker(2), issued.key)
    with refused("key-unknown", 401):
        await works(bielefeld, Actor(issuer="key", subject=found.id, member=MemberId(found.member)))


async def test_nobody_is_asked_who_they_are_without_sign_in(door: Door) -> None:
    with refused("not-signed-in", 401):
        await door.ask(LIST_NETWORKS, ListNetworks())
