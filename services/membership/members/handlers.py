"""Members and the people who speak for them. Texts stay in the tables; facts carry ids and dates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.membership.members import MemberJoined, MemberLeft, NamedPerson, PersonDetails, RepresentationChanged
from contracts.membership.networks import DirectoryIssued
from contracts.membership.words import LeftBecause, Role
from contracts.request import Actor, Refused
from services.chassis import ids, journal
from services.chassis.database import Transaction
from services.membership import entry
from services.membership.members import handlers_sign_ins as sign_ins
from services.membership.members import tables, tables_search
from services.membership.members import tables_people as people
from services.membership.members.tables import Member
from services.membership.members.tables_people import Function, Person, Standing
from services.membership.members.tables_search import FoundPerson, Holder
from services.membership.networks import handlers as networks
from services.membership.networks import office

__all__ = [
    "Function", "Member", "Standing", "admit", "count", "describe", "directory", "end", "end_of_day", "functions",
    "get", "has_name", "holders", "issue_directory", "join", "members_with", "name_person", "names", "networks_of",
    "people_with", "present", "present_among", "present_ids", "resigned", "standings",
]  # fmt: skip


def get(tx: Transaction, network: NetworkId, member: str) -> Member:
    """A member, present or past. Raises Refused `member-not-found` (404)."""
    found = tables.find(tx, network, entry.known(member, "member"))
    if found is None:
        raise entry.not_found("member")
    return found


def present(tx: Transaction, network: NetworkId, member: str, now: datetime, *, lock: bool = False) -> Member:
    """A present member. Raises Refused `member-not-found`, or `not-a-member` for one that has left."""
    found = tables.find(tx, network, entry.known(member, "member"), lock=lock)
    if found is None:
        raise entry.not_found("member")
    if not found.present(now):
        raise Refused("not-a-member", "This organisation is not a member of the network any more.")
    return found


def present_ids(tx: Transaction, network: NetworkId, now: datetime) -> list[MemberId]:
    """Every member at that instant, in the order of their names: an electorate, or who gets the directory."""
    return tables.present_ids(tx, network, now)


def count(tx: Transaction, network: NetworkId, now: datetime) -> int:
    return tables.count(tx, network, now)


def names(tx: Transaction, network: NetworkId, members: Iterable[str]) -> dict[MemberId, str]:
    """The names of members, present or past."""
    return tables.names(tx, network, members)


def present_among(tx: Transaction, network: NetworkId, members: Sequence[str], now: datetime) -> dict[MemberId, str]:
    """Those of the given that are members at that instant, with their names, in the given order."""
    found = tables.names(tx, network, members, now)
    return {MemberId(member): found[MemberId(member)] for member in members if member in found}


def functions(tx: Transaction, members: Sequence[str], day: date) -> dict[MemberId, list[Function]]:
    """Who represents each member on a day (O3), the representative first."""
    return people.functions(tx, members, day)


def holders(tx: Transaction, member: MemberId) -> list[Holder]:
    """Everybody who was ever named for a function of the member, or is named for a day to come; by day."""
    return tables_search.holders(tx, member)


def members_with(
    tx: Transaction,
    network: NetworkId,
    words: Sequence[str],
    *,
    former: bool,
    now: datetime,
    after: tuple[str, str],
    most: int,
) -> list[tuple[str, Member]]:
    """Members, or former ones, with all the folded words in name or kind; each with its name's key."""
    return tables_search.members_with(tx, network, words, former=former, at=now, after=after, most=most)


def people_with(
    tx: Transaction, network: NetworkId, words: Sequence[str], *, now: datetime, after: str, most: int
) -> list[FoundPerson]:
    """Who speaks for a present member today and has all the folded words in their name."""
    day = networks.today(tx, network, now)
    return tables_search.people_with(tx, network, words, at=now, day=day, after=after, most=most)


def resigned(tx: Transaction, network: NetworkId, before: tuple[datetime, str], most: int) -> list[Member]:
    """Members that have resigned (L1), the last one first, for the office's list of procedures."""
    return tables_search.resigned(tx, network, before, most)


def describe(tx: Transaction, member: Member) -> None:
    """Keeps what the member's profile says now; the caller holds the member and keeps what it said before."""
    tables.describe(tx, member)


def standings(tx: Transaction, network: NetworkId, actor: Actor, now: datetime, day: date) -> list[Standing]:
    """What the actor may speak for in a network at a moment (L3: nothing for a member that left)."""
    return people.standings(tx, network, (actor.issuer, actor.subject), now, day)


def networks_of(tx: Transaction, actor: Actor) -> list[NetworkId]:
    """The networks that know the actor."""
    return people.networks_of(tx, (actor.issuer, actor.subject))


def has_name(tx: Transaction, network: NetworkId, name: str) -> bool:
    """Whether a member of this name, or one that people take for it, has not left."""
    return bool(tables.by_keys(tx, network, [entry.name_key(name)]))


def join(tx: Transaction, members: Sequence[Member], now: datetime, actor: str) -> None:
    """Makes organisations of one network members from their `joined_at`. Raises Refused `name-taken`."""
    if not members:
        return
    if not tables.add(tx, [(member, entry.name_key(member.name)) for member in members]):
        raise Refused("name-taken", "A member of this name exists already.", field="/name")
    facts = [
        MemberJoined(
            network=member.network, member=member.id, effective_at=member.joined_at, application=member.application
        )
        for member in members
    ]
    network = members[0].network
    journal.record(tx, network=network, record=network, facts=facts, now=now, actor=actor)


def admit(
    tx: Transaction, member: Member, people: Mapping[Role, PersonDetails], now: datetime, actor: str, asked_at: datetime
) -> None:
    """A4: an applicant becomes a member, with the people whom it named in its application. `asked_at`: real time."""
    join(tx, [member], now, actor)
    since = networks.today(tx, member.network, member.joined_at)
    for role, details in people.items():
        _give(tx, member, role, details, since, now, actor, asked_at)


def name_person(
    tx: Transaction, member: Member, body: NamedPerson, now: datetime, actor: str, asked_at: datetime
) -> None:
    """O3: gives a function to a person from a day on; one without sign-in is invited to tie one. `asked_at`: real time.
    The caller holds the member.

    Raises Refused `since-before-predecessor`, `issuer-not-allowed`, `sent-a-moment-ago`.
    """
    details = entry.person(body.person, "/person")
    if details.issuer is not None:
        sign_ins.check_issuer(tx, member, details.issuer, "/person/issuer")
    today = networks.today(tx, member.network, now)
    since = entry.day(body.since, "/since") if body.since is not None else today
    held = {function.role: function for function in functions(tx, [member.id], today).get(member.id, [])}
    holder = held.get(body.role)
    if holder is not None and since < holder.since:
        detail = "The present holder has the function since {day}; give that day or a later one."
        raise Refused("since-before-predecessor", detail, field="/since", words={"day": holder.since})
    if holder is not None and body.since in (None, holder.since) and _details(holder.person) == details:
        return
    if details.issuer is None:
        sign_ins.check_pause(tx, member, body.role, details.email, asked_at)
    _give(tx, member, body.role, details, since, now, actor, asked_at)


def _details(person: Person) -> PersonDetails:
    return msgspec.convert(person, PersonDetails, from_attributes=True)


def _give(
    tx: Transaction, member: Member, role: Role, details: PersonDetails, since: date, now: datetime, actor: str,
    asked_at: datetime,
) -> None:  # fmt: skip
    person = _entry(tx, member, details)
    people.name_for(tx, member.network, member.id, role, person, since)
    fact = RepresentationChanged(network=member.network, member=member.id, role=role, person=person, since=since)
    journal.record(tx, network=member.network, record=member.network, facts=[fact], now=now, actor=actor)
    if details.issuer is None:
        sign_ins.invite(tx, member, role, person, now, actor, asked_at)


def _entry(tx: Transaction, member: Member, details: PersonDetails) -> PersonId:
    """The member's entry for the person: the same sign-in stays the same person, with the new details."""
    if details.issuer is not None and details.subject is not None:
        known = people.entry(tx, member.id, details.issuer, details.subject)
        if known is not None:
            people.rewrite_person(tx, known.id, details.name, details.email, details.language)
            return known.id
    person = Person(
        id=PersonId(ids.new("per")), network=member.network, member=member.id, name=details.name, email=details.email,
        language=details.language, issuer=details.issuer, subject=details.subject,
    )  # fmt: skip
    people.add_person(tx, person)
    return person.id


def end(
    tx: Transaction, member: Member, effective_at: datetime, because: LeftBecause, now: datetime, actor: str
) -> None:
    """Ends a membership: from `effective_at` on nobody has rights by it (L3). What it did stays on record.

    The office that it held falls vacant (L4).
    """
    tables.leave(tx, member.id, effective_at, because)
    fact = MemberLeft(network=member.network, member=member.id, effective_at=effective_at, because=because)
    journal.record(tx, network=member.network, record=member.network, facts=[fact], now=now, actor=actor)
    office.vacate(tx, member.network, member.id, now, actor)


def issue_directory(tx: Transaction, network: NetworkId, now: datetime, actor: str) -> None:
    """A5: a new edition of the directory, for every present member."""
    fact = DirectoryIssued(
        network=network, edition=networks.next_edition(tx, network), as_of=now, recipients=present_ids(tx, network, now)
    )
    journal.record(tx, network=network, record=network, facts=[fact], now=now, actor=actor)


def directory(
    tx: Transaction,
    network: NetworkId,
    on: date | None,
    now: datetime,
    after: tuple[str, str],
    most: int,
    words: Sequence[str] = (),
) -> list[tuple[str, Member, list[Function]]]:
    """W3: members as of the end of a day (None: now) with their names' keys and people, from a position on; with
    `words` (folded) those with all of them in name or kind.

    Raises Refused `day-in-future`.
    """
    at = end_of_day(tx, network, on, now)
    day = on or networks.today(tx, network, now)
    found = tables.page(tx, network, at, after, most, words)
    people = functions(tx, [member.id for _, member in found], day)
    return [(key, member, people.get(member.id, [])) for key, member in found]


def end_of_day(tx: Transaction, network: NetworkId, on: date | None, now: datetime) -> datetime:
    """The instant for which something is shown as of a day in the network's zone; today, or None: now.

    Raises Refused `day-in-future`.
    """
    zone = ZoneInfo(networks.get(tx, network).time_zone)
    today = now.astimezone(zone).date()
    day = today if on is None else entry.day(on, "/on")
    if day > today:
        raise Refused("day-in-future", "Nobody knows yet who will be a member then.", status=422, field="/on")
    return now if day == today else last_instant(day, zone)


def last_instant(day: date, zone: ZoneInfo) -> datetime:
    """The last instant of a day in a zone, to the microsecond that moments are stored with."""
    following = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    return following.astimezone(ZoneInfo("UTC")) - timedelta(microseconds=1)
