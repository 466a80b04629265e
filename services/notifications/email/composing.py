"""From a stored notice and the contacts of the moment to a message in its envelope."""

from datetime import datetime, timedelta

from msgspec import Struct

from contracts.membership.contacts import Contact, Contacts
from contracts.notifications.words import Purpose
from services.notifications.email import addressing, agreement, message, texts
from services.notifications.email.addresses import envelope_address
from services.notifications.email.message import Attachment, Letterhead, Recipient, UnusableAddressError
from services.notifications.email.smtp import Envelope
from services.notifications.links import rules as links
from services.notifications.notices.rules import LEGALLY_RELEVANT
from services.notifications.notices.rules_life import Stored
from services.notifications.settings import NotificationsSettings


class NobodyError(LookupError):
    """No person is named for whom the notice would be."""


class NoAgreementError(LookupError):
    """Membership did not give the agreement that the notice sends."""


class Composed(Struct, frozen=True, kw_only=True):
    notice: Stored
    language: texts.Language
    envelope: Envelope


class Composer:
    """Holds what all messages share."""

    def __init__(self, settings: NotificationsSettings) -> None:
        self._settings = settings
        self._keys = links.keys(settings.link_key)
        self._letterhead = Letterhead(
            sender=settings.sender, sender_name=settings.sender_name, domain=settings.envelope_domain
        )

    def compose(self, notice: Stored, contacts: Contacts, real_now: datetime) -> Composed:
        """Raises NobodyError, UnusableAddressError, NoAgreementError."""
        person = addressing.recipient(notice, contacts)
        if person is None:
            raise NobodyError
        address = envelope_address(person.email)
        if address is None:
            raise UnusableAddressError
        language = texts.language_for(person.language)
        table: list[list[str]] = []
        if notice.purpose is Purpose.DIRECTORY and notice.content.as_of is not None:
            table = addressing.directory(contacts.directory, notice.content.as_of, language)
        text = texts.compose(
            notice.purpose, language, addressing.names(notice, contacts, person), notice.content,
            portal=self._settings.public_url, table=table,
            link=self._link(notice, (contacts.clock if contacts.sandbox else None) or real_now),
        )  # fmt: skip
        built = message.build(
            text=text, language=language, letterhead=self._letterhead,
            recipient=Recipient(name=person.name, email=person.email), notice=notice.id,
            sending=notice.standing.sending, about=notice.about, reminder_of=notice.reminder_of, real_now=real_now,
            attachment=_attachment(notice, contacts, person, table, language),
        )  # fmt: skip
        local = links.return_path(notice.id, notice.standing.sending, self._keys)
        envelope = Envelope(
            sender=f"{local}@{self._settings.envelope_domain}", recipient=address,
            identifier=f"{notice.id}.{notice.standing.sending}", content=built.as_bytes(),
        )  # fmt: skip
        return Composed(notice=notice, language=language, envelope=envelope)

    def _link(self, notice: Stored, now: datetime) -> tuple[str, datetime] | None:
        """A reminder's link confirms the notice that it reminds of: that is the one whose receipt counts."""
        if notice.purpose not in LEGALLY_RELEVANT:
            return None
        expires = now + timedelta(days=self._settings.link_days)
        link = links.Link(
            notice=notice.reminder_of or notice.id, network=notice.network, expires=int(expires.timestamp())
        )
        return f"{self._settings.public_url}/links/{links.sign(link, self._keys)}", link.expires_at


def _attachment(
    notice: Stored, contacts: Contacts, person: Contact, table: list[list[str]], language: texts.Language
) -> Attachment | None:
    if notice.purpose is Purpose.APPLICATION_WELCOME:
        if contacts.agreement is None:
            raise NoAgreementError
        return agreement.attached(contacts.agreement, notice.network, person.organisation, contacts.time_zone, language)
    if table:
        name = f"{'mitglieder' if language == 'de' else 'members'}-{notice.content.edition}.csv"
        return message.spreadsheet(name, table)
    return None
