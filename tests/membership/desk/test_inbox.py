"""P3, B8: what needs the member's answer and by when, with what silence means; then what it waits for."""

from datetime import timedelta
from typing import Any

from contracts.membership.access import ISSUE_KEY, REVOKE_KEY, IssueKey, NewKey, RevokeKey, Scope
from contracts.membership.desk import LIST_INBOX, LIST_PROCEDURES, SEARCH, InboxItem, ListInbox, ListProcedures, Search
from contracts.membership.words import Choice, Motion, Role, Subject
from contracts.request import Actor, Paging
from services.chassis import paging
from tests.membership.admission.steps import announce, apply, withdraw
from tests.membership.door import OPERATOR, START, STRANGER, Bielefeld, Door, refused
from tests.membership.leaving import steps as leaving
from tests.membership.leaving.steps import ask_for, resign

HOUR = timedelta(hours=1)


async def inbox(network: Bielefeld, number: int, **asked: Any) -> list[InboxItem]:
    request = ListInbox(network=network.id, **asked)
    return (await network.door.ask(LIST_INBOX, request, network.speaker(number))).items


async def names(network: Bielefeld, number: int, **asked: Any) -> list[str]:
    return [item.subject_name for item in await inbox(network, number, **asked)]


async def test_it_is_sorted_by_the_end_of_the_window_and_what_has_none_comes_last(bielefeld: Bielefeld) -> None:
    """Of four ballots the third is received first, then the first; the others run without receipt."""
    ballots = []
    for name in ("A", "B", "C", "D"):
        ballots.append(await announce(bielefeld, await apply(bielefeld, f"Verein {name}")))
        await bielefeld.pass_time(bielefeld.now + HOUR)
    member = bielefeld.members[1].id
    await bielefeld.receive(ballots[2], member)
    await bielefeld.pass_time(bielefeld.now + timedelta(days=1))
    await bielefeld.receive(ballots[0], member)
    found = await inbox(bielefeld, 1)
    assert [item.subject_name for item in found] == ["Verein C", "Verein A", "Verein B", "Verein D"]
    assert [item.state for item in found] == ["answer", "answer", "confirm-receipt", "confirm-receipt"]
    assert found[0].window is not None
    assert found[0].window.steps == []
    assert found[2].window is None
    assert await names(bielefeld, 2) == ["Verein A", "Verein B", "Verein C", "Verein D"], "everybody has windows alone"


async def test_it_says_what_silence_means_and_what_the_question_is(bielefeld: Bielefeld) -> None:
    await announce(bielefeld, await apply(bielefeld))
    await leaving.announce(bielefeld, await ask_for(bielefeld, 3))
    admission, exclusion = await inbox(bielefeld, 1)
    assert (admission.motion, admission.subject) == (Motion.OBJECTION, Subject.ADMISSION)
    assert (admission.silence_means, admission.subject_name) == (Choice.NO_OBJECTION, "Wohnwerk e.V.")
    assert (exclusion.motion, exclusion.subject) == (Motion.APPROVAL, Subject.EXCLUSION)
    assert (exclusion.silence_means, exclusion.subject_name) == (Choice.REJECT, bielefeld.members[3].name)
    assert [item.subject for item in await inbox(bielefeld, 3)] == [Subject.ADMISSION], "B3: not on its own exclusion"


async def test_l2_the_message_of_its_exclusion_comes_first_until_it_is_received(bielefeld: Bielefeld) -> None:
    exclusion = await leaving.decided(bielefeld, 3, approvals=5)
    await announce(bielefeld, await apply(bielefeld))
    message, _ballot = await inbox(bielefeld, 3)
    assert (message.state, message.exclusion, message.ballot) == ("confirm-receipt", exclusion.id, exclusion.ballot)
    assert message.subject_name == bielefeld.members[3].name
    assert exclusion.decided_at is not None
    assert message.decided_at == exclusion.decided_at
    assert message.opened_at < exclusion.decided_at, "the ballot's own opening"
    assert (await inbox(bielefeld, 3, paging=Paging(limit=1)))[0] == message
    others = [*await inbox(bielefeld, 1), *await inbox(bielefeld, 3, waiting=True)]
    assert {item.exclusion for item in others} == {None}
    await leaving.record(bielefeld, exclusion)
    with refused("not-authorised", 403):
        await inbox(bielefeld, 3)


async def test_what_was_answered_moves_to_what_the_member_waits_for(bielefeld: Bielefeld) -> None:
    ballot = await announce(bielefeld, await apply(bielefeld))
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    assert await names(bielefeld, 1, waiting=True) == []
    await bielefeld.vote(ballot, 1, Choice.OBJECT)
    await bielefeld.vote(ballot, 1, Choice.NO_OBJECTION)
    assert await names(bielefeld, 1) == []
    (item,) = await inbox(bielefeld, 1, waiting=True)
    assert (item.state, item.choice, item.change_allowed) == ("answered", Choice.NO_OBJECTION, True)
    assert item.window is not None
    await bielefeld.pass_time(item.window.ends_at)
    (item,) = await inbox(bielefeld, 1, waiting=True)
    assert (item.state, item.choice) == ("closed", Choice.NO_OBJECTION)


async def test_whoever_was_silent_until_its_end_can_only_wait(bielefeld: Bielefeld) -> None:
    ballot = await announce(bielefeld, await apply(bielefeld))
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    (item,) = await inbox(bielefeld, 1)
    assert item.window is not None
    await bielefeld.pass_time(item.window.ends_at - timedelta(microseconds=1))
    assert [each.state for each in await inbox(bielefeld, 1)] == ["answer"]
    await bielefeld.pass_time(item.window.ends_at)
    assert await inbox(bielefeld, 1) == []
    assert [(each.state, each.choice) for each in await inbox(bielefeld, 1, waiting=True)] == [("closed", None)]


async def test_what_is_over_is_in_no_inbox(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    ballot = await announce(bielefeld, receipt)
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    await bielefeld.vote(ballot, 1, Choice.OBJECT)
    await withdraw(bielefeld, receipt)
    for number in (1, 2):
        assert await inbox(bielefeld, number) == []
        assert await inbox(bielefeld, number, waiting=True) == []


async def test_pages_of_it_hold_together(bielefeld: Bielefeld) -> None:
    for number in range(5):
        ballot = await announce(bielefeld, await apply(bielefeld, f"Verein {number}"))
        if number % 2:
            await bielefeld.receive(ballot, bielefeld.members[1].id)
    whole = await names(bielefeld, 1)
    found: list[str] = []
    cursor: str | None = None
    while True:
        request = ListInbox(network=bielefeld.id, paging=Paging(cursor=cursor, limit=2))
        page = await bielefeld.door.ask(LIST_INBOX, request, bielefeld.speaker(1))
        found += [item.subject_name for item in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == whole == ["Verein 1", "Verein 3", "Verein 0", "Verein 2", "Verein 4"]
    naive = paging.encode((START.replace(tzinfo=None), START, "x"))
    with refused("cursor-malformed", 400):
        await inbox(bielefeld, 1, paging=Paging(cursor=naive))


async def test_only_members_have_one_and_each_its_own(door: Door) -> None:
    """L3: also at the instant of leaving."""
    here, there = await Bielefeld.found(door), await Bielefeld.found(door, "elsewhere")
    await announce(here, await apply(here))
    for by in (OPERATOR, STRANGER, there.speaker(1)):
        with refused("not-authorised", 403):
            await door.ask(LIST_INBOX, ListInbox(network=here.id), by)
    with refused("not-signed-in", 401):
        await door.ask(LIST_INBOX, ListInbox(network=here.id))
    assert await inbox(there, 1) == []
    assert len(await inbox(here, 2)) == 1
    await resign(here, 2)
    with refused("not-authorised", 403):
        await inbox(here, 2)


async def test_a_members_key_reads_inbox_and_search_until_it_is_revoked(bielefeld: Bielefeld) -> None:
    """G2: as far as its member may; the office's key reads the procedures too."""
    await announce(bielefeld, await apply(bielefeld))
    door, keys = bielefeld.door, []
    for number in (0, 1):
        body = NewKey(label="portal", scopes=[Scope.PROCEDURES], expires_at=bielefeld.now + timedelta(days=30))
        by = bielefeld.speaker(number, Role.DEPUTY)
        issued = await door.ask(ISSUE_KEY, IssueKey(network=bielefeld.id, body=body), by)
        keys.append(Actor(issuer="key", subject=issued.key.id, member=issued.key.member))
    for key in keys:
        assert len((await door.ask(LIST_INBOX, ListInbox(network=bielefeld.id), key)).items) == 1
        found = (await door.ask(SEARCH, Search(network=bielefeld.id, q="Wohnwerk"), key)).items
        assert [hit.kind for hit in found] == ["application", "ballot"]
    assert len((await door.ask(LIST_PROCEDURES, ListProcedures(network=bielefeld.id), keys[0])).items) == 1
    with refused("not-authorised", 403):
        await door.ask(LIST_PROCEDURES, ListProcedures(network=bielefeld.id), keys[1])
    await door.ask(REVOKE_KEY, RevokeKey(network=bielefeld.id, key=issued.key.id), bielefeld.speaker(1))
    with refused("key-unknown", 401):
        await door.ask(LIST_INBOX, ListInbox(network=bielefeld.id), keys[1])
