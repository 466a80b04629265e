"""Mails in a small SQLite database, in memory unless a file is named. Safe to use from several threads."""

import sqlite3
import threading
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from pathlib import Path

from msgspec import Struct

_TABLE = """
CREATE TABLE IF NOT EXISTS mails (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  received_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  envelope TEXT NOT NULL,
  content BLOB NOT NULL
)"""
_MOST = 20_000
"""Older mails make room."""


class Attachment(Struct, frozen=True, kw_only=True):
    number: int
    name: str
    type: str
    size: int
    """Bytes."""


class Mail(Struct, frozen=True, kw_only=True):
    """One mail for one recipient, as the API shows it."""

    id: int
    received_at: datetime
    return_path: str
    to: str
    """Of the envelope, in lower case."""
    subject: str
    sender: str
    """Of the header From."""
    message_id: str
    envelope_id: str
    """ENVID (RFC 3461), where one was given."""
    text: str
    html: str
    attachments: list[Attachment]
    headers: list[tuple[str, str]]


class Store:
    def __init__(self, path: Path | None = None) -> None:
        self._connection = sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False)
        self._lock = threading.Lock()
        with self._lock, self._connection:
            self._connection.execute(_TABLE)
            self._connection.execute("CREATE INDEX IF NOT EXISTS mails_to ON mails (recipient, id)")

    def add(self, sender: str, recipient: str, envelope: str, content: bytes) -> None:
        row = (sender, recipient.lower(), envelope, content)
        with self._lock, self._connection:
            self._connection.execute(
                "INSERT INTO mails (sender, recipient, envelope, content) VALUES (?, ?, ?, ?)", row
            )
            self._connection.execute("DELETE FROM mails WHERE id <= (SELECT max(id) FROM mails) - ?", (_MOST,))

    def find(self, to: str | None = None, after: int = 0, limit: int = 1000) -> list[Mail]:
        """Oldest first; `after`: the id of the last one seen."""
        where, values = "id > ?", [str(after)]
        if to is not None:
            where, values = f"{where} AND recipient = ?", [*values, to.lower()]
        return self._read(f"{where} ORDER BY id LIMIT ?", (*values, limit))

    def newest(self, to: str | None = None, limit: int = 200) -> list[Mail]:
        """Newest first."""
        where, values = ("recipient = ?", (to.lower(),)) if to else ("1", ())
        return self._read(f"{where} ORDER BY id DESC LIMIT ?", (*values, limit))

    def get(self, mail: int) -> Mail | None:
        found = self._read("id = ?", (mail,))
        return found[0] if found else None

    def attachment(self, mail: int, number: int) -> tuple[Attachment, bytes] | None:
        """An attachment and its content."""
        with self._lock:
            row = self._connection.execute("SELECT content FROM mails WHERE id = ?", (mail,)).fetchone()
        if row is None:
            return None
        parts = list(_parsed(row[0]).iter_attachments())
        if not 0 <= number < len(parts):
            return None
        part = parts[number]
        return _attachment(number, part), _bytes(part)

    def clear(self) -> None:
        with self._lock, self._connection:
            self._connection.execute("DELETE FROM mails")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _read(self, condition: str, values: tuple[object, ...]) -> list[Mail]:
        columns = "id, received_at, sender, recipient, envelope, content"
        with self._lock:
            rows = self._connection.execute(f"SELECT {columns} FROM mails WHERE {condition}", values).fetchall()  # noqa: S608
        return [_mail(row) for row in rows]


def _mail(row: tuple[int, str, str, str, str, bytes]) -> Mail:
    identity, received_at, sender, recipient, envelope, content = row
    message = _parsed(content)
    return Mail(
        id=identity,
        received_at=datetime.fromisoformat(received_at).astimezone(UTC),
        return_path=sender,
        to=recipient,
        subject=str(message.get("Subject", "")),
        sender=str(message.get("From", "")),
        message_id=str(message.get("Message-ID", "")).strip(),
        envelope_id=envelope,
        text=_body(message, "plain"),
        html=_body(message, "html"),
        attachments=[_attachment(number, part) for number, part in enumerate(message.iter_attachments())],
        headers=[(name, str(value)) for name, value in message.items()],
    )


def _parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, UnicodeError):
        return _bytes(part).decode("utf-8", "replace")


def _attachment(number: int, part: MIMEPart) -> Attachment:
    name = Path(part.get_filename() or f"part-{number}").name
    return Attachment(number=number, name=name, type=part.get_content_type(), size=len(_bytes(part)))


def _bytes(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
