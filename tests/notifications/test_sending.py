"""Sending over real SMTP: what servers answer, refuse, delay and cut; nothing lost, nothing twice."""

import asyncio
from datetime import timedelta

import pytest

from contracts.notifications.notices import NoticeState
from services.chassis import clock, journal
from services.chassis.database import Database, Transaction
from services.notifications.email.worker import Sender
from services.notifications.membership import Membership
from services.notifications.notices import handlers, handlers_sending
from services.notifications.notices.rules_life import Stored
from tests.notifications.facts import (
    MONDAY,
    SIX,
    A,
    B,
    F,
    day,
    founding,
    hear,
    opened,
    received,
    voted,
)
from tests.notifications.peers import Directory, MailServer, settings
from tests.notifications.sending import only, send, states, steps, text
from tests.notifications.test_handlers import notices, wake

pytestmark = pytest.mark.timeout(60)


async def test_each_elector_gets_one_mail_and_each_step_is_stored_with_evidence(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    """N3, N9."""
    await hear(database, *founding(), opened())
    await send(sender, database)
    assert sorted(taken.recipient for taken in mail.taken) == sorted(f"{m}@example.org" for m in SIX)
    for notice in await notices(database):
        assert [step.evidence for step in await steps(database, notice)][1:] == ["attempt 1", "250 2.0.0 to attempt 1"]
        kinds = [entry.kind for entry in await database.read(journal.entries, notice.id)]
        assert kinds == ["NoticeCreated", "NoticeHandedOver", "NoticeAccepted"]


async def test_one_transaction_for_each_recipient_with_its_own_return_path_and_identifier(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    """A shared envelope would blame the wrong person for a bounce."""
    await hear(database, *founding(), opened(electors=[A, B]))
    await send(sender, database)
    first, second = mail.taken
    assert first.sender != second.sender
    assert first.sender.startswith("return-")
    assert first.sender.endswith("@example.net")
    notice = str(first.message["Message-ID"]).strip("<>").partition("@")[0]
    assert first.parameters["ENVID"] == notice
    assert first.parameters["RET"] == "HDRS"
    assert first.parameters["NOTIFY"] == "SUCCESS,FAILURE,DELAY"
    assert first.parameters["ORCPT"] == f"rfc822;{first.recipient}"


async def test_a_refusal_for_good_is_a_bounce_with_the_code_and_a_task_for_the_office(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    """T3."""
    mail.at_recipient = lambda r: "550 5.1.1 <mem_a@example.org> unknown" if r.startswith(A) else None
    await hear(database, *founding(), opened(electors=[A]))
    await send(sender, database)
    notice = await only(database)
    assert (notice.standing.state, notice.failure, notice.due_at) == (NoticeState.BOUNCED, "550 5.1.1", None)
    [task] = mail.to(F)
    assert "unzustellbar" in str(task.message["Subject"])
    assert "Organisation mem_a" in text(task.message)


async def test_a_refusal_after_the_content_is_a_bounce_too(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    mail.after_data = lambda r: "554 5.7.1 spam" if r.startswith(A) else None
    await hear(database, *founding(), opened(electors=[A]))
    await send(sender, database)
    assert (await only(database)).standing.state is NoticeState.BOUNCED


async def test_a_temporary_refusal_is_tried_again_with_the_same_message_id(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    """Greylisting."""
    mail.at_recipient = lambda r: "451 4.7.1 later" if mail.attempts[r] < 3 else None
    await hear(database, *founding(), opened(electors=[A]))
    await send(sender, database)
    notice = await only(database)
    assert (notice.standing.state, notice.attempts, notice.failure) == (NoticeState.ACCEPTED, 3, None)
    assert len(mail.taken) == 1


async def test_a_notice_is_given_up_after_its_time_and_listed_with_the_reason(
    sender: Sender, database: Database, database_url: str, mail: MailServer, membership: Membership, broker: object
) -> None:
    """N9: bounded; and the office can send it again."""
    mail.at_recipient = lambda _: "451 4.3.0 later"
    impatient = Sender(database, membership, settings(database_url, "", mail.port, give_up_hours=0.0))
    await hear(database, *founding(), opened(electors=[A]))
    await impatient.round()
    notice = await only(database)
    assert notice.standing.state is NoticeState.FAILED
    assert notice.failure == "given up; last: 451 4.3.0"
    mail.at_recipient = lambda _: None
    await database.write(lambda tx: handlers.resend(tx, notice, MONDAY))
    await send(sender, database)
    again = mail.to(A)
    assert [str(taken.message["Message-ID"]) for taken in again] == [f"<{notice.id}.1@example.net>"]
    assert (await only(database)).standing.state is NoticeState.ACCEPTED
    await impatient.close()


async def test_a_server_that_is_away_blames_no_notice_and_gets_all_when_it_is_back(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    await mail.stop()
    await hear(database, *founding(), opened())
    await sender.round()
    waiting = await notices(database)
    assert {n.standing.state for n in waiting} == {NoticeState.CREATED}
    assert {n.failure for n in waiting} == {"the mail server cannot be reached, or cut the connection"}
    await mail.start()
    await send(sender, database)
    assert len(mail.taken) == 6
    assert {n.standing.state for n in await notices(database)} == {NoticeState.ACCEPTED}


async def test_a_server_that_says_goodbye_is_away(sender: Sender, database: Database, mail: MailServer) -> None:
    mail.at_recipient = lambda r: "421 4.3.2 shutting down" if mail.attempts[r] < 2 else None
    await hear(database, *founding(), opened(electors=[A]))
    await send(sender, database)
    assert len(mail.taken) == 1
    assert await states(database, await only(database)) == [
        NoticeState.CREATED, NoticeState.HANDED_OVER, NoticeState.ACCEPTED,
    ]  # fmt: skip


async def test_a_cut_before_the_answer_leaves_a_doubt_that_is_sent_again_under_the_same_message_id(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    """The window that SMTP leaves open: the server took the message and its answer was lost."""
    cuts = iter(["cut after taking"])
    mail.after_data = lambda _: next(cuts, None)
    await hear(database, *founding(), opened(electors=[A]))
    await send(sender, database)
    ids = [str(taken.message["Message-ID"]) for taken in mail.taken]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    evidence = [step.evidence for step in await steps(database, await only(database))]
    assert "of attempt 1 no answer is known, sent again with the same Message-ID" in evidence[2]


async def test_a_vote_between_claim_and_sending_withdraws_the_reminder(
    sender: Sender, database: Database, mail: MailServer
) -> None:
    """The last look is taken under the lock, just before the content goes over the wire."""
    await hear(database, *founding(), opened(electors=[A]), received(A, [day(3)]))
    await send(sender, database)
    await wake(database, day(3))
    claimed = await database.write(handlers_sending.claim, clock.now(), timedelta(seconds=8), 10)
    await hear(database, voted(A), first=90)
    begun = await database.write(
        handlers_sending.begin, claimed[0], "de", "representative", clock.now(), timedelta(seconds=8)
    )
    assert begun is None
    assert len(mail.taken) == 1


async def test_two_copies_share_the_work_and_send_nothing_twice(
    sender: Sender, database: Database, database_url: str, mail: MailServer, membership: Membership
) -> None:
    other = Sender(database, membership, settings(database_url, "", mail.port))
    many = [type(A)(f"mem_{number}") for number in range(100)]
    await hear(database, *founding(members=[*many, F]), opened(electors=many))
    while any(await asyncio.gather(sender.round(), other.round())):
        pass
    assert sorted(taken.recipient for taken in mail.taken) == sorted(f"{m}@example.org" for m in many)
    await other.close()


async def test_an_orderly_stop_in_mid_run_loses_nothing_and_doubles_nothing(
    sender: Sender, database: Database, database_url: str, mail: MailServer, membership: Membership
) -> None:
    many = [type(A)(f"mem_{number}") for number in range(60)]
    await hear(database, *founding(members=[*many, F]), opened(electors=many))
    running = asyncio.create_task(Sender(database, membership, settings(database_url, "", mail.port)).run())
    while len(mail.taken) < 20:  # noqa: ASYNC110 - another loop's work
        await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert 20 <= len(mail.taken) < 60
    await send(sender, database)
    assert sorted(taken.recipient for taken in mail.taken) == sorted(f"{m}@example.org" for m in many)


async def test_a_notice_that_cannot_be_sent_holds_up_no_other(
    sender: Sender, database: Database, mail: MailServer, knows: Directory
) -> None:
    """The server offers no SMTPUTF8 for it, or something unforeseen happens: the others go out."""
    knows.emails[A] = "ä" * 60 + "@example.org"
    await hear(database, *founding(), opened())
    for _ in range(5):
        await sender.round()
    assert {taken.recipient for taken in mail.taken} >= {f"{m}@example.org" for m in SIX[1:]}


def _claim_again(tx: Transaction) -> list[Stored]:
    later = clock.now() + timedelta(minutes=10)
    return handlers_sending.claim(tx, later, timedelta(minutes=1), 10)


async def test_a_copy_that_slept_beyond_its_lease_can_do_no_harm(database: Database) -> None:
    """Fenced: the database compares, not the copy."""
    await hear(database, *founding(), opened(electors=[A]))
    [slept] = await database.write(handlers_sending.claim, clock.now(), timedelta(seconds=1), 10)
    [taken_over] = await database.write(_claim_again)
    assert (
        await database.write(handlers_sending.begin, slept, "de", "representative", clock.now(), timedelta(seconds=1))
        is None
    )
    await database.write(handlers_sending.refused, slept, None, "550", clock.now())
    assert (await only(database)).standing.state is NoticeState.CREATED
    number = await database.write(
        handlers_sending.begin, taken_over, "de", "representative", clock.now(), timedelta(seconds=1)
    )
    assert number == 1


async def test_that_a_server_took_the_message_counts_whoever_holds_the_lease_now(database: Database) -> None:
    """And it keeps the copy that took over from sending a second one."""
    await hear(database, *founding(), opened(electors=[A]))
    [slept] = await database.write(handlers_sending.claim, clock.now(), timedelta(seconds=1), 10)
    number = await database.write(
        handlers_sending.begin, slept, "de", "representative", clock.now(), timedelta(seconds=1)
    )
    assert number == 1
    [taken_over] = await database.write(_claim_again)
    await database.write(handlers_sending.accepted, slept, number, "250", clock.now())
    assert (await only(database)).standing.state is NoticeState.ACCEPTED
    assert (
        await database.write(
            handlers_sending.begin, taken_over, "de", "representative", clock.now(), timedelta(seconds=1)
        )
        is None
    )
