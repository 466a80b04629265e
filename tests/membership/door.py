"""Membership's requests as its callers reach them: encoded, strictly decoded, each in its own transaction.

Only the broker is left out; `tests/membership/test_service.py` and the journeys go through it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from msgspec import Raw, Struct

from contracts.event import Event, Fact
from contracts.ids import MemberId, NetworkId
from contracts.journal import JournalEntry
from contracts.membership.admission import NewApplication
from contracts.membership.ballots import (
    CAST_VOTE,
    RECORD_RECEIPT,
    BallotView,
    CastVote,
    RecordedEvidence,
    RecordReceipt,
    Vote,
    VoteReceipt,
)
from contracts.membership.members import (
    IMPORT_REGISTER,
    LIST_MEMBERS,
    NAME_PERSON,
    ImportRegister,
    ListMembers,
    MemberView,
    NamedPerson,
    NamePerson,
    PersonDetails,
)
from contracts.membership.networks import (
    ADVANCE_CLOCK,
    APPOINT_OFFICE,
    FOUND_NETWORK,
    AdvanceClock,
    AppointOffice,
    ClockSetting,
    FoundNetwork,
    NewNetwork,
    OfficeHolder,
)
from contracts.membership.words import Choice, EvidenceKind, Role
from contracts.request import Actor, Answer, Call, Method, Paging, Refused
from services.chassis import clock, journal
from services.chassis.database import Database, Transaction
from services.chassis.deadlines import DueKey
from services.chassis.decoding import decode
from services.chassis.listeners import Listeners, apply_once
from services.membership import app, authority

Asked = TypeVar("Asked", bound=Struct)
Answered = TypeVar("Answered")

ROOT = Path(__file__).parent.parent.parent
CHARTER = (ROOT / "deploy/charters/bielefeld.toml").read_text("utf-8")
ISSUER = "https://id.example"
OPERATOR = Actor(issuer=ISSUER, subject="operator")
STRANGER = Actor(issuer=ISSUER, subject="stranger")
NOTIFICATIONS = Actor(issuer="service", subject="notifications")
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A Monday."""
REGISTER = (
    "name,kind\n"
    "v. Bodelschwinghsche Stiftungen Bethel - Bethel.regional,charity\n"
    "Bielefelder Wohnungsbaugesellschaft,housing company\n"
    "Diakonie für Bielefeld,charity\n"
    '"Gesellschaft für Sozialarbeit im Paritätischen Wohlfahrtsverband e.V.",charity\n'
    "Trockendock Bielefeld e. V.,charity\n"
    '"Stadt Bielefeld, Sozialdezernat",municipality\n'
).encode()
"""The six organisations of the Bielefeld register."""


@contextmanager
def refused(slug: str, status: int | None = None) -> Iterator[None]:
    """The block is refused by this name."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.slug == slug, caught.value.problem
    assert status is None or caught.value.problem.status == status


class Door:
    """The service without its broker."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._answerers: dict[str, Any] = {}
        for registry in app.REQUESTS:
            self._answerers |= registry.answerers
        authority.appoint_operators({(OPERATOR.issuer, OPERATOR.subject)})
        app.join_features()

    async def ask(
        self,
        method: Method[Asked, Answered],
        request: Asked | bytes,
        by: Actor | None = None,
        *,
        at: datetime = START,
        key: str | None = None,
        locale: str = "de",
    ) -> Answered:
        """`at`: the moment of arrival (sandbox networks go by their test clock instead)."""
        answerer = self._answerers[method.name]
        body = request if isinstance(request, bytes) else msgspec.json.encode(request)
        call = Call(at=at, until=clock.now() + timedelta(minutes=1), actor=by, key=key, locale=locale, body=Raw(body))
        asked = decode(answerer.decoder, call.body)
        if method.writes:
            envelope = await self.database.write(answerer.write, call, asked)
        else:
            envelope = await self.database.read(answerer.read, call, asked)
        answer = msgspec.json.decode(envelope, type=Answer)
        if answer.problem is not None:
            problem = answer.problem
            raise Refused(
                problem.slug, problem.detail, status=problem.status, field=problem.field,
                retry_after=problem.retry_after,
            )  # fmt: skip
        assert answer.result is not None
        return msgspec.json.decode(answer.result, type=method.answers)

    async def hear(self, listeners: Listeners, service: str, fact: Fact, *, message: str) -> None:
        """A fact of another service arrives; `message` is its id."""
        network = fact.network  # type: ignore[attr-defined] # every fact that is listened to names its network
        entry = next(found for found in listeners.entries.values() if found.fact is type(fact))
        event = Event(
            id=message, source=f"/local/{service}", type="-", time=clock.now(), network=network, record=network,
            sequence=1, digest="",
        )  # fmt: skip
        await self.database.write(apply_once, listeners.name, entry, event, fact)

    async def pass_deadlines(self, real: datetime = START) -> None:
        """What the deadline loop would do now."""
        for deadline in app.DEADLINES:
            for due in await self.database.read(deadline.due, real, 100):
                await self.database.write(self._carry_out, deadline, due, real)

    @staticmethod
    def _carry_out(tx: Transaction, deadline: Any, due: Any, real: datetime) -> None:
        assert isinstance(due, DueKey)
        deadline.carry_out(tx, due.key, clock.moment(tx, due.network, real))

    async def journal(self, record: str | None = None) -> list[JournalEntry]:
        return await self.database.read(journal.entries, record)

    async def kinds(self, record: str) -> list[str]:
        """The kinds of a record's facts, in order."""
        return [entry.kind for entry in await self.journal(record)]


def person(subject: str, **changes: Any) -> PersonDetails:
    """A person who signs in as `subject`."""
    details: dict[str, Any] = {
        "name": f"Person {subject}", "email": f"{subject}@example.org", "issuer": ISSUER, "subject": subject,
    }  # fmt: skip
    return PersonDetails(**(details | changes))


def application(name: str = "Wohnwerk e.V.", **changes: Any) -> NewApplication:
    """A complete application (A1)."""
    fields: dict[str, Any] = {
        "name": name, "field_of_work": "Wohnungslosenhilfe", "address": "Marktstraße 1, 33602 Bielefeld",
        "contact": person("contact"), "representative": person("new-rep"), "deputy": person("new-dep"),
        "will_to_cooperate": True,
    }  # fmt: skip
    return NewApplication(**(fields | changes))


class Bielefeld:
    """A founded sandbox network with its six members, their people and an office."""

    def __init__(self, door: Door, network: str = "bielefeld") -> None:
        self.door = door
        self.id = NetworkId(network)
        self.now = START
        self.members: list[MemberView] = []

    @classmethod
    async def found(cls, door: Door, network: str = "bielefeld", charter: str = CHARTER) -> "Bielefeld":
        this = cls(door, network)
        body = NewNetwork(id=network, charter=charter, sandbox=True, clock=START)
        await door.ask(FOUND_NETWORK, FoundNetwork(body=body), OPERATOR)
        await door.ask(IMPORT_REGISTER, ImportRegister(network=this.id, csv=REGISTER), OPERATOR)
        this.members = (await door.ask(LIST_MEMBERS, ListMembers(network=this.id), OPERATOR)).items
        for number, member in enumerate(this.members):
            for role in Role:
                body_ = NamedPerson(role=role, person=person(f"{network}-{role}-{number}"))
                request = NamePerson(network=this.id, member=member.id, body=body_)
                this.members[number] = await door.ask(NAME_PERSON, request, OPERATOR)
        holder = OfficeHolder(member=this.members[0].id)
        await door.ask(APPOINT_OFFICE, AppointOffice(network=this.id, body=holder), OPERATOR)
        return this

    def speaker(self, number: int, role: Role = Role.REPRESENTATIVE) -> Actor:
        """Who speaks for the member with that number; 0 holds the office."""
        return Actor(issuer=ISSUER, subject=f"{self.id}-{role}-{number}")

    @property
    def office(self) -> Actor:
        return self.speaker(0)

    async def pass_time(self, to: datetime) -> None:
        """Advances the test clock and lets what is due happen."""
        self.now = to
        await self.door.ask(ADVANCE_CLOCK, AdvanceClock(network=self.id, body=ClockSetting(moment=to)), OPERATOR)
        await self.door.pass_deadlines()

    async def names(self) -> list[str]:
        page = await self.door.ask(LIST_MEMBERS, ListMembers(network=self.id, paging=Paging(limit=200)), OPERATOR)
        return [member.name for member in page.items]

    async def receive(self, ballot: BallotView, member: MemberId, at: datetime | None = None) -> None:
        """The office records that the notice was handed over."""
        body = RecordedEvidence(
            member=member, kind=EvidenceKind.HANDED_OVER, received_at=at or self.now, reason="handed over in person"
        )
        await self.door.ask(RECORD_RECEIPT, RecordReceipt(network=self.id, ballot=ballot.id, body=body), self.office)

    async def vote(self, ballot: BallotView, number: int, choice: Choice) -> VoteReceipt:
        body = Vote(choice=choice)
        return await self.door.ask(
            CAST_VOTE, CastVote(network=self.id, ballot=ballot.id, body=body), self.speaker(number)
        )

    async def decide(self, ballot: BallotView, choice: Choice, votes: int) -> None:
        """Everybody receives the notice now, the last `votes` members choose, the windows pass."""
        for elector in ballot.electors:
            await self.receive(ballot, elector.member)
        numbers = {member.id: number for number, member in enumerate(self.members)}
        for elector in ballot.electors[len(ballot.electors) - votes :]:
            await self.vote(ballot, numbers[elector.member], choice)
        await self.pass_time(self.now + timedelta(days=20))
