"""One e-mail for one recipient: headers, plain text, HTML, attachment."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from msgspec import Struct

from contracts.ids import NoticeId
from services.notifications.email.addresses import envelope_address, is_one_line
from services.notifications.email.texts import Language, Text

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class UnusableAddressError(ValueError):
    """The recipient's name or address cannot stand in a message. The text names neither."""


class Recipient(Struct, frozen=True, kw_only=True):
    name: str
    email: str


class Letterhead(Struct, frozen=True, kw_only=True):
    """What all messages of an installation share."""

    sender: str
    sender_name: str
    domain: str
    """Right side of every Message-ID."""


class Attachment(Struct, frozen=True, kw_only=True):
    """A text file in UTF-8."""

    name: str
    subtype: str
    """`plain` or `csv`."""
    content: bytes


def message_id(notice: NoticeId, sending: int, domain: str) -> str:
    """The same for every attempt of one sending, so that a receiver recognises a repetition."""
    return f"<{notice}.{sending}@{domain}>"


def thread_id(about: str, domain: str) -> str:
    """What all messages about one ballot, application or exclusion refer to."""
    return f"<{about}@{domain}>"


def build(
    *,
    text: Text,
    language: Language,
    letterhead: Letterhead,
    recipient: Recipient,
    notice: NoticeId,
    sending: int,
    about: str,
    reminder_of: NoticeId | None,
    real_now: datetime,
    attachment: Attachment | None = None,
) -> EmailMessage:
    """The message. Raises UnusableAddressError where the recipient's name or address holds more than one."""
    address = envelope_address(recipient.email)
    if address is None or not is_one_line(recipient.name):
        raise UnusableAddressError
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(letterhead.sender_name, addr_spec=letterhead.sender)
    local, _, domain = address.rpartition("@")
    message["To"] = Address(recipient.name, username=local, domain=domain)
    message["Subject"] = text.subject
    message["Date"] = format_datetime(real_now)
    message["Message-ID"] = message_id(notice, sending, letterhead.domain)
    references = [thread_id(about, letterhead.domain)]
    if reminder_of is not None:
        references.append(message_id(reminder_of, 0, letterhead.domain))
        message["In-Reply-To"] = references[-1]
    message["References"] = " ".join(references)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.plain, cte="quoted-printable")
    message.add_alternative(text.html, subtype="html", cte="quoted-printable")
    if attachment is not None:
        message.add_attachment(
            attachment.content, maintype="text", subtype=attachment.subtype, filename=attachment.name,
            params={"charset": "utf-8"} | ({"header": "present"} if attachment.subtype == "csv" else {}),
        )  # fmt: skip
    message["Content-Language"] = language  # last: whatever changes the content takes such headers along into its parts
    return message


def spreadsheet(name: str, table: Sequence[Sequence[str]]) -> Attachment:
    """A table whose first row is its header."""
    return Attachment(name=name, subtype="csv", content=as_csv(table).encode("utf-8-sig"))


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    """Comma-separated values in which no cell starts a formula when a spreadsheet opens them."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([neutral(cell) for cell in row] for row in rows)
    return written.getvalue()


def neutral(cell: str) -> str:
    """A cell that a spreadsheet shows instead of executing."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
