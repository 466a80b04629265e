"""What a link opens, and in which function whoever opens it acts (N5, N6, A1, O3)."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from contracts.event import Fact
from contracts.ids import PersonId
from contracts.membership.access import PersonInvited
from contracts.membership.admission import (
    ApplicationLapsed,
    ApplicationQuestioned,
    ApplicationReceived,
    ApplicationSubmitted,
)
from contracts.membership.words import Role
from contracts.notifications.links import CONFIRM_LINK, SHOW_LINK, LinkRequest, LinkView
from contracts.notifications.notices import RESEND_NOTICE, NoticeState, ResendNotice
from contracts.notifications.words import Purpose
from contracts.request import Refused
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.nats_server import NatsServer
from services.notifications.membership import Membership
from tests.notifications.doors import Door, person, serving
from tests.notifications.facts import (
    APPLICATION,
    BALLOT,
    MONDAY,
    NETWORK,
    A,
    B,
    F,
    day,
    founding,
    hear,
    opened,
    received,
)
from tests.notifications.peers import Directory, MailServer
from tests.notifications.sending import text
from tests.notifications.test_handlers import _step, notices, wake
from tests.notifications.test_links import all_sent

pytestmark = pytest.mark.timeout(60)
SOON = clock.now() + timedelta(days=2)


@pytest_asyncio.fixture
async def door(
    broker: NatsServer, database_url: str, mail: MailServer, membership: Membership, knows: Directory
) -> AsyncIterator[Door]:
    async with serving(broker, database_url, mail.port) as made:
        await hear(made.service.database, *founding())
        yield made


async def told(door: Door, fact: Fact, number: int) -> None:
    await hear(door.service.database, fact, first=number)
    await all_sent(door.service.database)


def link_of(mail: MailServer, recipient: str) -> LinkRequest:
    """From the newest mail to an address."""
    newest = [taken for taken in mail.taken if taken.recipient == f"{recipient}@example.org"][-1]
    [found] = re.findall(r"https://portal\.example\.net/l/(\S+)", text(newest.message))
    return LinkRequest(token=found)


async def shown(door: Door, link: LinkRequest) -> LinkView:
    return await door.bus.ask(SHOW_LINK, link)


async def test_a_reminder_opens_the_ballot_for_the_one_who_got_it(door: Door, mail: MailServer) -> None:
    """N6: the deputy is reminded too, and who answers by that link answers as the deputy."""
    database = door.service.database
    await told(door, opened(electors=[A]), 20)
    await told(door, received(A, [day(3), day(7)]), 21)
    first = await shown(door, link_of(mail, A))
    assert (first.role, first.about) == ("representative", BALLOT)
    await wake(database, day(3))
    await wake(database, day(7))
    await all_sent(database)
    deputy = await shown(door, link_of(mail, f"deputy.{A}"))
    assert (deputy.role, deputy.about, deputy.notice) == ("deputy", BALLOT, first.notice)
    assert (await shown(door, link_of(mail, A))).role == "representative"


async def test_who_applies_from_outside_confirms_its_address_and_finds_its_application_again(
    door: Door, mail: MailServer
) -> None:
    """A1: before that the office hears nothing."""
    await told(door, ApplicationSubmitted(network=NETWORK, application=APPLICATION, lapses_at=SOON), 20)
    assert [taken.recipient for taken in mail.taken] == ["applicant@example.org"]
    link = link_of(mail, "applicant")
    view = await shown(door, link)
    assert (view.purpose, view.role, view.member) == (Purpose.APPLICATION_CONFIRMATION, "applicant", None)
    assert abs(view.expires_at - SOON) < timedelta(seconds=1)
    assert (await door.bus.ask(CONFIRM_LINK, link)).confirmed_at is not None
    for number, kind in enumerate((ApplicationReceived, ApplicationQuestioned), start=30):
        await told(door, kind(network=NETWORK, application=APPLICATION), number)
        view = await shown(door, link_of(mail, "applicant"))
        assert (view.role, view.about) == ("applicant", APPLICATION)


async def test_a_lapsed_application_is_asked_for_nothing(database: Database) -> None:
    submitted = ApplicationSubmitted(network=NETWORK, application=APPLICATION, lapses_at=SOON)
    await hear(database, *founding(), submitted, ApplicationLapsed(network=NETWORK, application=APPLICATION))
    [notice] = await notices(database, Purpose.APPLICATION_CONFIRMATION)
    assert (notice.standing.state, notice.due_at) == (NoticeState.CANCELLED, None)


async def test_an_invitation_goes_to_the_person_named_and_ends_with_it(door: Door, mail: MailServer) -> None:
    """O3."""
    deputy = PersonId(f"per_{A}_deputy")
    invited = PersonInvited(network=NETWORK, member=A, role=Role.DEPUTY, person=deputy, expires_at=SOON)
    await told(door, invited, 20)
    [taken] = mail.taken
    assert taken.recipient == f"deputy.{A}@example.org"
    assert "Stellvertretung" in text(taken.message)
    view = await shown(door, link_of(mail, f"deputy.{A}"))
    assert (view.purpose, view.role, view.about, view.member) == (Purpose.INVITATION, "invited", deputy, A)
    with pytest.raises(Refused, match="link-expired"):
        await door.bus.ask(SHOW_LINK, link_of(mail, f"deputy.{A}"), at=SOON)


async def test_an_expired_link_tells_its_reader_what_they_can_do(door: Door, mail: MailServer) -> None:
    """N9: nobody is told to have a notice sent again that arrived. Applicants have no sign-in."""

    async def sentence(link: LinkRequest) -> str:
        with pytest.raises(Refused, match="link-expired") as caught:
            await door.bus.ask(SHOW_LINK, link, at=clock.now() + timedelta(days=400), locale="en")
        return caught.value.problem.detail

    await told(door, opened(electors=[A]), 20)
    assert "Sign in at the portal" in await sentence(link_of(mail, A))
    deputy = PersonId(f"per_{A}_deputy")
    invited = PersonInvited(network=NETWORK, member=A, role=Role.DEPUTY, person=deputy, expires_at=SOON)
    await told(door, invited, 21)
    assert "send a new one" in await sentence(link_of(mail, f"deputy.{A}"))
    await told(door, ApplicationSubmitted(network=NETWORK, application=APPLICATION, lapses_at=SOON), 22)
    assert "Send the application again." in await sentence(link_of(mail, "applicant"))
    await told(door, ApplicationReceived(network=NETWORK, application=APPLICATION), 23)
    assert "a newer e-mail about your application" in await sentence(link_of(mail, "applicant"))


async def test_a_link_ends_also_after_it_was_confirmed(door: Door, mail: MailServer) -> None:
    """It opens the ballot, so its end is the end of that."""
    await told(door, opened(electors=[A]), 20)
    link = link_of(mail, A)
    view = await door.bus.ask(CONFIRM_LINK, link)
    with pytest.raises(Refused, match="link-expired"):
        await door.bus.ask(SHOW_LINK, link, at=view.expires_at)
    assert view.expires_at > MONDAY


async def test_whoever_is_signed_in_for_another_member_may_still_be_invited_and_apply(
    door: Door, mail: MailServer
) -> None:
    """Only what a member itself has to receive is refused to the people of others."""
    invited = PersonInvited(
        network=NETWORK, member=A, role=Role.DEPUTY, person=PersonId(f"per_{A}_deputy"), expires_at=SOON
    )
    await told(door, invited, 20)
    await told(door, opened(electors=[A]), 21)
    link = link_of(mail, f"deputy.{A}")
    assert (await door.bus.ask(SHOW_LINK, link, actor=person(B))).purpose is Purpose.INVITATION
    with pytest.raises(Refused, match="link-of-another-member"):
        await door.bus.ask(SHOW_LINK, link_of(mail, A), actor=person(B))


async def test_a_link_names_the_person_to_whom_its_mail_was_written(
    door: Door, mail: MailServer, knows: Directory
) -> None:
    """O3: sent again to a successor, the notice has two mails; only the successor's is good."""
    await told(door, opened(electors=[A]), 20)
    kept = link_of(mail, A)
    view = await shown(door, kept)
    assert view.person == PersonId(f"per_{A}")
    knows.vacant.add((A, Role.REPRESENTATIVE))
    knows.replaced.add(PersonId(f"per_{A}"))
    await door.service.database.write(_step, view.notice, NoticeState.BOUNCED, 0, "a report that came late")
    request = ResendNotice(network=NETWORK, notice=view.notice)
    await door.bus.ask(RESEND_NOTICE, request, network=NETWORK, actor=person(F))
    await all_sent(door.service.database)
    again = link_of(mail, f"deputy.{A}")
    assert (await shown(door, again)).person == PersonId(f"per_{A}_deputy")
    assert (await shown(door, kept)).person == PersonId(f"per_{A}")
    with pytest.raises(Refused, match="link-of-former-person"):
        await door.bus.ask(CONFIRM_LINK, kept)
    assert (await door.bus.ask(CONFIRM_LINK, again)).confirmed_at is not None
