"""One SMTP connection: one transaction for each recipient, and an outcome for whatever can happen in it."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Awaitable, Callable
from enum import StrEnum

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from msgspec import Struct

from services.notifications.settings import Relay

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """For good: 5xx to the recipient or the message."""
    LATER = "later"
    """4xx: the same notice again after a while."""
    AWAY = "away"
    """The server cannot be used by anybody now; no matter of this notice."""
    DOUBT = "doubt"
    """The message went over the wire and no answer came back."""
    WITHDRAWN = "withdrawn"
    """Before anything was sent it turned out that the notice is no longer ours or no longer wanted."""


class Result(Struct, frozen=True, kw_only=True):
    outcome: Outcome
    evidence: str
    """Answer code and enhanced status; never the server's words, which repeat addresses."""


class Envelope(Struct, frozen=True, kw_only=True):
    sender: str
    """The return path."""
    recipient: str
    identifier: str
    """ENVID (RFC 3461)."""
    content: bytes


class Connection:
    """Opened when first needed, kept while it works."""

    def __init__(self, relay: Relay, timeout: float) -> None:
        self._relay = relay
        self._timeout = timeout
        self._client: SMTP | None = None

    async def send(self, envelope: Envelope, before_data: Callable[[], Awaitable[bool]]) -> Result:
        """Sends one message. `before_data` is awaited once the server has taken the recipient and before the content
        goes over the wire; False withdraws the message."""
        try:
            client = await self._ready()
        except (SMTPException, OSError, ssl.SSLError, TimeoutError) as error:
            await self.close()
            return Result(outcome=Outcome.AWAY, evidence=_trouble(error))
        data_begun = False
        try:
            await self._address(client, envelope)
            if not await before_data():
                await client.rset()
                return Result(outcome=Outcome.WITHDRAWN, evidence="")
            data_begun = True
            answer = await client.data(envelope.content)
            return Result(outcome=Outcome.ACCEPTED, evidence=_code(answer.code, answer.message))
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError, TimeoutError) as error:
            await self.close()
            return Result(outcome=Outcome.DOUBT if data_begun else Outcome.AWAY, evidence=_trouble(error))
        except SMTPResponseException as error:
            await self._reset(error.code)
            return Result(outcome=_outcome(error.code), evidence=_code(error.code, error.message))
        except SMTPException as error:  # an answer that is no SMTP: nobody knows what the server understood
            await self.close()
            return Result(outcome=Outcome.DOUBT if data_begun else Outcome.AWAY, evidence=_trouble(error))
        except BaseException:  # ours, in the middle of a transaction: the server must not wait for its rest
            self._drop()
            raise

    async def _ready(self) -> SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        relay = self._relay
        client = SMTP(
            hostname=relay.host, port=relay.port, timeout=self._timeout, use_tls=relay.security == "tls",
            start_tls=False, tls_context=_trust(relay) if relay.security != "none" else None,
        )  # fmt: skip
        self._client = client
        await client.connect()
        await client.ehlo()
        if relay.security == "starttls":
            await client.starttls()
            await client.ehlo()  # what was offered before encryption does not count
        if relay.username is not None:
            await client.login(relay.username, relay.password or "")
        return client

    async def _address(self, client: SMTP, envelope: Envelope) -> None:
        options: list[str] = []
        recipient_options: list[str] = []
        if client.supports_extension("dsn"):
            options = ["RET=HDRS", f"ENVID={envelope.identifier}"]
            recipient_options = ["NOTIFY=SUCCESS,FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(envelope.recipient)}"]
        if client.supports_extension("size"):
            options.append(f"SIZE={len(envelope.content)}")
        if not envelope.recipient.isascii():
            if not client.supports_extension("smtputf8"):
                raise SMTPResponseException(553, "5.6.7 the server takes no such address")
            options.append("SMTPUTF8")
        encoding = "ascii" if envelope.recipient.isascii() else "utf-8"
        await client.mail(envelope.sender, options=options, encoding=encoding)
        await client.rcpt(envelope.recipient, options=recipient_options, encoding=encoding)

    async def _reset(self, code: int) -> None:
        """Makes the connection usable for the next message; 421 announces its end."""
        if code == 421 or self._client is None:
            await self.close()
            return
        try:
            await self._client.rset()
        except (SMTPException, OSError, TimeoutError):
            await self.close()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(SMTPException, OSError, TimeoutError, asyncio.InvalidStateError):
            if client.is_connected:
                await asyncio.wait_for(client.quit(), 2)
        with contextlib.suppress(SMTPException, OSError):
            client.close()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(SMTPException, OSError):
                client.close()


def _outcome(code: int) -> Outcome:
    if code == 421:
        return Outcome.AWAY
    return Outcome.REFUSED if code >= 500 else Outcome.LATER


def _trust(relay: Relay) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if relay.ca_file:
        context.load_verify_locations(relay.ca_file)
    return context


def _code(code: int, words: str) -> str:
    enhanced = _ENHANCED.search(words)
    return f"{code} {enhanced[0]}" if enhanced else str(code)


def _trouble(error: BaseException) -> str:
    """What went wrong with the server, in words without its own."""
    if isinstance(error, SMTPAuthenticationError):
        return f"the mail server refused our sign-in ({error.code})"
    if isinstance(error, SMTPResponseException):
        return f"the mail server is not ready ({error.code})"
    if isinstance(error, ssl.SSLError):
        return "the mail server's certificate or encryption is not acceptable"
    if isinstance(error, TimeoutError | SMTPTimeoutError):
        return "the mail server did not answer in time"
    return "the mail server cannot be reached, or cut the connection"


def _xtext(text: str) -> str:
    """RFC 3461, section 4."""
    return "".join(char if "!" <= char <= "~" and char not in "+=" else f"+{ord(char):02X}" for char in text)
