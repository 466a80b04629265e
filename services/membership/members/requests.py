"""Requests about members. Everybody who may act in a network sees its directory; addresses go to notifications only."""

from collections.abc import Sequence
from datetime import date

from contracts.ids import MemberId, NetworkId
from contracts.membership.access import ClientIdentity
from contracts.membership.members import (
    GET_MEMBER,
    IMPORT_REGISTER,
    LIST_MEMBERS,
    NAME_PERSON,
    GetMember,
    ImportRegister,
    ImportReport,
    ListMembers,
    MemberView,
    NamedPerson,
    NamePerson,
    Representation,
)
from contracts.membership.words import Role
from contracts.request import Call, Page, Refused
from services.chassis import clock, paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority
from services.membership.access import handlers as keys
from services.membership.members import handlers, importing
from services.membership.members.tables import Member
from services.membership.members.tables_people import Function
from services.membership.networks import handlers as networks
from services.membership.networks import office
from services.membership.profiles import handlers as profiles

requests = Requests()


def view(member: Member, people: Sequence[Function], office: MemberId | None) -> MemberView:
    """A member as others of its network see it: names of people, but no way to reach them."""
    return MemberView(
        id=member.id, name=member.name, kind=member.kind, joined_at=member.joined_at, left_at=member.left_at,
        left_because=member.left_because, office=member.id == office, address=member.address,
        phone=member.phone, email=member.email, website=member.website, version=member.version,
        representations=[
            Representation(
                role=each.role, person=each.person.id, name=each.person.name, since=each.since, signs_in=each.signs_in
            )
            for each in people
        ],
    )  # fmt: skip


def one(tx: Transaction, call: Call, network: NetworkId, member: str) -> MemberView:
    """The view of one member, present or past, with whoever speaks for it today."""
    row = networks.get(tx, network)
    today = networks.local_day(row, clock.moment(tx, network, call.at))
    found = handlers.get(tx, network, member)
    return view(found, handlers.functions(tx, [found.id], today).get(found.id, []), row.office)


@requests.answers(LIST_MEMBERS)
def list_members(tx: Transaction, call: Call, request: ListMembers) -> Page[MemberView]:
    who = authority.acting(tx, call, request.network)
    after = paging.decode(request.paging.cursor, tuple[str, str]) or ("", "")
    most = paging.limit(request.paging)
    holder = who.network.office
    found = handlers.directory(
        tx, request.network, request.on, who.now, after, most + 1, profiles.words(request.q or "")
    )
    if request.on is not None:
        at = handlers.end_of_day(tx, request.network, request.on, who.now)
        holder = office.holder(tx, request.network, at)
        then = profiles.as_of(tx, [member for _, member, _ in found], at)
        found = [(key, member, people) for (key, _, people), member in zip(found, then, strict=True)]
    return paging.page(found, most, lambda row: view(row[1], row[2], holder), lambda row: (row[0], row[1].id))


@requests.answers(GET_MEMBER)
def get_member(tx: Transaction, call: Call, request: GetMember) -> MemberView:
    authority.acting(tx, call, request.network)
    return one(tx, call, request.network, request.member)


@requests.answers(IMPORT_REGISTER)
def import_register(tx: Transaction, call: Call, request: ImportRegister) -> ImportReport:
    who = authority.require_office(tx, call, request.network, or_operator=True)
    return importing.carry_out(
        tx, request.network, request.csv, who.now, who.name, dry_run=request.dry_run, locale=call.locale
    )


@requests.answers(NAME_PERSON)
def name_person(tx: Transaction, call: Call, request: NamePerson) -> MemberView:
    who = authority.in_person(tx, call, request.network)
    if not (who.office or who.operator or who.member == request.member):
        raise authority.not_authorised("Only the member itself, the office or an operator names its people.")
    member = handlers.present(tx, request.network, request.member, who.now, lock=True)
    if who.member == member.id and who.role is Role.DEPUTY and not who.operator:
        _refuse_supplanting(tx, member, request.body, networks.today(tx, request.network, who.now))
    _refuse_machine(tx, request.body)
    handlers.name_person(tx, member, request.body, who.now, who.name, call.at)
    return one(tx, call, request.network, member.id)


def _refuse_machine(tx: Transaction, body: NamedPerson) -> None:
    """Whoever is known for a person is never taken for a machine, so that naming it would lock the machine out."""
    issuer, subject = body.person.issuer, body.person.subject
    if issuer is None or subject is None:
        return
    if keys.by_client(tx, ClientIdentity(issuer=issuer, subject=subject)) is not None:
        detail = "A machine signs in with this; give the sign-in of a person."
        raise Refused("sign-in-of-a-machine", detail, status=422, field="/person/subject")


def _refuse_supplanting(tx: Transaction, member: Member, body: NamedPerson, today: date) -> None:
    """B4, O3: a deputy stands in for the representative, and neither takes its place nor rewrites its entry."""
    sign_in = (body.person.issuer, body.person.subject)
    representatives = [
        (held.person.issuer, held.person.subject)
        for held in handlers.functions(tx, [member.id], today).get(member.id, [])
        if held.role is Role.REPRESENTATIVE
    ]
    if body.role is Role.REPRESENTATIVE or (sign_in != (None, None) and sign_in in representatives):
        detail = "A deputy does not name the representative; the representative itself or the office does."
        raise authority.not_authorised(detail)
