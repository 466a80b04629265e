"""Whom a mail reaches and what it holds; what is stored of them: nothing."""

import pytest

from contracts.membership.admission import ApplicationQuestioned
from contracts.membership.networks import DirectoryIssued
from contracts.membership.words import Role, Subject
from contracts.notifications.notices import NoticeState
from contracts.notifications.words import Purpose
from services.chassis import journal
from services.chassis.database import Database, Transaction
from services.notifications.email.worker import Sender
from services.notifications.notices import tables
from tests.notifications.facts import (
    APPLICATION,
    NETWORK,
    A,
    B,
    F,
    day,
    founding,
    hear,
    opened,
    requested,
)
from tests.notifications.peers import Directory, MailServer
from tests.notifications.sending import only, send, text
from tests.notifications.test_handlers import notices

pytestmark = pytest.mark.timeout(60)


async def test_the_language_is_the_recipients(
    sender: Sender, database: Database, mail: MailServer, knows: Directory
) -> None:
    knows.languages = {A: "en", B: "nl"}
    await hear(database, *founding(), opened(electors=[A, B, F]))
    await send(sender, database)
    languages = {taken.recipient[:5]: taken.message["Content-Language"] for taken in mail.taken}
    assert languages == {A: "en", B: "nl", F: "de"}


async def test_addresses_are_asked_for_when_they_are_needed_and_never_stored(
    sender: Sender, database: Database, mail: MailServer, knows: Directory
) -> None:
    knows.emails[A] = "first@example.org"
    mail.at_recipient = lambda r: "451 4.7.1 later" if r.startswith("first") else None
    await hear(database, *founding(), opened(electors=[A]))
    await sender.round()
    knows.emails[A] = "second@example.org"
    await send(sender, database)
    assert [taken.recipient for taken in mail.taken] == ["second@example.org"]
    assert not await database.read(_holds, "example.org")
    assert not await database.read(_holds, "Person of")


def _holds(tx: Transaction, canary: str) -> bool:
    rows = [
        tuple(row) for table in (tables.notices, tables.steps, tables.attempts) for row in tx.execute(table.select())
    ]
    entries = [entry.body for entry in journal.entries(tx)]
    return canary in repr((rows, entries))


async def test_while_membership_is_away_notices_wait(
    sender: Sender, database: Database, mail: MailServer, knows: Directory
) -> None:
    knows.away = True
    await hear(database, *founding(), opened(electors=[A]))
    await sender.round()
    assert (await only(database)).failure == "membership gave no addresses (storage-unavailable)"
    knows.away = False
    await send(sender, database)
    assert len(mail.to(A)) == 1


async def test_a_vacant_function_is_filled_by_the_deputy_and_nobody_at_all_is_a_visible_failure(
    sender: Sender, database: Database, mail: MailServer, knows: Directory
) -> None:
    knows.vacant = {(A, Role.REPRESENTATIVE), (B, Role.REPRESENTATIVE), (B, Role.DEPUTY)}
    await hear(database, *founding(), opened(electors=[A, B]))
    await send(sender, database)
    assert "deputy.mem_a@example.org" in [taken.recipient for taken in mail.taken]
    failed = next(n for n in await notices(database) if n.member == B and n.purpose is Purpose.ADMISSION_BALLOT)
    assert (failed.standing.state, failed.failure) == (NoticeState.FAILED, "nobody is named who could be told")


@pytest.mark.parametrize("address", ["a@example.org\r\nRCPT TO:<b@example.org>", "a@example.org,b@example.org"])
async def test_an_address_with_a_second_line_or_recipient_is_never_used(
    sender: Sender, database: Database, mail: MailServer, knows: Directory, address: str
) -> None:
    knows.emails[A] = address
    await hear(database, *founding(), opened(electors=[A]))
    await send(sender, database)
    assert (await only(database)).failure == "the name or address of the recipient cannot be used"
    assert [taken.recipient for taken in mail.taken] == [f"{F}@example.org"]  # the office's task


async def test_a_name_with_a_second_line_is_never_used(
    sender: Sender, database: Database, mail: MailServer, knows: Directory
) -> None:
    knows.names[A] = "Ada\r\nBcc: everybody@example.org"
    await hear(database, *founding(), opened(electors=[A]))
    await send(sender, database)
    assert (await only(database)).standing.state is NoticeState.FAILED
    assert mail.to(A) == []


async def test_the_directory_comes_as_text_and_as_a_file_without_formulas(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    """A5."""
    issued = DirectoryIssued(network=NETWORK, edition=2, as_of=day(1), recipients=[A])
    await hear(database, *founding(), issued)
    await send(sender, database)
    [taken] = mail.taken
    assert "Organisation mem_b" in text(taken.message)
    [attachment] = taken.message.iter_attachments()
    content = attachment.get_content()
    lines = (content if isinstance(content, str) else content.decode("utf-8-sig")).splitlines()
    assert lines[0].lstrip("\ufeff").startswith("Name,Art")
    assert len(lines) == 4
    assert "'=charity" in lines[1]


async def test_an_applicant_is_asked_what_the_office_wants_to_know(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    """A2."""
    await hear(database, *founding(), ApplicationQuestioned(network=NETWORK, application=APPLICATION))
    await send(sender, database)
    [taken] = mail.taken
    assert taken.recipient == "applicant@example.org"
    assert "Wie viele?" in text(taken.message)


async def test_facts_and_evidence_hold_no_personal_data(sender: Sender, database: Database, mail: MailServer) -> None:
    mail.at_recipient = lambda r: f"550 5.1.1 {r} is unknown here" if r.startswith(A) else None
    await hear(database, *founding(), requested(), opened(Subject.EXCLUSION, electors=[A, B]), first=100)
    await send(sender, database)
    assert not await database.read(_holds, "@")
    assert not await database.read(_holds, "Organisation")
