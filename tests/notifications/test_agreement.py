"""A3: the office welcomes the applicant and sends a copy of the agreement that it has signed. Over real SMTP."""

from email.message import EmailMessage
from hashlib import sha256

import pytest

from contracts.membership.admission import ApplicantWelcomed, ApplicationReceived
from contracts.notifications.notices import NoticeState
from contracts.notifications.words import Purpose
from services.chassis.database import Database
from services.notifications.email.worker import Sender
from tests.notifications.facts import APPLICATION, NETWORK, day, founding, hear
from tests.notifications.peers import Directory, MailServer
from tests.notifications.sending import only, send, text

WELCOMED = ApplicantWelcomed(network=NETWORK, application=APPLICATION, expires_at=day(90), reminders=[day(14)])


def attachment(mail: MailServer) -> tuple[EmailMessage, str, bytes]:
    """The applicant's mail with the name and content of its only attachment."""
    [taken] = mail.to("applicant")
    [part] = taken.message.iter_attachments()
    assert (part.get_content_type(), part.get_content_charset()) == ("text/plain", "utf-8")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return taken.message, str(part.get_filename()), content


@pytest.mark.parametrize(
    ("language", "name", "title", "rules", "signed"),
    [
        (
            "de", "Kooperationsvereinbarung-bielefeld-v3.txt", "Kooperationsvereinbarung",
            "1. Schweigen ist Zustimmung.\n2. Stimmen: {offen}.\n",
            "Für das Netzwerk: Stadt\nAm: Montag, 7. Dezember 2026, 10:00 Uhr (MEZ)\n",
        ),
        (
            "en", "Cooperation-agreement-bielefeld-v3.txt", "Cooperation agreement", "1. Silence is consent.\n",
            "For the network: Stadt\nOn: Monday, 7 December 2026, 10:00 (CET)\n",
        ),
    ],
)  # fmt: skip
async def test_the_applicants_mail_carries_the_agreement_that_the_office_has_signed(
    sender: Sender, database: Database, mail: MailServer, knows: Directory,
    language: str, name: str, title: str, rules: str, signed: str,
) -> None:  # fmt: skip
    """In the reader's language, with place for its own signature, and the charter's text to the last byte."""
    knows.applicants_language = language
    await hear(database, *founding(), WELCOMED)
    await send(sender, database)
    message, found, content = attachment(mail)
    written = content.decode()
    assert (found, written.splitlines()[0]) == (name, title)
    for part in ("Netzwerk {Süd}\n", ": 3\n", rules, signed, "Wohnwerk e. V.:\n", "_" * 40):
        assert part in written
    charter = content.rpartition(b"(TOML)\n\n")[2]
    assert charter == knows.charter.encode()
    assert sha256(charter).hexdigest() in written
    told = " ".join(text(message).split())
    assert ("liegt dieser Nachricht als Textdatei bei" in told, "is attached to this message" in told).count(True) == 1


async def test_a_welcome_waits_for_its_agreement(
    sender: Sender, database: Database, mail: MailServer, knows: Directory
) -> None:
    """Without it the mail would say what is not true; no other notice is held up."""
    charter, knows.charter = knows.charter, ""
    await hear(database, *founding(), WELCOMED)
    await sender.round()
    waiting = await only(database, Purpose.APPLICATION_WELCOME)
    assert (waiting.standing.state, mail.to("applicant")) == (NoticeState.CREATED, [])
    assert waiting.due_at is not None
    knows.charter = charter
    await send(sender, database)
    assert attachment(mail)[2].endswith(charter.encode())


async def test_no_other_mail_carries_the_agreement(sender: Sender, database: Database, mail: MailServer) -> None:
    await hear(database, *founding(), ApplicationReceived(network=NETWORK, application=APPLICATION))
    await send(sender, database)
    assert [list(taken.message.iter_attachments()) for taken in mail.to("applicant")] == [[]]


async def test_a_mail_of_an_application_that_was_erased_is_withdrawn(
    sender: Sender, database: Database, mail: MailServer, knows: Directory
) -> None:
    """N9: it is not tried for days."""
    knows.erased = True
    await hear(database, *founding(), WELCOMED)
    await send(sender, database)
    notice = await only(database, Purpose.APPLICATION_WELCOME)
    assert (notice.standing.state, notice.due_at, mail.taken) == (NoticeState.CANCELLED, None, [])
