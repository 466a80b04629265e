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
from services.notifications.notices.rules import LINKED, role_of
from services.notifications.notices.rules_life import Stored
from services.notifications.preferences import rules as preferring
from services.notifications.preferences.rules import Wishes
from services.notifications.settings import NotificationsSettings

LINK_PATH = "/l/"
"""Where the portal's pages behind links are."""
_ENDING = frozenset({Purpose.APPLICATION_CONFIRMATION, Purpose.INVITATION})
"""Their links end with what they are for."""


class NobodyError(LookupError):
    """No person is named for whom the notice would be."""


class NoAgreementError(LookupError):
    """Membership did not give the agreement that the notice sends."""


class Composed(Struct, frozen=True, kw_only=True):
    notice: Stored
    language: texts.Language
    role: str
    """In which function the recipient is told."""
    envelope: Envelope


class Letter(Struct, frozen=True, kw_only=True):
    """What one person reads, and what comes with it."""

    person: Contact
    language: texts.Language
    role: str
    text: texts.Text
    attachment: Attachment | None


class Composer:
    """Holds what all messages share."""

    def __init__(self, settings: NotificationsSettings) -> None:
        self._settings = settings
        self._keys = links.keys(settings.link_key)
        self._letterhead = Letterhead(
            sender=settings.sender, sender_name=settings.sender_name, domain=settings.envelope_domain
        )

    def compose(self, letter: Letter, notice: Stored, wishes: Wishes, real_now: datetime) -> Composed:
        """The letter in its envelope. Raises UnusableAddressError."""
        email = self._email(letter, notice, wishes)
        address = envelope_address(email)
        if address is None:
            raise UnusableAddressError
        built = message.build(
            text=letter.text, language=letter.language, letterhead=self._letterhead,
            recipient=Recipient(name=letter.person.name, email=email), notice=notice.id,
            sending=notice.standing.sending, about=notice.about, reminder_of=notice.reminder_of, real_now=real_now,
            attachment=letter.attachment,
        )  # fmt: skip
        local = links.return_path(notice.id, notice.standing.sending, self._keys)
        envelope = Envelope(
            sender=f"{local}@{self._settings.envelope_domain}", recipient=address,
            identifier=f"{notice.id}.{notice.standing.sending}", content=built.as_bytes(),
        )  # fmt: skip
        return Composed(notice=notice, language=letter.language, role=letter.role, envelope=envelope)

    def letter(
        self, notice: Stored, contacts: Contacts, real_now: datetime, *, attach: bool = True, token: str | None = None,
        paper: bool = False,
    ) -> Letter:  # fmt: skip
        """What is sent and, with a `token` that opens nothing and without what is attached, what a preview shows; on
        `paper` there is no link. Raises NobodyError, NoAgreementError."""
        person = addressing.recipient(notice, contacts)
        if person is None:
            raise NobodyError
        language = texts.language_for(person.language)
        table: list[list[str]] = []
        if notice.purpose is Purpose.DIRECTORY and notice.content.as_of is not None:
            table = addressing.directory(contacts.directory, notice.content.as_of, language)
        moment = (contacts.clock if contacts.sandbox else None) or real_now
        text = texts.compose(
            notice.purpose, language, addressing.names(notice, contacts, person), notice.content,
            portal=self._settings.public_url, table=table, paper=paper,
            link=None if paper else self._link(notice, person, moment, token),
        )  # fmt: skip
        return Letter(
            person=person, language=language, role=role_of(notice.addressee, person.role), text=text,
            attachment=_attachment(notice, contacts, person, table, language) if attach else None,
        )  # fmt: skip

    def _email(self, letter: Letter, notice: Stored, wishes: Wishes) -> str:
        wanted = wishes.preferences
        if notice.purpose is Purpose.REDIRECT_CONFIRMATION:
            if wanted.redirect_to is None or wishes.redirect_asked != notice.content.asked:
                raise NobodyError  # another address was set since
            return wanted.redirect_to
        elsewhere = preferring.redirected(notice.purpose, wanted, confirmed=wishes.redirect_confirmed)
        return elsewhere or letter.person.email

    def _link(self, notice: Stored, person: Contact, now: datetime, token: str | None) -> tuple[str, datetime] | None:
        """A reminder's link confirms the notice that it reminds of: that is the one whose receipt counts."""
        if notice.purpose not in LINKED:
            return None
        expires = now + timedelta(days=self._settings.link_days)
        if notice.purpose in _ENDING and notice.content.expires_at is not None:
            expires = notice.content.expires_at
        link = links.Link(
            notice=notice.reminder_of or notice.id, network=notice.network, expires=int(expires.timestamp()),
            sent=notice.id if notice.reminder_of else None, person=person.person,
        )  # fmt: skip
        return f"{self._settings.public_url}{LINK_PATH}{token or links.sign(link, self._keys)}", link.expires_at


def _attachment(
    notice: Stored, contacts: Contacts, person: Contact, table: list[list[str]], language: texts.Language
) -> Attachment | None:
    if notice.purpose is Purpose.APPLICATION_WELCOME:
        if contacts.agreement is None:
            raise NoAgreementError
        return agreement.attached(contacts.agreement, notice.network, person.organisation, contacts.time_zone, language)
    if table:
        title = texts.TEXTS.translate(language, "members")
        return message.spreadsheet(f"{title}-{notice.content.edition}.csv", table)
    return None
