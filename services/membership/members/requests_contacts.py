"""How to reach people: for notifications only, at the moment of sending; so addresses are erasable in one place."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.membership.contacts import GET_CONTACTS, Contact, Contacts, GetContacts
from contracts.membership.members import MemberView
from contracts.membership.words import Role
from contracts.request import Call
from services.chassis import clock
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority
from services.membership.admission import handlers as admission
from services.membership.admission import handlers_agreement as agreements
from services.membership.members import handlers
from services.membership.members import handlers_sign_ins as sign_ins
from services.membership.members.requests import view
from services.membership.members.tables_people import Person
from services.membership.networks import handlers as networks
from services.membership.networks.handlers import Network

requests = Requests()

LONGEST_DIRECTORY = 2_000
"""Members that one answer carries: far more than networks have, and below what a message may hold."""


@requests.answers(GET_CONTACTS)
def get_contacts(tx: Transaction, call: Call, request: GetContacts) -> Contacts:
    """Of present members (L3), of the office, of an applicant. Unknown members have no contacts."""
    authority.require_service(call, "notifications")
    network = networks.get(tx, request.network)
    now = clock.moment(tx, network.id, call.at)
    wanted = [*request.members, *([network.office] if request.office and network.office else [])]
    present = handlers.present_among(tx, network.id, list(dict.fromkeys(wanted)), now)
    day = networks.local_day(network, now)
    found = list(_of_members(tx, present, day))
    found += _persons(tx, network.id, request.persons, now, day)
    question = agreement = None
    if request.application is not None:
        found.append(_applicant(tx, network.id, request.application))
        question = admission.get(tx, network.id, request.application, unconfirmed=True).texts.question
        agreement = agreements.signed(tx, network.id, request.application) if request.agreement else None
    names = handlers.names(tx, network.id, [*request.names_of, *([network.office] if network.office else [])])
    return Contacts(
        network_name=network.name, time_zone=network.time_zone, sandbox=network.sandbox,
        office_name=names.get(network.office) if network.office else None, contacts=found, clock=now, names=names,
        present=list(present),
        question=question, directory=_directory(tx, network, now) if request.directory else [],
        agreement=agreement,
    )  # fmt: skip


def _directory(tx: Transaction, network: Network, now: datetime) -> list[MemberView]:
    rows = handlers.directory(tx, network.id, None, now, ("", ""), LONGEST_DIRECTORY)
    return [view(member, people, network.office) for _, member, people in rows]


def _of_members(tx: Transaction, names: dict[MemberId, str], day: date) -> Iterator[Contact]:
    people = handlers.functions(tx, list(names), day)
    for member, name in names.items():
        for function in people.get(member, []):
            yield _contact(function.person, function.role, name)


def _persons(
    tx: Transaction, network: NetworkId, persons: Sequence[PersonId], now: datetime, day: date
) -> Iterator[Contact]:
    """Those who have a function, or are named for one from a later day on, of a present member."""
    for person, role in sign_ins.named(tx, network, persons, day):
        organisation = handlers.present_among(tx, network, [person.member], now).get(person.member)
        if organisation is not None:
            yield _contact(person, role, organisation)


def _contact(person: Person, role: Role, organisation: str) -> Contact:
    return Contact(
        member=person.member, role="representative" if role is Role.REPRESENTATIVE else "deputy", name=person.name,
        email=person.email, language=person.language, organisation=organisation, person=person.id,
    )  # fmt: skip


def _applicant(tx: Transaction, network: NetworkId, application: str) -> Contact:
    texts = admission.get(tx, network, application, unconfirmed=True).texts
    contact = texts.contact
    return Contact(
        member=None, role="applicant", name=contact.name, email=contact.email, language=contact.language,
        organisation=texts.name,
    )  # fmt: skip
