"""The SMTP side: takes every recipient, plays the rules of trouble, sends delivery reports back."""

import asyncio
import re
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from services.cli.mailbox.store import Store

_PARAMETER = re.compile(r"\s+(RET|ENVID|NOTIFY|ORCPT)=(\S+)", re.IGNORECASE)
Address = tuple[str, int]


class DsnSMTP(SMTP):
    """aiosmtpd's server with the parameters for delivery status notifications (RFC 3461)."""

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        self._session().dsn = dict(_parameters(arg))
        await super().smtp_MAIL(_without(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        self._session().dsn |= dict(_parameters(arg))
        await super().smtp_RCPT(_without(arg))

    def _session(self) -> Any:
        return self.session


def _parameters(arg: str | None) -> list[tuple[str, str]]:
    return [(name.upper(), value) for name, value in _PARAMETER.findall(arg or "")]


def _without(arg: str | None) -> str | None:
    return None if arg is None else _PARAMETER.sub("", arg)


class Receiver:
    """aiosmtpd's handler."""

    def __init__(self, store: Store, returns: Address | None = None) -> None:
        """`returns`: the server to which delivery reports go; None: nobody is told."""
        self._store = store
        self._returns = returns
        self._greylisted: set[tuple[str, str]] = set()
        self._reporting: set[asyncio.Task[None]] = set()

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], "250-DSN", *responses[1:]]

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        local = address.partition("@")[0].lower()
        known = (envelope.mail_from or "", address)
        if local.startswith("bounce"):
            return "550 5.1.1 no such mailbox"
        if local.startswith("greylist") and known not in self._greylisted:
            self._greylisted.add(known)
            return "451 4.7.1 greylisted, try again"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        asked: dict[str, str] = getattr(session, "dsn", {})
        content = envelope.original_content or b""
        sender = (envelope.mail_from or "").strip("<>")
        for recipient in envelope.rcpt_tos:
            self._store.add(sender, recipient, asked.get("ENVID", ""), content)
            self._report(sender, recipient, asked.get("ENVID"))
        return "250 2.0.0 taken"

    def _report(self, sender: str, recipient: str, envelope: str | None) -> None:
        local = recipient.partition("@")[0].lower()
        action = next((a for start, a in _REPORTED.items() if local.startswith(start)), None)
        if action is None or not sender or self._returns is None:
            return  # nobody is told of what happened to a report
        report = delivery_report(sender, recipient, action, envelope)
        task = asyncio.create_task(asyncio.to_thread(_send, self._returns, sender, report.as_bytes()))
        self._reporting.add(task)
        task.add_done_callback(self._reporting.discard)


_REPORTED = {"later-bounce": ("failed", "5.2.1"), "delivered": ("delivered", "2.0.0")}


def delivery_report(to: str, recipient: str, outcome: tuple[str, str], envelope: str | None) -> Message:
    """A report as mail servers send it (RFC 3464)."""
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["From"] = "Mail Delivery System <mailer-daemon@localhost>"
    report["To"] = to
    report["Subject"] = "Delivery status notification"
    report["Date"] = formatdate()
    report["Auto-Submitted"] = "auto-replied"
    report.attach(MIMEText("This is a report of the mail server.\n"))
    status = Message()
    status["Content-Type"] = "message/delivery-status"
    whole, single = Message(), Message()
    whole["Reporting-MTA"] = "dns; localhost"
    if envelope:
        whole["Original-Envelope-Id"] = envelope
    single["Final-Recipient"] = f"rfc822; {recipient}"
    single["Action"], single["Status"] = outcome
    status.set_payload([whole, single])
    report.attach(status)
    original = EmailMessage()
    original["Content-Type"] = "text/rfc822-headers"
    report.attach(original)
    return report


def _send(server: Address, to: str, content: bytes) -> None:
    try:
        with smtplib.SMTP(*server, timeout=5) as client:
            client.sendmail("", [to], content)
    except (OSError, smtplib.SMTPException):
        return  # nobody takes reports; the mail stays in the box all the same


def protocol(
    handler: object, *, tls: ssl.SSLContext | None = None, sign_in: tuple[str, str] | None = None
) -> Callable[[], DsnSMTP]:
    """Makes the server's side of one connection. `tls`: STARTTLS is demanded; `sign_in`: so is AUTH."""

    def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == sign_in, handled=False)

    def make() -> DsnSMTP:
        return DsnSMTP(
            handler,
            hostname="localhost",
            ident="Mailbox",
            enable_SMTPUTF8=True,
            data_size_limit=10_000_000,
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=authenticate if sign_in else None,
            auth_required=sign_in is not None,
            loop=asyncio.get_running_loop(),
        )

    return make
