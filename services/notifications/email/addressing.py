"""Whom a notice reaches, from the contacts that membership gave for this moment. Pure."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from contracts.ids import ApplicationId, MemberId, NetworkId
from contracts.membership.contacts import Contact, Contacts, GetContacts
from contracts.membership.kinds import KINDS
from contracts.membership.members import MemberView
from contracts.membership.words import Role
from contracts.notifications.words import Purpose
from contracts.texts import marked as _
from services.notifications.email.texts import TEXTS, Language, Names
from services.notifications.notices.rules import Addressee
from services.notifications.notices.rules_life import Stored


class Question(Struct, frozen=True, kw_only=True):
    """Notices for which one question to membership is enough."""

    network: NetworkId
    application: ApplicationId | None
    office: bool
    directory: bool
    agreement: bool

    def asked_for(self, notices: Sequence[Stored]) -> GetContacts:
        members = dict.fromkeys(n.member for n in notices if n.member is not None and not self.office)
        mentioned = dict.fromkeys(n.content.concerned for n in notices if n.content.concerned is not None)
        people = dict.fromkeys(n.content.person for n in notices if n.content.person is not None)
        return GetContacts(
            network=self.network, members=list(members), office=self.office, application=self.application,
            names_of=list(mentioned), persons=list(people), directory=self.directory, agreement=self.agreement,
        )  # fmt: skip


def question(notice: Stored) -> Question:
    return Question(
        network=notice.network,
        application=notice.content.application,
        office=notice.addressee is Addressee.OFFICE,
        directory=notice.purpose is Purpose.DIRECTORY,
        agreement=notice.purpose is Purpose.APPLICATION_WELCOME,
    )


def recipient(notice: Stored, contacts: Contacts) -> Contact | None:
    """The person to whom it goes; None where nobody has the function."""
    if notice.addressee is Addressee.APPLICANT:
        return _by_role([c for c in contacts.contacts if c.member is None], "applicant")
    if notice.addressee is Addressee.OFFICE:
        own = [c for c in contacts.contacts if c.member is not None]
    else:
        own = [c for c in contacts.contacts if c.member is not None and c.member == notice.member]
    if notice.addressee is Addressee.PERSON:
        return next((c for c in own if c.person is not None and c.person == notice.content.person), None)
    representative, deputy = _by_role(own, "representative"), _by_role(own, "deputy")
    if notice.addressee is Addressee.DEPUTY:
        return deputy if representative is not None else None  # without a representative the deputy has it already
    return representative or deputy


def names(notice: Stored, contacts: Contacts, person: Contact) -> Names:
    """What the text may name."""
    applicant = _by_role([c for c in contacts.contacts if c.member is None], "applicant")
    concerned = notice.content.concerned
    return Names(
        network=contacts.network_name,
        time_zone=contacts.time_zone,
        person=person.name,
        organisation=person.organisation,
        office=contacts.office_name,
        subject_name=applicant.organisation if applicant is not None else None,
        concerned_name=_name_of(concerned, contacts) if concerned is not None else None,
        question=contacts.question,
    )


_HEADER = (
    _("Name"), _("Kind"), _("Member since"), _("Representative"), _("Deputy"), _("Address"),
)  # fmt: skip


def directory(members: Sequence[MemberView], as_of: datetime, language: Language) -> list[list[str]]:
    """The directory of an edition as rows (A5). Who joined after it stands in the next one."""
    listed = [member for member in members if member.joined_at <= as_of]
    header = [TEXTS.translate(language, name) for name in _HEADER]
    return [header, *(_row(member, language) for member in listed)]


def _row(member: MemberView, language: Language) -> list[str]:
    people = {function.role: function.name for function in member.representations}
    return [
        member.name,
        TEXTS.translate(language, KINDS[member.kind]) if member.kind in KINDS else member.kind,
        member.joined_at.date().isoformat(),
        people.get(Role.REPRESENTATIVE, ""),
        people.get(Role.DEPUTY, ""),
        member.address or "",
    ]


def _name_of(member: MemberId, contacts: Contacts) -> str | None:
    return contacts.names.get(member)


def _by_role(contacts: Sequence[Contact], role: str) -> Contact | None:
    return next((contact for contact in contacts if contact.role == role), None)
