"""The office sees exactly what would be sent to whom, before it is (P7)."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from contracts.notifications.settings import PREVIEW_NOTICES, Kind, Preference, Preferences, PreviewNotices
from contracts.notifications.words import Purpose
from services.chassis.database import Database
from services.chassis.nats_server import NatsServer
from services.notifications.membership import Membership
from tests.notifications.doors import OPERATOR, STRANGER, Door, person, serving
from tests.notifications.facts import APPLICATION, EXCLUSION, MONDAY, NETWORK, SIX, A, B, F, founding, hear, opened
from tests.notifications.peers import Directory, MailServer
from tests.notifications.sending import text
from tests.notifications.test_handlers import notices
from tests.notifications.test_links import all_sent

pytestmark = pytest.mark.timeout(60)


@pytest_asyncio.fixture
async def door(
    broker: NatsServer, database_url: str, mail: MailServer, membership: Membership, knows: Directory
) -> AsyncIterator[Door]:
    mailbox = {"sandbox_smtp_host": "127.0.0.1", "sandbox_smtp_port": mail.port}
    async with serving(broker, database_url, mail.port, **mailbox) as made:
        yield made


def asked(purpose: Purpose, about: str = APPLICATION) -> PreviewNotices:
    return PreviewNotices(network=NETWORK, purpose=purpose, about=about)


async def test_the_preview_is_what_is_sent_to_the_letter(
    door: Door, database: Database, mail: MailServer, knows: Directory
) -> None:
    """But for the link, which would open something. In a sandbox: there the link's end stands still as well."""
    knows.languages, knows.sandbox, knows.clock = {B: "en"}, True, MONDAY
    await hear(database, *founding(sandbox=True))
    preview = await door.ask(PREVIEW_NOTICES, asked(Purpose.ADMISSION_BALLOT), person(F))
    assert [recipient.member for recipient in preview.recipients] == SIX
    assert {recipient.role for recipient in preview.recipients} == {"representative"}
    assert not preview.outside
    assert await notices(database) == []
    assert mail.taken == []
    await hear(database, opened(), first=30)
    await all_sent(database)
    by_language = {text.language: text for text in preview.texts}
    assert by_language.keys() == {"de", "en"}
    for member, language in ((A, "de"), (B, "en")):
        [sent] = mail.to(member)
        lines = text(sent.message).splitlines()
        shown = by_language[language].text.splitlines()
        different = [(a, b) for a, b in zip(lines, shown, strict=True) if a != b]
        assert sent.message["Subject"] == by_language[language].subject
        assert all("/l" in a and b.endswith("/…") for a, b in different), different
        assert len(different) == 1


async def test_every_step_of_the_office_has_a_preview(door: Door, database: Database) -> None:
    await hear(database, *founding())
    for purpose, about, to in (
        (Purpose.EXCLUSION_BALLOT, EXCLUSION, SIX[1:]),
        (Purpose.EXCLUSION_MESSAGE, EXCLUSION, [A]),
        (Purpose.APPLICATION_WELCOME, APPLICATION, [None]),
    ):
        preview = await door.ask(PREVIEW_NOTICES, asked(purpose, about), person(F))
        assert [recipient.member for recipient in preview.recipients] == to
        assert preview.texts[0].text


async def test_channels_are_those_that_the_recipients_wish(door: Door, database: Database) -> None:
    await hear(database, *founding())
    preview = await door.ask(PREVIEW_NOTICES, asked(Purpose.ADMISSION_BALLOT), person(F))
    assert preview.outside
    assert {tuple(recipient.channels) for recipient in preview.recipients} == {("portal", "email")}
    assert Preferences(kinds=[Preference(kind=Kind.LEGAL)]).kinds  # legal notices know no other


async def test_only_the_office_looks_and_only_at_what_it_could_do(door: Door, database: Database) -> None:
    await hear(database, *founding())
    for actor in (person(A), STRANGER, OPERATOR):
        await door.refused("not-authorised", PREVIEW_NOTICES, asked(Purpose.ADMISSION_BALLOT), actor)
    await door.refused("not-signed-in", PREVIEW_NOTICES, asked(Purpose.ADMISSION_BALLOT))
    await door.refused("no-preview", PREVIEW_NOTICES, asked(Purpose.DIRECTORY), person(F))
    declined = asked(Purpose.APPLICATION_DECLINED)
    await door.refused("application-announced", PREVIEW_NOTICES, declined, person(F))
