"""Who sees what of a ballot (B7), and what a ballot keeps (B8), through membership's requests on both databases."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from contracts.ids import BallotId
from contracts.membership.ballots import (
    CAST_VOTE,
    GET_BALLOT,
    GET_RECORD,
    LIST_BALLOTS,
    BallotView,
    CastVote,
    GetBallot,
    GetRecord,
    ListBallots,
    Vote,
)
from contracts.membership.networks import ADOPT_CHARTER, AdoptCharter, CharterText
from contracts.membership.words import Choice, Role
from contracts.request import Paging
from services.chassis import paging
from services.membership.ballots import handlers
from services.membership.windows import calendars
from services.membership.windows.rules import Calendar
from tests.membership.ballots.steps import announced, of, receive_all, seen
from tests.membership.door import CHARTER, OPERATOR, START, STRANGER, Bielefeld, Door, refused


@pytest_asyncio.fixture
async def ballot(bielefeld: Bielefeld) -> BallotView:
    return await announced(bielefeld)


async def test_strangers_and_other_networks_learn_nothing_of_a_ballot(
    bielefeld: Bielefeld, ballot: BallotView, door: Door
) -> None:
    herford = await Bielefeld.found(door, "herford")
    with refused("ballot-not-found", 404):
        await seen(herford, ballot)
    with refused("not-authorised", 403):
        await seen(bielefeld, ballot, herford.office)
    with refused("not-authorised", 403):
        await seen(bielefeld, ballot, STRANGER)
    page = await door.ask(LIST_BALLOTS, ListBallots(network=herford.id), herford.office)
    assert page.items == []


async def test_lists_are_cut_at_a_cursor_and_tell_open_ones_from_the_rest(bielefeld: Bielefeld) -> None:
    made = [await announced(bielefeld, f"Verein {number}") for number in range(5)]
    await receive_all(bielefeld, made[0])
    await bielefeld.pass_time(START + timedelta(days=20))

    async def listed(**only: Any) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            request = ListBallots(network=bielefeld.id, paging=Paging(limit=2, cursor=cursor), **only)
            page = await bielefeld.door.ask(LIST_BALLOTS, request, bielefeld.speaker(4))
            found += [view.subject_name for view in page.items]
            cursor = page.next
            if cursor is None:
                return found

    assert sorted(await listed()) == [f"Verein {number}" for number in range(5)]
    assert await listed(open=False) == ["Verein 0"]
    assert sorted(await listed(open=True)) == [f"Verein {number}" for number in range(1, 5)]
    for cursor in ("x", "W10", "WyIyMDI2IiwieCJd", paging.encode(("2026-01-01T00:00:00", "x"))):
        with refused("cursor-malformed", 400):
            request = ListBallots(network=bielefeld.id, paging=Paging(cursor=cursor))
            await bielefeld.door.ask(LIST_BALLOTS, request, bielefeld.office)


@pytest.mark.parametrize("name", ["nothing", "", "x" * 500, "a/b", "bal_\x00"])
async def test_an_unknown_ballot_is_not_found(bielefeld: Bielefeld, name: str) -> None:
    with refused("ballot-not-found", 404):
        await bielefeld.door.ask(GET_BALLOT, GetBallot(network=bielefeld.id, ballot=BallotId(name)), bielefeld.office)
    with refused("ballot-not-found", 404):
        await bielefeld.door.ask(GET_RECORD, GetRecord(network=bielefeld.id, ballot=BallotId(name)), bielefeld.office)


async def test_b7_a_reason_is_read_by_its_member_and_the_office_and_in_no_list(
    bielefeld: Bielefeld, ballot: BallotView
) -> None:
    await receive_all(bielefeld, ballot)
    await because(bielefeld, ballot, 1, "too far away")
    for reader in (bielefeld.speaker(1), bielefeld.speaker(1, Role.DEPUTY), bielefeld.office):
        assert of(await seen(bielefeld, ballot, reader), 1, bielefeld).reason == "too far away"
    for reader in (bielefeld.speaker(2), OPERATOR):
        assert {elector.reason for elector in (await seen(bielefeld, ballot, reader)).electors} == {None}
    page = await bielefeld.door.ask(LIST_BALLOTS, ListBallots(network=bielefeld.id), bielefeld.office)
    assert {elector.reason for elector in page.items[0].electors} == {None}
    await bielefeld.vote(ballot, 1, Choice.ABSTAIN)
    assert of(await seen(bielefeld, ballot), 1, bielefeld).reason is None, "it went with the answer it was given for"


async def because(network: Bielefeld, ballot: BallotView, number: int, reason: str) -> None:
    body = Vote(choice=Choice.OBJECT, reason=reason)
    await network.door.ask(
        CAST_VOTE, CastVote(network=network.id, ballot=ballot.id, body=body), network.speaker(number)
    )


class TestSecret:
    """B7."""

    @pytest_asyncio.fixture
    async def secret(self, door: Door) -> tuple[Bielefeld, BallotView]:
        charter = CHARTER.replace("secret = false", "secret = true")
        network = await Bielefeld.found(door, "geheim", charter)
        ballot = await announced(network)
        await receive_all(network, ballot)
        await because(network, ballot, 1, "too far away")
        return network, ballot

    async def test_b7_until_the_end_everybody_sees_only_its_own_vote(
        self, secret: tuple[Bielefeld, BallotView]
    ) -> None:
        network, ballot = secret
        own = await seen(network, ballot, network.speaker(1))
        assert of(own, 1, network).choice is Choice.OBJECT
        assert of(own, 1, network).reason == "too far away"
        for reader in (network.office, network.speaker(2), OPERATOR):
            view = await seen(network, ballot, reader)
            assert [elector.choice for elector in view.electors] == [None] * 6
            assert [elector.voted_at for elector in view.electors] == [None] * 6
            assert [elector.reason for elector in view.electors] == [None] * 6
            assert view.tally is None
            page = await network.door.ask(LIST_BALLOTS, ListBallots(network=network.id), reader)
            assert page.items[0].tally is None
            assert [elector.choice for elector in page.items[0].electors] == [None] * 6
            with refused("record-sealed"):
                await network.door.ask(GET_RECORD, GetRecord(network=network.id, ballot=ballot.id), reader)

    async def test_b7_after_the_end_votes_tally_and_record_are_open(self, secret: tuple[Bielefeld, BallotView]) -> None:
        network, ballot = secret
        assert await network.door.database.read(handlers.sealed, network.id) == {ballot.id}
        await network.pass_time(START + timedelta(days=20))
        assert await network.door.database.read(handlers.sealed, network.id) == frozenset()
        view = await seen(network, ballot, network.speaker(2))
        assert view.tally is not None
        assert view.tally.object == 1
        assert of(view, 1, network).reason is None
        assert of(await seen(network, ballot), 1, network).reason == "too far away"
        assert of(view, 1, network).choice is Choice.OBJECT
        export = await network.door.ask(GET_RECORD, GetRecord(network=network.id, ballot=ballot.id), network.speaker(2))
        assert "VoteCast" in [entry.kind for entry in export.entries]


async def test_b8_a_new_charter_does_not_touch_an_open_ballot(bielefeld: Bielefeld, ballot: BallotView) -> None:
    text = CHARTER.replace('threshold = "1/2"', 'threshold = "1/6"').replace("window_days = 14", "window_days = 30")
    request = AdoptCharter(network=bielefeld.id, body=CharterText(charter=text))
    assert (await bielefeld.door.ask(ADOPT_CHARTER, request, bielefeld.office)).version == 2
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    view = await seen(bielefeld, ballot)
    assert (view.charter_version, view.needed, view.window_days) == (1, 4, 14)
    window = of(view, 1, bielefeld).window
    assert window is not None
    assert window.ends_at == datetime.fromisoformat("2026-12-08T00:00:00+01:00")
    assert (await announced(bielefeld, "Verein 2")).charter_version == 2


async def test_b8_a_newer_calendar_does_not_touch_an_open_ballot(
    bielefeld: Bielefeld, ballot: BallotView, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = calendars.calendar("DE-NW")
    day = datetime.fromisoformat("2026-12-07T00:00:00+01:00").date()
    newer = Calendar(
        region="DE-NW", version="newer", first_year=2019, last_year=2045, closed={**old.closed, day: "Neuer Feiertag"}
    )
    monkeypatch.setattr(calendars, "calendar", lambda _region: newer)
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    window = of(await seen(bielefeld, ballot), 1, bielefeld).window
    assert window is not None
    assert window.last_day == day
    second = await announced(bielefeld, "Verein 2")
    assert second.calendar_version == "newer"
    await bielefeld.receive(second, bielefeld.members[1].id)
    window = of(await seen(bielefeld, second), 1, bielefeld).window
    assert window is not None
    assert (window.last_day.isoformat(), window.steps[3].kind) == ("2026-12-08", "holiday")
