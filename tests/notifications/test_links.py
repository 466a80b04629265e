"""Links that confirm receipt (N5), and who may see and do what with notices. Through the service, over the broker."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from contracts.ids import NetworkId, NoticeId
from contracts.membership.members import MemberLeft
from contracts.membership.words import LeftBecause
from contracts.notifications.links import CONFIRM_LINK, SHOW_LINK, LinkRequest, LinkView
from contracts.notifications.notices import (
    GET_NOTICE,
    LIST_NOTICES,
    OPEN_NOTICE,
    RESEND_NOTICE,
    GetNotice,
    ListNotices,
    Notice,
    NoticeState,
    OpenNotice,
    ResendNotice,
)
from contracts.notifications.words import Purpose
from contracts.request import Actor, Paging, Refused
from services.chassis import clock, journal
from services.chassis.bus import Bus
from services.chassis.database import Database
from services.chassis.nats_server import NatsServer
from services.chassis.service import Service
from services.notifications import app
from services.notifications.email.worker import Sender
from services.notifications.links import rules
from tests.notifications.facts import BALLOT, MONDAY, NETWORK, A, B, F, day, founding, hear, opened
from tests.notifications.peers import KEY, Directory, MailServer, running, settings
from tests.notifications.sending import send, text
from tests.notifications.test_handlers import notices, wake

ISSUER = "https://login.example"
KEYS = [KEY.encode()]


def person(member: str) -> Actor:
    return Actor(issuer=ISSUER, subject=member)


OFFICE, OPERATOR, STRANGER = person(F), person("operator"), person("nobody")


class World:
    """The running service, asked as the gateway asks it."""

    def __init__(self, service: Service, bus: Bus, mail: MailServer) -> None:
        self.service = service
        self.bus = bus
        self.mail = mail

    def token(self, member: str) -> str:
        """From the newest mail to a member."""
        found = re.search(r"https://\S+/l/\S+", text(self.mail.to(member)[-1].message))
        assert found
        return urlsplit(found[0]).path.removeprefix("/l/")

    async def show(self, token: str, by: Actor | None = None, at: datetime | None = None) -> LinkView:
        return await self.bus.ask(SHOW_LINK, LinkRequest(token=token), actor=by, at=at)

    async def confirm(self, token: str, by: Actor | None = None, at: datetime | None = None) -> LinkView:
        return await self.bus.ask(CONFIRM_LINK, LinkRequest(token=token), actor=by, at=at)

    async def get(self, notice: NoticeId, by: Actor) -> Notice:
        return await self.bus.ask(GET_NOTICE, GetNotice(network=NETWORK, notice=notice), network=NETWORK, actor=by)

    async def listed(self, by: Actor, **more: object) -> list[Notice]:
        request = ListNotices(network=NETWORK, **more)  # type: ignore[arg-type]
        return (await self.bus.ask(LIST_NOTICES, request, network=NETWORK, actor=by)).items

    async def open(self, notice: NoticeId, by: Actor) -> Notice:
        return await self.bus.ask(OPEN_NOTICE, OpenNotice(network=NETWORK, notice=notice), network=NETWORK, actor=by)

    async def facts(self, notice: NoticeId) -> list[str]:
        return [entry.kind for entry in await self.service.database.read(journal.entries, notice)]


@pytest_asyncio.fixture
async def world(
    broker: NatsServer, database: Database, database_url: str, sender: Sender, mail: MailServer, knows: Directory
) -> AsyncIterator[World]:
    """Three electors have got their notices."""
    await hear(database, *founding(), opened(electors=[A, B, F]))
    await send(sender, database)
    async with serving(broker, database_url, mail) as made:
        yield made


@asynccontextmanager
async def serving(broker: NatsServer, database_url: str, mail: MailServer) -> AsyncIterator[World]:
    bus = Bus(broker.url, name="gateway")
    await bus.connect()
    async with running(app.service(settings(database_url, broker.url, mail.port))) as service:
        yield World(service, bus, mail)
    await bus.close()


async def refused(call: object, slug: str, status: int) -> None:
    with pytest.raises(Refused) as caught:
        await call  # type: ignore[misc]
    assert (caught.value.slug, caught.value.problem.status) == (slug, status)


async def test_showing_a_link_confirms_nothing_however_often(world: World) -> None:
    """N5, promise 12: a mail scanner opens every link, and asks with HEAD too; both only show."""
    token = world.token(A)
    for _ in range(5):
        view = await world.show(token)
    assert (view.member, view.purpose, view.confirmed_at, view.locale) == (A, Purpose.ADMISSION_BALLOT, None, "de")
    assert view.time_zone == "Europe/Berlin"
    assert await world.facts(view.notice) == ["NoticeCreated", "NoticeHandedOver", "NoticeAccepted"]


async def test_confirming_stores_evidence_and_says_so_once(world: World) -> None:
    """T3; a second use says when the first was."""
    token = world.token(A)
    view = await world.confirm(token)
    assert view.confirmed_at is not None
    notice = await world.get(view.notice, person(A))
    assert notice.state is NoticeState.CONFIRMED
    assert notice.steps[-1].evidence == f"link {rules.fingerprint(token)}, by POST"
    assert token not in str(notice)
    await refused(world.confirm(token), "link-already-used", 409)
    assert (await world.show(token)).confirmed_at == view.confirmed_at
    assert (await world.facts(view.notice)).count("NoticeConfirmed") == 1


async def test_a_link_expires(world: World) -> None:
    token = world.token(A)
    view = await world.show(token)
    await world.show(token, at=view.expires_at - timedelta(seconds=1))
    await refused(world.show(token, at=view.expires_at), "link-expired", 410)
    await refused(world.confirm(token, at=view.expires_at), "link-expired", 410)
    assert "NoticeConfirmed" not in await world.facts(view.notice)


async def test_a_link_of_another_member_is_refused_to_a_signed_in_person(world: World) -> None:
    token = world.token(A)
    await refused(world.confirm(token, by=person(B)), "link-of-another-member", 403)
    await refused(world.confirm(token, by=OFFICE), "link-of-another-member", 403)
    await refused(world.confirm(token, by=STRANGER), "link-of-another-member", 403)
    assert (await world.confirm(token, by=person(A))).confirmed_at is not None


async def test_l3_a_member_that_has_left_confirms_nothing_any_more(world: World) -> None:
    token = world.token(A)
    left = MemberLeft(network=NETWORK, member=A, effective_at=MONDAY, because=LeftBecause.RESIGNED)
    await hear(world.service.database, left)
    await refused(world.show(token), "link-of-former-member", 410)
    await refused(world.confirm(token), "link-of-former-member", 410)


async def test_whoever_is_not_signed_in_confirms_with_the_link_alone(world: World) -> None:
    assert (await world.confirm(world.token(B))).member == B


def forged() -> list[str]:
    link = rules.Link(notice=NoticeId("ntc_1"), network=NETWORK, expires=2**31)
    good = rules.sign(link, KEYS)
    payload, _, mac = good.partition(".")
    return [
        rules.sign(link, [b"another key with at least 32 bytes"]), f"{payload}.", f".{mac}", payload,
        f"{payload}.{mac}x",
        f"{payload[:-2]}AA.{mac}", f"{payload}.{mac[:-1]}", good.upper(), f"{good}.{mac}", good + "=", "ü", "." * 50,
        "x" * 700, f"{mac}.{payload}",
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(len(forged())))
def test_nothing_but_our_own_token_is_read(number: int) -> None:
    assert rules.read(forged()[number], KEYS) is None


async def test_a_forged_link_and_one_to_a_notice_that_does_not_exist_are_the_same(world: World) -> None:
    await refused(world.show("forged.token"), "link-invalid", 404)
    elsewhere = rules.Link(notice=NoticeId("ntc_none"), network=NETWORK, expires=2**31)
    await refused(world.confirm(rules.sign(elsewhere, KEYS)), "link-invalid", 404)
    view = await world.show(world.token(A))
    mixed = rules.Link(notice=view.notice, network=NetworkId("other"), expires=2**31)
    await refused(world.confirm(rules.sign(mixed, KEYS)), "link-invalid", 404)


def test_keys_can_be_changed_without_breaking_links_that_are_out() -> None:
    link = rules.Link(notice=NoticeId("ntc_1"), network=NETWORK, expires=2**31)
    old, new = b"o" * 32, b"n" * 32
    assert rules.read(rules.sign(link, [old]), [new, old]) == link
    assert rules.read(rules.sign(link, [new, old]), [old]) is None
    assert rules.keys(f"{'n' * 32}\n{'o' * 32}\n") == [new, old]
    for bad in ("", "short", f"{'n' * 32},short"):
        with pytest.raises(ValueError, match="at least 32"):
            rules.keys(bad)


async def test_a_reminders_link_confirms_the_notice_that_it_reminds_of(world: World, sender: Sender) -> None:
    """The receipt that counts is that of the notice; the first link is then used as well."""
    database = world.service.database
    await hear(database, opened(electors=[A, B, F], nudges=[day(3)], ballot=type(BALLOT)("bal_2")), first=200)
    await all_sent(database)
    first = world.token(A)
    await wake(database, clock.now() + timedelta(days=4000))
    await all_sent(database)
    reminder = world.token(A)
    assert "Erinnerung" in str(world.mail.to(A)[-1].message["Subject"])
    confirmed = await world.confirm(reminder)
    assert confirmed.purpose is Purpose.ADMISSION_BALLOT
    await refused(world.confirm(first), "link-already-used", 409)


async def all_sent(database: Database) -> None:
    async with asyncio.timeout(20):
        while any(notice.due_at for notice in await notices(database)):  # noqa: ASYNC110 - another loop's work
            await asyncio.sleep(0.02)


async def test_in_a_sandbox_receipt_is_stamped_by_the_clock_that_membership_shows_now(
    broker: NatsServer, database: Database, database_url: str, sender: Sender, mail: MailServer, knows: Directory
) -> None:
    """The news that the clock was advanced may still be under way when the link is used."""
    knows.sandbox, knows.clock = True, MONDAY
    mailing = settings(database_url, broker.url, mail.port, sandbox_smtp_host="127.0.0.1", sandbox_smtp_port=mail.port)
    own = Sender(database, sender._membership, mailing)
    await hear(database, *founding(sandbox=True), opened(electors=[A]))
    await send(own, database)
    await own.close()
    knows.clock = day(5)
    async with serving(broker, database_url, mail) as world:
        assert (await world.confirm(world.token(A))).confirmed_at == day(5)
        knows.clock = day(4)
        await refused(world.confirm(world.token(A)), "link-already-used", 409)


async def test_a_member_sees_its_own_notices_the_office_all_and_strangers_none(world: World) -> None:
    """Promise 9: list, get and open ask the same question."""
    mine = await world.listed(person(A))
    assert {notice.member for notice in mine} == {A}
    everything = await world.listed(OFFICE)
    assert {notice.member for notice in everything} == {A, B, F}
    assert len(await world.listed(OPERATOR)) == len(everything)
    of_b = next(notice.id for notice in everything if notice.member == B)
    await refused(world.get(of_b, person(A)), "notice-not-found", 404)
    await refused(world.get(NoticeId("ntc_\0"), person(A)), "notice-not-found", 404)
    await refused(world.get(of_b, STRANGER), "not-authorised", 403)
    assert (await world.get(of_b, OFFICE)).member == B
    with pytest.raises(Refused, match="not-signed-in"):
        await world.bus.ask(LIST_NOTICES, ListNotices(network=NETWORK), network=NETWORK)
    other = NetworkId("other")
    with pytest.raises(Refused, match="not-authorised"):
        await world.bus.ask(LIST_NOTICES, ListNotices(network=other), network=other, actor=OFFICE)
    with pytest.raises(Refused, match="notice-not-found"):
        await world.bus.ask(GET_NOTICE, GetNotice(network=other, notice=of_b), network=other, actor=OPERATOR)


async def test_only_the_receiving_member_opens_a_notice(world: World) -> None:
    [notice] = await world.listed(person(A))
    await refused(world.open(notice.id, OFFICE), "notice-of-another-member", 403)
    await refused(world.open(notice.id, OPERATOR), "notice-of-another-member", 403)
    opened_once = await world.open(notice.id, person(A))
    again = await world.open(notice.id, person(A))
    assert (opened_once.state, again.steps) == (NoticeState.OPENED, opened_once.steps)
    assert opened_once.steps[-1].evidence == "opened by per_mem_a"
    assert (await world.facts(notice.id)).count("NoticeOpened") == 1


async def test_only_the_office_sends_again_and_only_what_did_not_arrive(world: World) -> None:
    """N9."""
    [notice] = await world.listed(person(A))
    request = ResendNotice(network=NETWORK, notice=notice.id)
    await refused(world.bus.ask(RESEND_NOTICE, request, network=NETWORK, actor=person(A)), "not-authorised", 403)
    await refused(world.bus.ask(RESEND_NOTICE, request, network=NETWORK, actor=OPERATOR), "not-authorised", 403)
    await refused(world.bus.ask(RESEND_NOTICE, request, network=NETWORK, actor=OFFICE), "notice-not-undelivered", 409)


async def test_the_list_is_cut_into_pages_that_together_are_the_list(world: World) -> None:
    whole = [notice.id for notice in await world.listed(OFFICE)]
    found: list[str] = []
    cursor = None
    while True:
        request = ListNotices(network=NETWORK, paging=Paging(cursor=cursor, limit=2))
        page = await world.bus.ask(LIST_NOTICES, request, network=NETWORK, actor=OFFICE)
        found += [notice.id for notice in page.items]
        if (cursor := page.next) is None:
            break
    assert found == whole
    assert await world.listed(OFFICE, undelivered=True) == []
    assert await world.listed(OFFICE, about="bal_none") == []
    assert len(await world.listed(OFFICE, about=BALLOT)) == 3


async def test_a_link_shows_the_networks_name_and_does_without_while_membership_is_away(
    world: World, knows: Directory
) -> None:
    assert (await world.show(world.token(A))).network_name == "Netzwerk"
    assert (await world.confirm(world.token(A))).network_name == "Netzwerk"
    knows.away = True
    view = await world.show(world.token(B))
    assert (view.network_name, view.network) == ("", NETWORK)


async def test_a_receipt_can_be_confirmed_while_membership_is_away(world: World, knows: Directory) -> None:
    """Evidence of receipt must not be lost because another service rests."""
    knows.away = True
    assert (await world.confirm(world.token(A))).confirmed_at is not None


async def test_a_receipt_can_be_confirmed_while_membership_is_silent(world: World, knows: Directory) -> None:
    """For its answer about a name nobody waits longer than the gateway waits for us (2 s)."""
    knows.silent_seconds = 1.5
    async with asyncio.timeout(1.4):
        assert (await world.confirm(world.token(A))).confirmed_at is not None
    knows.silent_seconds = 0.0


def test_a_link_says_its_end_in_utc() -> None:
    link = rules.Link(notice=NoticeId("ntc_1"), network=NETWORK, expires=0)
    assert link.expires_at == datetime(1970, 1, 1, tzinfo=UTC)
