"""Delivery reports (RFC 3464) at the return path: 250 then bounce, late, forged, repeated, garbled (promise 12)."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from email.message import Message

import pytest
import pytest_asyncio

from contracts.ids import NoticeId
from contracts.notifications.notices import NoticeState
from services.chassis import journal
from services.chassis.database import Database
from services.cli.mailbox.receiving import delivery_report
from services.notifications.email import reports
from services.notifications.email.door import ReturnDoor
from services.notifications.email.worker import Sender
from services.notifications.links import rules
from services.notifications.notices import handlers
from services.notifications.notices.rules_life import Step
from tests.notifications.facts import MONDAY, A, founding, hear, opened
from tests.notifications.peers import KEY, Directory, MailServer, settings
from tests.notifications.sending import only, send, states
from tests.notifications.test_handlers import notices
from tests.ports import free_port

KEYS = [KEY.encode()]
FAILED = ("failed", "5.1.1")


class Door:
    """The return path's server and one accepted notice."""

    def __init__(self, port: int, path: str, envelope: str) -> None:
        self.port = port
        self.path = path
        self.envelope = envelope

    async def deliver(self, report: Message | bytes, to: str | None = None) -> tuple[int, bytes] | None:
        """Sends a report; None: it was taken."""
        return await asyncio.to_thread(self._deliver, report, to or self.path)

    def _deliver(self, report: Message | bytes, to: str) -> tuple[int, bytes] | None:
        content = report if isinstance(report, bytes) else report.as_bytes()
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as client:
            try:
                client.sendmail("", [to], content)
            except smtplib.SMTPRecipientsRefused as refused:
                return refused.recipients[to]
        return None

    def report(self, outcome: tuple[str, str] = FAILED, envelope: str | None = "own") -> Message:
        return delivery_report(
            self.path, "mem_a@example.org", outcome, self.envelope if envelope == "own" else envelope
        )


@pytest_asyncio.fixture
async def door(
    database: Database, database_url: str, sender: Sender, mail: MailServer, knows: Directory
) -> AsyncIterator[Door]:
    await hear(database, *founding(), opened(electors=[A]))
    await send(sender, database)
    port = free_port()
    running = asyncio.create_task(ReturnDoor(database, settings(database_url, "", mail.port, bounce_port=port)).run())
    for _ in range(200):
        try:
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
            break
        except OSError:
            await asyncio.sleep(0.01)
    [taken] = mail.to(A)
    yield Door(port, taken.sender, taken.parameters["ENVID"])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_bounce_after_the_250_is_stored_and_published(door: Door, database: Database) -> None:
    assert await door.deliver(door.report()) is None
    notice = await only(database)
    assert (notice.standing.state, notice.failure) == (NoticeState.BOUNCED, "delivery report: failed 5.1.1")
    assert [e.kind for e in await database.read(journal.entries, notice.id)][-1] == "NoticeBounced"


async def test_a_report_that_comes_again_is_no_news(door: Door, database: Database) -> None:
    for _ in range(3):
        await door.deliver(door.report())
    notice = await only(database)
    assert (await states(database, notice)).count(NoticeState.BOUNCED) == 1


async def test_a_relay_that_changes_case_is_understood(door: Door, database: Database) -> None:
    assert await door.deliver(door.report(), to=door.path.upper()) is None
    assert (await only(database)).standing.state is NoticeState.BOUNCED


async def test_delivered_is_a_delivery_report_and_relayed_or_delayed_is_none(door: Door, database: Database) -> None:
    """T3: only `delivered` speaks of the recipient's own mailbox."""
    await door.deliver(door.report(("relayed", "2.0.0")))
    await door.deliver(door.report(("delayed", "4.4.1")))
    assert (await only(database)).standing.state is NoticeState.ACCEPTED
    await door.deliver(door.report(("delivered", "2.0.0")))
    assert (await only(database)).standing.state is NoticeState.DELIVERED


async def test_a_forged_return_path_is_refused_at_the_door(door: Door, database: Database) -> None:
    local, _, domain = door.path.partition("@")
    other = rules.return_path(NoticeId("ntc_other"), 0, [b"another key with at least 32 bytes"])
    for forged in (f"{local[:-1]}0", f"{local}0", local.replace("-0-", "-1-"), "return-", "postmaster", other):
        if forged != local:
            assert (await door.deliver(door.report(), to=f"{forged}@{domain}") or (0,))[0] == 550
    assert (await door.deliver(door.report(), to=f"{local}@elsewhere.example") or (0,))[0] == 550
    assert (await only(database)).standing.state is NoticeState.ACCEPTED


async def test_a_report_about_another_message_is_not_believed(door: Door, database: Database) -> None:
    await door.deliver(door.report(envelope="ntc_other.0"))
    assert (await only(database)).standing.state is NoticeState.ACCEPTED
    await door.deliver(door.report(envelope=None))
    assert (await only(database)).standing.state is NoticeState.BOUNCED


GARBAGE = [
    b"", b"\0\0\0", b"Subject: Out of office\r\n\r\nI am away.",
    b"Content-Type: multipart/report; report-type=delivery-status",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: "
    b"message/delivery-status\r\n\r\nAction: failed\r\n\r\n--x--",
    b"Content-Type: multipart/report; report-type=disposition-notification; boundary=x\r\n\r\n--x--",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n" + b"--x\r\n" * 2000,
    b"Content-Type: multipart/report; report-type=\"=?utf-8?q?=FF?=\"; boundary=\"\r\n\r\n",
]  # fmt: skip


async def test_whatever_else_arrives_is_evidence_of_nothing(door: Door, database: Database) -> None:
    for garbage in GARBAGE:
        await door.deliver(garbage)
    assert (await only(database)).standing.state is NoticeState.ACCEPTED


READ: list[tuple[tuple[str, str], tuple[str, str] | None]] = [
    (("failed", "5.1.1"), ("failed", "5.1.1")),
    (("failed", "4.4.7"), ("failed", "4.4.7")),
    (("failed", "2.0.0"), None),
    (("delivered", "2.1.5"), ("delivered", "2.1.5")),
    (("delivered", "5.0.0"), None),
    (("delayed", "4.2.2"), ("delayed", "4.2.2")),
    (("FAILED (mailbox)", "5.2.2 (full)"), ("failed", "5.2.2")),
    (("unheard-of", "5.0.0"), None),
    (("failed", "five"), None),
]


@pytest.mark.parametrize(("outcome", "read"), READ)
def test_reports_are_read_strictly(outcome: tuple[str, str], read: tuple[str, str] | None) -> None:
    report = reports.read(delivery_report("r@example.net", "a@example.org", outcome, "ntc_1.0").as_bytes())
    assert (report and (report.action, report.status)) == read


async def test_a_late_bounce_of_an_earlier_sending_does_not_undo_the_new_one(
    door: Door, database: Database, sender: Sender
) -> None:
    await door.deliver(door.report())
    bounced = await only(database)
    await database.write(lambda tx: handlers.resend(tx, bounced, MONDAY))
    await send(sender, database)
    await door.deliver(door.report(("failed", "5.4.4")))
    notice = await only(database)
    assert notice.standing.state is NoticeState.ACCEPTED
    assert (await states(database, notice))[-1] is NoticeState.BOUNCED  # stored all the same


async def test_a_bounce_after_the_confirmation_is_kept_and_changes_nothing(door: Door, database: Database) -> None:
    notice = await only(database)
    confirmed = Step(state=NoticeState.CONFIRMED, sending=0, at=MONDAY, evidence="link 1, by POST")
    await database.write(lambda tx: handlers.take_step(tx, notice, confirmed))
    await door.deliver(door.report())
    assert (await only(database)).standing.state is NoticeState.CONFIRMED
    assert "NoticeBounced" not in [e.kind for e in await database.read(journal.entries, notice.id)]
    assert len(await notices(database)) == 1
