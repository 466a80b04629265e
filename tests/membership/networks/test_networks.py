"""Networks, their office, their test clock and what waits for the office, on both databases."""

import asyncio
from datetime import timedelta

import pytest

from contracts.ids import ApplicationId, MemberId, NetworkId
from contracts.membership.admission import (
    ANNOUNCE_APPLICATION,
    APPLY,
    ASK_APPLICANT,
    AnnounceApplication,
    Apply,
    AskApplicant,
    Question,
)
from contracts.membership.leaving import REQUEST_EXCLUSION, NewExclusion, RequestExclusion
from contracts.membership.networks import (
    ADVANCE_CLOCK,
    APPOINT_OFFICE,
    EXPORT_JOURNAL,
    FOUND_NETWORK,
    GET_NETWORK,
    LIST_NETWORKS,
    LIST_TASKS,
    AdvanceClock,
    AppointOffice,
    ClockSetting,
    ExportJournal,
    FoundNetwork,
    GetNetwork,
    ListNetworks,
    ListTasks,
    NetworkView,
    NewNetwork,
    OfficeHolder,
)
from contracts.membership.words import Choice
from contracts.request import Actor, Paging, Refused
from services.chassis import journal
from tests.membership.door import CHARTER, OPERATOR, START, STRANGER, Bielefeld, Door, application, refused


async def found(door: Door, network: str = "lippe", by: Actor | None = OPERATOR, **changes: object) -> NetworkView:
    body = NewNetwork(**({"id": network, "charter": CHARTER} | changes))  # type: ignore[arg-type] # fields of a network
    return await door.ask(FOUND_NETWORK, FoundNetwork(body=body), by)


async def advance(network: Bielefeld, hours: float, by: Actor = OPERATOR) -> NetworkView:
    body = ClockSetting(moment=network.now + timedelta(hours=hours))
    return await network.door.ask(ADVANCE_CLOCK, AdvanceClock(network=network.id, body=body), by)


async def appoint(network: Bielefeld, number: int, by: Actor) -> NetworkView:
    body = OfficeHolder(member=network.members[number].id)
    return await network.door.ask(APPOINT_OFFICE, AppointOffice(network=network.id, body=body), by)


async def test_an_operator_founds_a_network_with_its_charter(door: Door) -> None:
    network = await found(door)
    assert (network.name, network.time_zone, network.region) == (
        "Netzwerk Wohnungslosenhilfe Bielefeld", "Europe/Berlin", "DE-NW",
    )  # fmt: skip
    assert (network.charter_version, network.office, network.sandbox, network.members) == (1, None, False, 0)
    assert network.clock == START
    assert await door.kinds("lippe") == ["NetworkFounded", "CharterAdopted"]


async def test_only_operators_found_networks(door: Door) -> None:
    with refused("not-signed-in", 401):
        await found(door, by=None)
    with refused("not-authorised", 403):
        await found(door, by=STRANGER)


@pytest.mark.parametrize(
    "name", ["", "a", "A1", "-a", "a-", "a.b", "a b", "a>", "a*", "bi\x00", "installation", "x" * 41, "ä1"]
)
async def test_a_network_that_cannot_be_a_subject_token_is_refused(door: Door, name: str) -> None:
    with refused("network-id-malformed", 422):
        await found(door, name)


async def test_a_network_is_founded_once_also_at_once(door: Door) -> None:
    outcomes = await asyncio.gather(*(found(door) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, NetworkView) for outcome in outcomes) == 1
    assert {outcome.slug for outcome in outcomes if isinstance(outcome, Refused)} == {"network-exists"}
    assert await door.kinds("lippe") == ["NetworkFounded", "CharterAdopted"]


async def test_a_malformed_charter_founds_nothing(door: Door) -> None:
    for text in ("", "name = 1", CHARTER.replace("14 ", "-3 "), CHARTER.replace('"bgb"', '"dk"')):
        with refused("charter-invalid", 422):
            await found(door, charter=text)
    with refused("network-not-found", 404):
        await door.ask(GET_NETWORK, GetNetwork(network=NetworkId("lippe")), OPERATOR)
    assert await door.journal() == []


async def test_only_a_sandbox_has_a_test_clock(door: Door) -> None:
    with refused("not-a-sandbox", 422):
        await found(door, clock=START)
    await found(door)
    body = ClockSetting(moment=START + timedelta(days=1))
    with refused("not-a-sandbox"):
        await door.ask(ADVANCE_CLOCK, AdvanceClock(network=NetworkId("lippe"), body=body), OPERATOR)


async def test_the_test_clock_goes_forward_only_and_says_so(bielefeld: Bielefeld) -> None:
    """G6."""
    view = await advance(bielefeld, 1, by=bielefeld.office)
    assert view.clock == START + timedelta(hours=1)
    await advance(bielefeld, 1)  # standing still is no step back
    with refused("clock-backwards"):
        await advance(bielefeld, 0.5)
    with refused("not-authorised", 403):
        await advance(bielefeld, 2, by=bielefeld.speaker(1))
    assert (await bielefeld.door.kinds(bielefeld.id)).count("TestClockAdvanced") == 3
    fact = (await bielefeld.door.journal(bielefeld.id))[-1]
    assert '"2026-11-23T10:00:00Z"' in fact.body


async def test_times_without_zone_or_beyond_the_calendar_are_refused(bielefeld: Bielefeld) -> None:
    times = {
        "2026-12-24T10:00:00": "time-without-zone",
        "9999-12-31T23:59:59-14:00": "time-out-of-range",
        "0001-01-01T00:00:00+14:00": "time-out-of-range",
    }
    for moment, slug in times.items():
        request = f'{{"network":"bielefeld","body":{{"moment":"{moment}"}}}}'.encode()
        with refused(slug, 422):
            await bielefeld.door.ask(ADVANCE_CLOCK, request, OPERATOR)


async def test_networks_show_themselves_to_those_who_may_act_in_them(bielefeld: Bielefeld) -> None:
    """Strangers cannot tell a network that they may not see from one that does not exist."""
    await found(bielefeld.door)
    for actor in (STRANGER, bielefeld.office):
        for network in ("lippe", "nowhere", "x" * 5000, "a\x00b"):
            with refused("not-authorised", 403):
                await bielefeld.door.ask(GET_NETWORK, GetNetwork(network=NetworkId(network)), actor)
    with refused("network-not-found", 404):
        await bielefeld.door.ask(GET_NETWORK, GetNetwork(network=NetworkId("nowhere")), OPERATOR)
    seen = {
        actor.subject: [n.id for n in (await bielefeld.door.ask(LIST_NETWORKS, ListNetworks(), actor)).items]
        for actor in (OPERATOR, bielefeld.speaker(3), STRANGER)
    }
    assert list(seen.values()) == [["bielefeld", "lippe"], ["bielefeld"], []]


async def test_lists_are_cut_at_cursors_that_nobody_makes_up(door: Door) -> None:
    for name in ("aa", "bb", "cc"):
        await found(door, name)
    first = await door.ask(LIST_NETWORKS, ListNetworks(paging=Paging(limit=2)), OPERATOR)
    rest = await door.ask(LIST_NETWORKS, ListNetworks(paging=Paging(cursor=first.next, limit=2)), OPERATOR)
    assert [n.id for n in (*first.items, *rest.items)] == ["aa", "bb", "cc"]
    assert rest.next is None
    for cursor in ("", "x", "ü", "WzFd", "bnVsbA", "WyJcdTAwMDAiXQ", "A" * 9000, "[" * 5000):
        with refused("cursor-malformed", 400):
            await door.ask(LIST_NETWORKS, ListNetworks(paging=Paging(cursor=cursor)), OPERATOR)
    for limit in (0, -1, 201, 10**12):
        with refused("limit-out-of-range", 400):
            await door.ask(LIST_NETWORKS, ListNetworks(paging=Paging(limit=limit)), OPERATOR)


async def test_the_office_hands_over_and_an_operator_fills_only_a_vacant_one(bielefeld: Bielefeld) -> None:
    """O1, L4."""
    for actor in (OPERATOR, bielefeld.speaker(1)):
        with refused("not-authorised", 403):
            await appoint(bielefeld, 1, by=actor)
    view = await appoint(bielefeld, 1, by=bielefeld.office)
    assert view.office == bielefeld.members[1].id
    with refused("not-authorised", 403):
        await appoint(bielefeld, 2, by=bielefeld.office)
    await appoint(bielefeld, 1, by=bielefeld.speaker(1))
    assert (await bielefeld.door.kinds(bielefeld.id)).count("OfficeAppointed") == 2
    with refused("member-not-found", 404):
        body = OfficeHolder(member=MemberId("mem_nobody"))
        await bielefeld.door.ask(APPOINT_OFFICE, AppointOffice(network=bielefeld.id, body=body), bielefeld.speaker(1))


async def test_two_handovers_at_once_leave_one_office(bielefeld: Bielefeld) -> None:
    outcomes = await asyncio.gather(
        *(appoint(bielefeld, number, by=bielefeld.office) for number in (1, 2)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1


async def test_tasks_come_from_state_and_vanish_when_done(bielefeld: Bielefeld) -> None:
    listing = ListTasks(network=bielefeld.id)
    assert (await bielefeld.door.ask(LIST_TASKS, listing, bielefeld.office)).items == []
    receipt = await bielefeld.door.ask(APPLY, Apply(network=bielefeld.id, body=application()), bielefeld.office)
    body = NewExclusion(member=bielefeld.members[5].id, reason="broken agreement")
    exclusion = await bielefeld.door.ask(
        REQUEST_EXCLUSION, RequestExclusion(network=bielefeld.id, body=body), bielefeld.speaker(1)
    )
    tasks = (await bielefeld.door.ask(LIST_TASKS, listing, bielefeld.office)).items
    assert {(task.kind, task.about) for task in tasks} == {
        ("check-application", receipt.application.id), ("announce-exclusion", exclusion.id),
    }  # fmt: skip
    first = await bielefeld.door.ask(
        LIST_TASKS, ListTasks(network=bielefeld.id, paging=Paging(limit=1)), bielefeld.office
    )
    rest = await bielefeld.door.ask(
        LIST_TASKS, ListTasks(network=bielefeld.id, paging=Paging(cursor=first.next)), bielefeld.office
    )
    assert [*first.items, *rest.items] == tasks
    asking = AskApplicant(
        network=bielefeld.id, application=ApplicationId(receipt.application.id), body=Question(question="Which area?")
    )
    await bielefeld.door.ask(ASK_APPLICANT, asking, bielefeld.office)
    tasks = (await bielefeld.door.ask(LIST_TASKS, listing, bielefeld.office)).items
    assert [task.kind for task in tasks] == ["announce-exclusion"]
    with refused("not-authorised", 403):
        await bielefeld.door.ask(LIST_TASKS, listing, bielefeld.speaker(1))


async def test_the_exported_journal_verifies_part_by_part(bielefeld: Bielefeld) -> None:
    """B6."""
    entries, after = [], 0
    while True:
        request = ExportJournal(network=bielefeld.id, after=after, limit=7)
        part = await bielefeld.door.ask(EXPORT_JOURNAL, request, bielefeld.office)
        entries += part.entries
        if part.next is None:
            break
        after = part.next
    assert entries == await bielefeld.door.journal()
    assert journal.verify(entries) == []
    with refused("not-authorised", 403):
        await bielefeld.door.ask(EXPORT_JOURNAL, ExportJournal(network=bielefeld.id), bielefeld.speaker(1))
    for limit in (0, 1001, -5):
        with refused("limit-out-of-range", 400):
            await bielefeld.door.ask(EXPORT_JOURNAL, ExportJournal(network=bielefeld.id, limit=limit), OPERATOR)
    for position in (-1, -(2**40)):
        with refused("cursor-malformed", 400):
            request = ExportJournal(network=bielefeld.id, after=position)
            await bielefeld.door.ask(EXPORT_JOURNAL, request, OPERATOR)


async def test_the_journal_of_a_secret_ballot_is_sealed_until_it_is_closed(door: Door) -> None:
    """B7: the office exports the journal, and is a member like others."""
    network = await Bielefeld.found(door, "secret", CHARTER.replace("secret = false", "secret = true"))
    receipt = await door.ask(APPLY, Apply(network=network.id, body=application()), network.office)
    request = AnnounceApplication(network=network.id, application=receipt.application.id)
    ballot = await door.ask(ANNOUNCE_APPLICATION, request, network.office)

    async def exported() -> list[str]:
        part = await door.ask(EXPORT_JOURNAL, ExportJournal(network=network.id), network.office)
        assert journal.verify(part.entries) == []
        return [entry.kind for entry in part.entries if entry.record == ballot.id]

    await network.receive(ballot, ballot.electors[1].member)
    await network.vote(ballot, 1, Choice.OBJECT)
    assert await exported() == []
    await network.decide(ballot, Choice.NO_OBJECTION, 1)
    assert "VoteCast" in await exported()
