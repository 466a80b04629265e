"""The others, as real protocol peers: membership on the broker, mail servers on SMTP."""

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from ipaddress import IPv4Address
from pathlib import Path
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec import Struct

from contracts.event import Fact
from contracts.ids import ApiKeyId, MemberId, PersonId
from contracts.membership.admission import ApplicantWelcomed
from contracts.membership.contacts import (
    FORESEE,
    GET_CONTACTS,
    Agreement,
    Contact,
    Contacts,
    Foresee,
    Foreseen,
    GetContacts,
)
from contracts.membership.leaving import ExclusionPassed
from contracts.membership.members import WHO_AM_I, Me, MemberView, Standing, WhoAmI
from contracts.membership.words import Role, Subject
from contracts.request import Actor, Call, Refused
from services.chassis import journal
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.chassis.service import Service
from services.chassis.settings import ServiceSettings
from services.cli.mailbox.receiving import protocol
from services.notifications.settings import NotificationsSettings
from tests import databases
from tests.notifications.facts import APPLICATION, EXCLUSION, MONDAY, NETWORK, SIX, F, opened

KEY = "a-key-for-these-tests-with-more-than-32-characters"
OFFICE = F


class Directory:
    """What the peer knows. Everybody is called after their member and reads German unless said otherwise."""

    def __init__(self) -> None:
        self.sandbox = False
        self.clock: datetime | None = None
        self.languages: dict[MemberId, str] = {}
        self.applicants_language = "de"
        self.emails: dict[MemberId, str] = {}
        self.names: dict[MemberId, str] = {}
        self.vacant: set[tuple[MemberId, Role]] = set()
        self.charter = 'name = "Netzwerk {Süd}"\r\n# the end'
        """Text of the agreement; empty: the office has not signed."""
        self.away = False
        self.erased = False
        """The application has lapsed."""
        self.left: set[MemberId] = set()
        self.replaced: set[PersonId] = set()
        self.silent_seconds = 0.0
        self.asked = 0

    def contact(self, member: MemberId, role: Role) -> Contact:
        address = f"{role}.{member}@example.org" if role is Role.DEPUTY else f"{member}@example.org"
        return Contact(
            member=member, role="deputy" if role is Role.DEPUTY else "representative",
            name=self.names.get(member, f"Person of {member}"), email=self.emails.get(member, address),
            language=self.languages.get(member, "de"), organisation=f"Organisation {member}",
            person=PersonId(f"per_{member}" if role is Role.REPRESENTATIVE else f"per_{member}_deputy"),
        )  # fmt: skip

    def contacts(self, asked: GetContacts) -> Contacts:
        self.asked += 1
        time.sleep(self.silent_seconds)
        if self.away:
            raise Refused("storage-unavailable", "away", status=503)
        if self.erased and asked.application is not None:
            raise Refused("application-not-found", "There is no such application.", status=404)
        members = [*asked.members, *([OFFICE] if asked.office else [])]
        found = [self.contact(m, r) for m in members for r in Role if (m, r) not in self.vacant]
        listed_already = {contact.person for contact in found}
        everybody = [self.contact(m, r) for m in SIX for r in Role]
        found += [c for c in everybody if c.person in asked.persons and c.person not in listed_already | self.replaced]
        if asked.application is not None:
            found.append(
                Contact(
                    member=None, role="applicant", name="Ada Antrag", email="applicant@example.org",
                    language=self.applicants_language, organisation="Wohnwerk e. V.",
                )
            )  # fmt: skip
        listed = [MemberView(id=m, name=f"Organisation {m}", kind="=charity", joined_at=MONDAY) for m in SIX[:3]]
        return Contacts(
            network_name="Netzwerk", time_zone="Europe/Berlin", sandbox=self.sandbox, office_name="Stadt",
            contacts=found, clock=self.clock, names={m: f"Organisation {m}" for m in asked.names_of},
            present=[m for m in members if m not in self.left],
            question="Wie viele?", directory=listed if asked.directory else [],
            agreement=self._agreement() if asked.agreement and self.charter else None,
        )  # fmt: skip

    def _agreement(self) -> Agreement:
        return Agreement(
            network_name="Netzwerk {Süd}", charter_version=3, text=self.charter, signed_at=MONDAY, signed_by="Stadt",
            digest=sha256(self.charter.encode()).hexdigest(),
            sentences={"de": ["Schweigen ist Zustimmung.", "Stimmen: {offen}."], "en": ["Silence is consent."]},
        )  # fmt: skip

    def foreseen(self, asked: Foresee) -> Foreseen:
        match asked.step:
            case "announce-application":
                return Foreseen(fact=opened())
            case "announce-exclusion":
                return Foreseen(fact=opened(Subject.EXCLUSION), concerned=SIX[0])
            case "welcome-applicant":
                welcomed = ApplicantWelcomed(
                    network=NETWORK, application=APPLICATION, expires_at=MONDAY + timedelta(days=30), reminders=[]
                )
                return Foreseen(fact=welcomed)
            case "exclude":
                passed = ExclusionPassed(network=NETWORK, exclusion=EXCLUSION, concerned=SIX[0], effective_at=MONDAY)
                return Foreseen(fact=passed)
            case _:
                raise Refused("application-announced", "It is with the members already.")

    def key(self, actor: Actor) -> Me:
        """A member's API key."""
        if actor.member is None or actor.member in self.left:
            return Me(person=None, name=None, operator=False, standings=[])
        standing = Standing(
            network=NETWORK, member=actor.member, member_name=actor.member, role=Role.REPRESENTATIVE,
            office=actor.member == OFFICE,
        )  # fmt: skip
        return Me(person=None, name=None, operator=False, standings=[standing], key=ApiKeyId(actor.subject))

    def me(self, subject: str) -> Me:
        """`mem_a` speaks for that member; `operator` runs the installation; everybody else is a stranger."""
        if subject == "operator":
            return Me(person=None, name=None, operator=True, standings=[])
        if not subject.startswith("mem_") or subject in self.left:
            return Me(person=None, name=None, operator=False, standings=[])
        standing = Standing(
            network=NETWORK, member=MemberId(subject), member_name=subject, role=Role.REPRESENTATIVE,
            office=subject == OFFICE, person=PersonId(f"per_{subject}"),
        )  # fmt: skip
        return Me(person=PersonId(f"per_{subject}"), name=subject, operator=False, standings=[standing])


class MembershipPeer:
    """Answers what notifications asks, and publishes facts from a journal of its own."""

    def __init__(self, nats_url: str, directory: Path) -> None:
        self.knows = Directory()
        requests = Requests()
        requests.answers(GET_CONTACTS)(self._contacts)
        requests.answers(WHO_AM_I)(self._me)
        requests.answers(FORESEE)(self._foresee)
        settings = ServiceSettings(database_url=databases.fresh("sqlite", "", directory), nats_url=nats_url)
        self.service = Service("membership", settings=settings, requests=[requests])

    def _contacts(self, _tx: Transaction, _call: Call, request: GetContacts) -> Contacts:
        return self.knows.contacts(request)

    def _foresee(self, _tx: Transaction, _call: Call, request: Foresee) -> Foreseen:
        return self.knows.foreseen(request)

    def _me(self, _tx: Transaction, call: Call, _request: WhoAmI) -> Me:
        assert call.actor is not None
        if call.actor.issuer == "key":
            return self.knows.key(call.actor)
        return self.knows.me(call.actor.subject)

    async def publish(self, *facts: Fact, at: datetime = MONDAY) -> None:
        for fact in facts:
            record = str(getattr(fact, "ballot", NETWORK))
            await self.service.database.write(_record, fact, record, at)


def _record(tx: Transaction, fact: Fact, record: str, at: datetime) -> None:
    journal.record(tx, network=NETWORK, record=record, facts=[fact], now=at)


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[Service]:
    """The service within this process, from ready to its orderly end."""
    task = asyncio.create_task(service.run())
    try:
        async with asyncio.timeout(20):
            while service.not_ready():
                if task.done():
                    task.result()
                await asyncio.sleep(0.01)
        yield service
    finally:
        service.stop()
        await task


class Taken(Struct, frozen=True):
    """A mail that the server took."""

    sender: str
    recipient: str
    parameters: dict[str, str]
    secure: bool
    message: EmailMessage


Script = Callable[[str], str | None]
"""Gives an answer for a recipient, None for the usual one; `cut` closes the connection."""


class MailServer:
    """A mail server whose answers can be changed."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.at_recipient: Script = lambda _recipient: None
        self.after_data: Script = lambda _recipient: None
        self.attempts: dict[str, int] = defaultdict(int)
        self.port = 0
        self._server: asyncio.Server | None = None

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], "250-DSN", *responses[1:]]

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.attempts[address] += 1
        envelope.rcpt_tos.append(address)
        return self.at_recipient(address) or "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        [recipient] = envelope.rcpt_tos
        answer = self.after_data(recipient)
        if answer is None or answer == "cut after taking":
            message = message_from_bytes(envelope.original_content or b"", policy=default)
            parameters = dict(getattr(session, "dsn", {}))
            taken = Taken(envelope.mail_from or "", recipient, parameters, session.ssl is not None, message)
            self.taken.append(taken)
        if answer is not None and answer.startswith("cut"):
            cast(asyncio.Transport, server.transport).abort()
        return answer or "250 2.0.0 taken"

    async def start(self, *, tls: ssl.SSLContext | None = None, sign_in: tuple[str, str] | None = None) -> None:
        make = protocol(self, tls=tls, sign_in=sign_in)
        self._server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def to(self, member: str) -> list[Taken]:
        return [taken for taken in self.taken if taken.recipient == f"{member}@example.org"]


def certificate(directory: Path, *names: str) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a self-made certificate for 127.0.0.1 and names, and the file that makes it trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    valid_for = [x509.IPAddress(IPv4Address("127.0.0.1")), *(x509.DNSName(name) for name in names)]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(valid_for), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = directory / "chain.pem", directory / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    return context, chain


def settings(database_url: str, nats_url: str, smtp_port: int, **changes: object) -> NotificationsSettings:
    """Impatient settings: a retry comes at once."""
    values: dict[str, object] = {
        "database_url": database_url, "nats_url": nats_url, "link_key": KEY, "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port, "smtp_security": "none", "sender": "fallnetz@example.net",
        "envelope_domain": "example.net", "public_url": "https://portal.example.net", "retry_seconds": 0.0,
        "smtp_timeout_seconds": 2.0, "lease_seconds": 8.0, "settling_margin_seconds": 0.0, "poll_seconds": 0.02,
    }  # fmt: skip
    return NotificationsSettings(**(values | changes))  # type: ignore[arg-type]


def addresses(members: Sequence[MemberId]) -> list[str]:
    return [f"{member}@example.org" for member in members]
