"""Which server gets the mail, and under which protection; a sandbox's never leaves."""

from pathlib import Path

import pytest

from contracts.notifications.notices import NoticeState
from services.chassis.database import Database
from services.notifications.email.worker import Sender
from services.notifications.membership import Membership
from services.notifications.notices.rules_life import Stored
from services.notifications.settings import NotificationsSettings
from tests.notifications.facts import (
    MONDAY,
    A,
    day,
    founding,
    hear,
    opened,
    requested,
)
from tests.notifications.peers import Directory, MailServer, certificate, settings
from tests.notifications.sending import only, send, steps

pytestmark = pytest.mark.timeout(60)


async def test_a_sandbox_never_sends_outside(
    sender: Sender, database: Database, mail: MailServer, knows: Directory
) -> None:
    """G6: without a mailbox its notices are only listed."""
    knows.sandbox, knows.clock = True, day(1)
    await hear(database, *founding(sandbox=True), opened(electors=[A]))
    await send(sender, database)
    notice = await only(database)
    assert mail.taken == []
    assert (notice.standing.state, notice.due_at) == (NoticeState.HANDED_OVER, None)
    assert [step.at for step in await steps(database, notice)][-1] == day(1)


async def test_a_sandbox_with_a_mailbox_sends_there_and_a_real_network_does_not(
    database: Database, database_url: str, membership: Membership, mail: MailServer, knows: Directory
) -> None:
    outside = MailServer()
    await outside.start()
    where = settings(database_url, "", outside.port, sandbox_smtp_host="127.0.0.1", sandbox_smtp_port=mail.port)
    sender = Sender(database, membership, where)
    knows.sandbox, knows.clock = True, MONDAY
    await hear(database, *founding(sandbox=True), opened(electors=[A]))
    await send(sender, database)
    assert (len(mail.taken), len(outside.taken)) == (1, 0)
    knows.sandbox, knows.clock = False, None
    await hear(database, requested(), first=91)
    await send(sender, database)
    assert (len(mail.taken), len(outside.taken)) == (1, 1)
    await sender.close()
    await outside.stop()


async def sent_over(relay: NotificationsSettings, database: Database, membership: Membership) -> Stored:
    sender = Sender(database, membership, relay)
    await hear(database, *founding(), opened(electors=[A]))
    await sender.round()
    await sender.close()
    return await only(database)


async def test_starttls_and_sign_in_with_a_trusted_certificate(
    database: Database, database_url: str, membership: Membership, knows: Directory, tmp_path: Path
) -> None:
    """N4."""
    server = MailServer()
    context, chain = certificate(tmp_path)
    await server.start(tls=context, sign_in=("fallnetz", "secret"))
    relay = settings(
        database_url, "", server.port, smtp_security="starttls", smtp_username="fallnetz", smtp_password="secret",
        smtp_ca_file=str(chain),
    )  # fmt: skip
    notice = await sent_over(relay, database, membership)
    assert notice.standing.state is NoticeState.ACCEPTED
    assert server.taken[0].secure
    await server.stop()


async def test_an_unknown_certificate_gets_no_mail(
    database: Database, database_url: str, membership: Membership, knows: Directory, tmp_path: Path
) -> None:
    server = MailServer()
    context, _ = certificate(tmp_path)
    await server.start(tls=context)
    notice = await sent_over(settings(database_url, "", server.port, smtp_security="starttls"), database, membership)
    assert (notice.standing.state, server.taken) == (NoticeState.CREATED, [])
    assert notice.failure == "the mail server's certificate or encryption is not acceptable"
    await server.stop()


async def test_a_server_without_the_encryption_that_was_asked_for_gets_no_mail(
    database: Database, database_url: str, membership: Membership, mail: MailServer, knows: Directory
) -> None:
    """Somebody in between could have removed the offer."""
    notice = await sent_over(settings(database_url, "", mail.port, smtp_security="starttls"), database, membership)
    assert (notice.standing.state, mail.taken) == (NoticeState.CREATED, [])


async def test_a_wrong_password_is_no_bounce(
    database: Database, database_url: str, membership: Membership, knows: Directory, tmp_path: Path
) -> None:
    """535 is about us, not about the recipient."""
    server = MailServer()
    context, chain = certificate(tmp_path)
    await server.start(tls=context, sign_in=("fallnetz", "secret"))
    relay = settings(
        database_url, "", server.port, smtp_security="starttls", smtp_username="fallnetz", smtp_password="wrong",
        smtp_ca_file=str(chain),
    )  # fmt: skip
    notice = await sent_over(relay, database, membership)
    assert notice.standing.state is NoticeState.CREATED
    assert notice.failure == "the mail server refused our sign-in (535)"
    await server.stop()
