"""Each person's own settings (N2): kinds, quiet hours, another address; what is legally relevant always arrives."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta

import pytest
import pytest_asyncio

from contracts.ids import MemberId, PersonId
from contracts.membership.members import MemberLeft
from contracts.membership.words import LeftBecause
from contracts.notifications.links import CONFIRM_LINK, SHOW_LINK, LinkRequest
from contracts.notifications.notices import NoticeState
from contracts.notifications.settings import (
    GET_PREFERENCES,
    SET_PREFERENCES,
    GetPreferences,
    Kind,
    Preference,
    Preferences,
    PreferencesView,
    SetPreferences,
)
from contracts.notifications.words import Purpose
from contracts.request import Refused
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.nats_server import NatsServer
from services.chassis.pausing import PAUSE
from services.notifications.email.worker import Sender
from services.notifications.membership import Membership
from services.notifications.preferences import rules, tables
from services.notifications.preferences.rules import Wishes
from tests.notifications.doors import OPERATOR, STRANGER, Door, key, person, serving
from tests.notifications.facts import MONDAY, NETWORK, A, B, closed, founding, hear, opened
from tests.notifications.peers import Directory, MailServer
from tests.notifications.sending import send, states, text
from tests.notifications.test_handlers import notices
from tests.notifications.test_links import all_sent

pytestmark = pytest.mark.timeout(60)
OTHER = "legal.department@elsewhere.example"


@pytest_asyncio.fixture
async def door(
    broker: NatsServer, database_url: str, mail: MailServer, membership: Membership, knows: Directory
) -> AsyncIterator[Door]:
    async with serving(broker, database_url, mail.port) as made:
        yield made


async def wish(
    door: Door, wished: Preferences, version: int = 0, member: MemberId = A, *, at: datetime | None = None
) -> PreferencesView:
    """`at`: real time; None: now."""
    request = SetPreferences(network=NETWORK, version=version, body=wished)
    return await door.bus.ask(SET_PREFERENCES, request, network=NETWORK, actor=person(member), at=at)


def token(mail: MailServer) -> str:
    """The link of the newest mail."""
    body = text(mail.taken[-1].message)
    return next(line.rsplit("/", 1)[1] for line in body.splitlines() if line.startswith("https://portal.example.net/l"))


async def test_settings_are_one_s_own_and_a_second_editor_is_told(door: Door) -> None:
    asked = GetPreferences(network=NETWORK)
    assert (await door.ask(GET_PREFERENCES, asked, person(A))).version == 0
    wished = Preferences(kinds=[Preference(kind=Kind.RESULTS, email=False)])
    assert (await wish(door, wished)).version == 1
    assert (await door.ask(GET_PREFERENCES, asked, person(A))).preferences == wished
    assert (await door.ask(GET_PREFERENCES, asked, person(B))).version == 0
    refused = await door.refused(
        "edited-meanwhile", SET_PREFERENCES, SetPreferences(network=NETWORK, version=0, body=wished), person(A)
    )
    assert refused.problem.status == 412
    for actor in (STRANGER, OPERATOR):
        await door.refused("not-authorised", GET_PREFERENCES, asked, actor)
    await door.refused("person-needed", GET_PREFERENCES, asked, key(A))


@pytest.mark.parametrize(
    ("wished", "slug"),
    [
        (Preferences(kinds=[Preference(kind=Kind.LEGAL, email=False)]), "legal-notices-always"),
        (Preferences(kinds=[Preference(kind=Kind.OFFICE), Preference(kind=Kind.OFFICE)]), "kind-twice"),
        (Preferences(quiet_from=time(20)), "quiet-hours-malformed"),
        (Preferences(quiet_from=time(20), quiet_until=time(20)), "quiet-hours-malformed"),
        (Preferences(quiet_from=time(20, tzinfo=UTC), quiet_until=time(7)), "quiet-hours-malformed"),
        (Preferences(redirect_to="a@example.org\r\nBcc: b@example.org"), "email-malformed"),
        (Preferences(redirect_to=""), "email-malformed"),
    ],
)
async def test_what_cannot_be_wished_is_refused_by_name(door: Door, wished: Preferences, slug: str) -> None:
    request = SetPreferences(network=NETWORK, version=0, body=wished)
    await door.refused(slug, SET_PREFERENCES, request, person(A))


async def test_another_address_is_used_for_legal_notices_only_and_only_when_it_was_confirmed(
    door: Door, mail: MailServer
) -> None:
    database = door.service.database
    await hear(database, *founding(), opened(electors=[A, B]))
    await all_sent(database)
    await wish(door, Preferences(redirect_to=OTHER))
    await all_sent(database)
    asking = mail.taken[-1]
    assert asking.recipient == OTHER
    await hear(database, opened(electors=[A], ballot=type(opened().ballot)("bal_2")), first=50)
    await all_sent(database)
    assert mail.taken[-1].recipient == f"{A}@example.org"
    mail.taken[:] = [asking]
    link = LinkRequest(token=token(mail))
    shown = await door.bus.ask(SHOW_LINK, link)
    assert (shown.purpose, shown.role, shown.about) == (Purpose.REDIRECT_CONFIRMATION, "invited", f"per_{A}")
    assert not (await door.ask(GET_PREFERENCES, GetPreferences(network=NETWORK), person(A))).redirect_confirmed
    await door.bus.ask(CONFIRM_LINK, link)
    assert (await door.ask(GET_PREFERENCES, GetPreferences(network=NETWORK), person(A))).redirect_confirmed
    await hear(database, opened(electors=[A], ballot=type(opened().ballot)("bal_3")), closed(), first=60)
    await all_sent(database)
    to = {taken.message["Subject"].partition(":")[0]: taken.recipient for taken in mail.taken[1:]}
    assert OTHER in to.values()
    assert mail.to(A)[-1].message["Subject"].startswith("Ergebnis")


async def test_the_link_of_an_address_that_was_replaced_confirms_nothing(door: Door, mail: MailServer) -> None:
    database = door.service.database
    await hear(database, *founding())
    await wish(door, Preferences(redirect_to=OTHER))
    await all_sent(database)
    link = LinkRequest(token=token(mail))
    await wish(door, Preferences(redirect_to="third@elsewhere.example"), version=1, at=clock.now() + PAUSE)
    await door.bus.ask(CONFIRM_LINK, link)
    view = await door.ask(GET_PREFERENCES, GetPreferences(network=NETWORK), person(A))
    assert not view.redirect_confirmed
    kept = Preferences(redirect_to="third@elsewhere.example", kinds=[Preference(kind=Kind.OFFICE)])
    assert (await wish(door, kept, version=2)).redirect_confirmed is False


async def test_one_person_has_one_link_to_another_address_sent_in_ten_minutes(door: Door, mail: MailServer) -> None:
    """Whatever the address: it may be somebody's who never asked for it."""
    await hear(door.service.database, *founding())
    await all_sent(door.service.database)
    start, third = clock.now(), Preferences(redirect_to="third@elsewhere.example")
    await wish(door, Preferences(redirect_to=OTHER), at=start)
    with pytest.raises(Refused, match="sent-a-moment-ago") as caught:
        await wish(door, third, version=1, at=start + timedelta(minutes=3))
    problem = caught.value.problem
    assert (problem.status, problem.field, problem.retry_after) == (429, "/redirect_to", 7 * 60)
    assert "in 7 " in problem.detail
    await wish(door, Preferences(redirect_to=OTHER, kinds=[Preference(kind=Kind.OFFICE)]), version=1, at=start)
    await wish(door, Preferences(), version=2, at=start)
    with pytest.raises(Refused, match="sent-a-moment-ago"):
        await wish(door, Preferences(redirect_to=OTHER), version=3, at=start)
    await all_sent(door.service.database)
    assert len(mail.taken) <= 1
    await wish(door, third, version=3, at=start + PAUSE)
    await wish(door, third, version=4, at=start + 2 * PAUSE)
    await all_sent(door.service.database)
    assert [taken.recipient for taken in mail.taken][-2:] == ["third@elsewhere.example"] * 2, "saved again: sent again"


async def set_wishes(database: Database, member: MemberId, wished: Preferences) -> None:
    await database.write(tables.save, NETWORK, PersonId(f"per_{member}"), member, Wishes(version=1, preferences=wished))


async def test_a_kind_without_e_mail_stands_in_the_portal_only(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    await set_wishes(database, A, Preferences(kinds=[Preference(kind=Kind.RESULTS, email=False)]))
    await hear(database, *founding(), opened(electors=[A, B]), closed())
    await send(sender, database)
    assert len(mail.to(A)) == 1  # the ballot itself
    [result] = [n for n in await notices(database, Purpose.BALLOT_RESULT) if n.member == A]
    assert (result.channel, result.standing.state, result.due_at) == ("portal", NoticeState.HANDED_OVER, None)
    assert await states(database, result) == [NoticeState.CREATED, NoticeState.HANDED_OVER]
    assert len(mail.to(B)) == 2


async def test_quiet_hours_hold_back_everything_but_what_is_legally_relevant(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    """They are the network's local time."""
    from zoneinfo import ZoneInfo

    local = clock.now().astimezone(ZoneInfo("Europe/Berlin"))
    begin, end = (local - timedelta(hours=1)).time(), (local + timedelta(hours=1)).time()
    await set_wishes(database, A, Preferences(quiet_from=begin, quiet_until=end))
    await hear(database, *founding(), opened(electors=[A, B]), closed())
    await send(sender, database)
    assert [taken.message["Subject"][:8] for taken in mail.to(A)] == ["Aufnahme"]
    [result] = [n for n in await notices(database, Purpose.BALLOT_RESULT) if n.member == A]
    assert (result.standing.state, result.attempts) == (NoticeState.CREATED, 0)
    assert result.due_at is not None
    assert abs(result.due_at - local - timedelta(hours=1)) < timedelta(minutes=1)
    await set_wishes(database, A, Preferences())
    await database.write(lambda tx: __import__("services.notifications.notices.tables", fromlist=["save"]).save(
        tx, result.id, due_at=clock.now()
    ))  # fmt: skip
    await send(sender, database)
    assert len(mail.to(A)) == 2


@pytest.mark.parametrize(
    ("begin", "end", "at", "until"),
    [
        (time(20), time(7), datetime(2026, 12, 7, 19, tzinfo=UTC), datetime(2026, 12, 8, 6, tzinfo=UTC)),
        (time(20), time(7), datetime(2026, 12, 8, 5, 59, tzinfo=UTC), datetime(2026, 12, 8, 6, tzinfo=UTC)),
        (time(20), time(7), datetime(2026, 12, 8, 6, tzinfo=UTC), None),
        (time(20), time(7), datetime(2026, 12, 7, 18, 59, tzinfo=UTC), None),
        (time(12), time(14), datetime(2026, 12, 7, 11, tzinfo=UTC), datetime(2026, 12, 7, 13, tzinfo=UTC)),
        (time(20), time(7), datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),
    ],
)
def test_quiet_hours_end_at_the_local_time_also_over_midnight_and_the_change_of_clocks(
    begin: time, end: time, at: datetime, until: datetime | None
) -> None:
    wished = Preferences(quiet_from=begin, quiet_until=end)
    assert rules.quiet_until(Purpose.BALLOT_RESULT, wished, at, "Europe/Berlin") == until
    for purpose in (Purpose.ADMISSION_BALLOT, Purpose.RECEIPT_REMINDER, Purpose.EXCLUSION_MESSAGE, Purpose.INVITATION):
        assert rules.quiet_until(purpose, wished, at, "Europe/Berlin") is None


def test_every_purpose_has_a_kind_or_is_always_sent() -> None:
    asked_for = {purpose for purpose in Purpose if purpose not in rules.KINDS}
    assert {p for p in asked_for if not p.startswith("application-")} == {
        Purpose.INVITATION, Purpose.REDIRECT_CONFIRMATION,
    }  # fmt: skip
    off = Preferences(kinds=[Preference(kind=kind, email=False) for kind in Kind])
    for purpose in Purpose:
        legal = rules.KINDS.get(purpose) is Kind.LEGAL
        assert rules.by_email(purpose, off) == (legal or purpose in asked_for)


async def test_l3_what_people_of_a_member_that_left_had_wished_is_erased(database: Database) -> None:
    await set_wishes(database, A, Preferences(redirect_to=OTHER))
    await set_wishes(database, B, Preferences(redirect_to=OTHER))
    left = MemberLeft(network=NETWORK, member=A, effective_at=MONDAY, because=LeftBecause.RESIGNED)
    await hear(database, *founding(), left)
    assert (await database.read(tables.find, NETWORK, PersonId(f"per_{A}"))).version == 0
    assert (await database.read(tables.find, NETWORK, PersonId(f"per_{B}"))).version == 1
