"""What this service can be told from outside. Names of variables: FALLNETZ_NOTIFICATIONS_<FIELD>."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from services.chassis.settings import ServiceSettings, SettingsError
from services.notifications.email.addresses import is_usable
from services.notifications.links.rules import keys


class Relay(Struct, frozen=True, kw_only=True):
    """An SMTP server that takes our mail."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"] = "none"
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None

    def __repr__(self) -> str:
        return f"<Relay {self.host}:{self.port}>"


class NotificationsSettings(ServiceSettings, frozen=True, kw_only=True):
    """Database, broker and the common fields: see ServiceSettings."""

    link_key: str
    """Signs links and return paths: one or more keys of at least 32 characters, separated by white space or commas. The
    first signs, all verify; change a key by putting a new one in front and dropping the old one after `link_days`."""
    public_url: str = "http://127.0.0.1:8000"
    """The portal, as people reach it, without a slash at the end: mails lead there."""
    link_days: int = 60
    """How long a link to confirm receipt is valid."""

    sender: str = "fallnetz@localhost"
    """The address that stands in From."""
    sender_name: str = "Fallnetz"
    envelope_domain: str = "localhost"
    """Domain of the return path; its mail must reach `bounce_port`."""
    smtp_host: str = ""
    """Empty: real networks' notices wait until a server is named."""
    smtp_port: int = 587
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_username: str | None = None
    smtp_password: str | None = None
    smtp_ca_file: str | None = None
    """Certificates to trust beside the system's."""
    smtp_connections: int = 4
    sandbox_smtp_host: str = ""
    """The development mailbox for sandbox networks; empty: they send nothing, their notices are only listed."""
    sandbox_smtp_port: int = 1025
    smtp_timeout_seconds: float = 30
    retry_seconds: float = 30
    """First pause after a temporary failure; it doubles up to an hour."""
    give_up_hours: float = 72
    """After this time without success a notice is given up and listed as failed."""
    lease_seconds: float = 120
    """How long a copy of the service may hold a notice without finishing it. More than four `smtp_timeout_seconds`."""
    poll_seconds: float = 0.1
    bounce_port: int = 0
    """Port on which delivery reports arrive by SMTP; 0: none."""
    bounce_host: str = "127.0.0.1"

    webhook_ca_file: str | None = None
    """Certificates to trust beside the system's when webhooks are delivered."""
    webhook_allowed_hosts: tuple[str, ...] = ()
    """Hosts of the operator's own, as they stand in webhooks' addresses: they may be private and speak plain HTTP."""
    sandbox_webhook_hosts: tuple[str, ...] = ()
    """The only hosts to which sandbox networks deliver (G6); they may be private and speak plain HTTP."""

    @property
    def trusted_hosts(self) -> tuple[str, ...]:
        return (*self.webhook_allowed_hosts, *self.sandbox_webhook_hosts)

    @property
    def relay(self) -> Relay | None:
        if not self.smtp_host:
            return None
        return Relay(
            host=self.smtp_host, port=self.smtp_port, security=self.smtp_security, username=self.smtp_username,
            password=self.smtp_password, ca_file=self.smtp_ca_file,
        )  # fmt: skip

    @property
    def sandbox_relay(self) -> Relay | None:
        return Relay(host=self.sandbox_smtp_host, port=self.sandbox_smtp_port) if self.sandbox_smtp_host else None


def check(settings: NotificationsSettings) -> None:
    """Raises SettingsError for values that contradict each other or cannot work."""
    problems = []
    try:
        keys(settings.link_key)
    except ValueError as error:
        problems.append(f"FALLNETZ_NOTIFICATIONS_LINK_KEY: {error}.")
    if not is_usable(settings.sender):
        problems.append("FALLNETZ_NOTIFICATIONS_SENDER must be an e-mail address.")
    if not is_usable(f"return@{settings.envelope_domain}"):
        problems.append("FALLNETZ_NOTIFICATIONS_ENVELOPE_DOMAIN must be a domain.")
    if not settings.public_url.startswith(("https://", "http://")) or settings.public_url.endswith("/"):
        problems.append("FALLNETZ_NOTIFICATIONS_PUBLIC_URL begins with http(s):// and has no slash at the end.")
    if settings.lease_seconds < 4 * settings.smtp_timeout_seconds:
        problems.append("FALLNETZ_NOTIFICATIONS_LEASE_SECONDS must be at least four times SMTP_TIMEOUT_SECONDS.")
    if settings.smtp_username and settings.smtp_security == "none":
        problems.append("FALLNETZ_NOTIFICATIONS_SMTP_USERNAME needs SMTP_SECURITY starttls or tls.")
    if settings.webhook_ca_file is not None and not Path(settings.webhook_ca_file).is_file():
        problems.append("FALLNETZ_NOTIFICATIONS_WEBHOOK_CA_FILE names a file that is not there.")
    if any("/" in host or host != host.lower() for host in settings.trusted_hosts):
        problems.append(
            "FALLNETZ_NOTIFICATIONS_WEBHOOK_ALLOWED_HOSTS and SANDBOX_WEBHOOK_HOSTS are hosts in small letters, "
            "without https:// and path."
        )
    if problems:
        raise SettingsError(problems)
