"""An example for every body that goes in or comes out. They are Structs, so that mypy sees when a contract changes."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from contracts.ids import ApplicationId, BallotId, ExclusionId, MemberId, NetworkId, NoticeId, PersonId
from contracts.journal import JournalEntry
from contracts.membership import admission, ballots, leaving, members, networks, windows
from contracts.membership.words import AnswerWay, Choice, EvidenceKind, Motion, Role, Subject, Threshold
from contracts.notifications import letters
from contracts.notifications import notices as n
from contracts.notifications.words import Purpose
from contracts.request import Page
from services.gateway import examples_access as access
from services.gateway import examples_feeds as feeds

BALLOT = BallotId("bal_01kc6rj1m0f4q2v8w3x9y7z5ta")
APPLICATION = ApplicationId("app_01kc6r9x20d8m4n1p6s3t7v9wb")
EXCLUSION = ExclusionId("exc_01kd1f0000b7c2d9f4g8h1j6kc")
NOTICE = NoticeId("not_01kc6rj8c0q5r7s2t9v4w1x6yd")
NETWORK = NetworkId("bielefeld")
CITY = MemberId("mem_01k9z0000000a1b2c3d4e5f6ge")
HOUSING = MemberId("mem_01k9z0000001a1b2c3d4e5f6gf")
_PERSON = PersonId("per_01k9z0000000k1m2n3p4q5r6sg")

_OPENED = datetime(2026, 12, 11, 8, 30, tzinfo=UTC)
_RECEIVED = datetime(2026, 12, 11, 9, 0, tzinfo=UTC)
_ENDS = datetime(2026, 12, 28, 23, 0, tzinfo=UTC)
_CHARTER = 'name = "Netzwerk Wohnungslosenhilfe"\nlanguages = ["de", "en"]\n\n[time]\nzone = "Europe/Berlin"\n'

_contact = members.PersonDetails(name="Mia Beispiel", email="mia@example.org", language="de")
_deputy = members.PersonDetails(name="Jan Muster", email="jan@example.org", language="en")
_network = networks.NetworkView(
    id=NETWORK, name="Netzwerk Wohnungslosenhilfe", time_zone="Europe/Berlin", region="DE-NW", languages=["de", "en"],
    charter_version=1, office=CITY, sandbox=False, clock=_OPENED, members=6,
)  # fmt: skip
_member = members.MemberView(
    id=CITY, name="Stadt Bielefeld", kind="city", joined_at=datetime(2026, 1, 1, tzinfo=UTC), office=True,
    representations=[
        members.Representation(role=Role.REPRESENTATIVE, person=_PERSON, name="Mia Beispiel", since=date(2026, 1, 1))
    ],
)  # fmt: skip
_application = admission.ApplicationView(
    id=APPLICATION, state=admission.ApplicationState.ANNOUNCED, name="Beispielverein e. V.",
    field_of_work="homeless-help", received_at=datetime(2026, 12, 10, 13, 0, tzinfo=UTC), ballot=BALLOT,
)  # fmt: skip
_exclusion = leaving.ExclusionView(
    id=EXCLUSION, state=leaving.ExclusionState.REQUESTED, concerned=HOUSING, requested_by=CITY, requested_at=_OPENED,
    reason="The agreement's duties were not met for two years.",
)  # fmt: skip
_window = windows.Window(
    received_at=_RECEIVED, last_day=date(2026, 12, 28), ends_at=_ENDS,
    steps=[
        windows.Step(kind="received", day=date(2026, 12, 11), text="Received on Friday", source="BGB § 187 (1)"),
        windows.Step(kind="ends", day=date(2026, 12, 28), text="Ends at 23:59", source="BGB § 193"),
    ],
)  # fmt: skip
_notice = n.Notice(
    id=NOTICE, purpose=Purpose.ADMISSION_BALLOT, about=BALLOT, member=CITY, channel="email",
    state=n.NoticeState.ACCEPTED, created_at=_OPENED, attempts=1,
    steps=[n.NoticeStep(state=n.NoticeState.ACCEPTED, at=_RECEIVED, evidence="250")],
)  # fmt: skip
_entry = JournalEntry(
    position=41, network=NETWORK, record=BALLOT, sequence=1, kind="BallotOpened", body='{"fact":"BallotOpened"}',
    recorded_at="2026-12-11T08:30:00Z", actor=None, previous="0" * 64, digest="9f" * 32,
)  # fmt: skip


def _ballot() -> ballots.BallotView:
    elector = ballots.ElectorView(
        member=CITY, member_name="Stadt Bielefeld", state=ballots.ElectorState.RUNNING, window=_window,
        evidence=EvidenceKind.CONFIRMED_BY_LINK,
    )  # fmt: skip
    return ballots.BallotView(
        id=BALLOT, motion=Motion.OBJECTION, subject=Subject.ADMISSION, subject_id=APPLICATION,
        subject_name="Beispielverein e. V.", threshold=Threshold(numerator=1, denominator=2), needed=4,
        window_days=14,
        charter_version=1, calendar_version="2026.1", secret=False, change_allowed=True, opened_at=_OPENED,
        electors=[elector], silence_means=Choice.NO_OBJECTION,
        choices=[Choice.NO_OBJECTION, Choice.OBJECT, Choice.ABSTAIN],
    )  # fmt: skip


_REQUESTS: tuple[msgspec.Struct, ...] = (
    networks.NewNetwork(id="bielefeld", charter=_CHARTER),
    networks.CharterText(charter=_CHARTER),
    networks.ClockSetting(moment=_ENDS),
    networks.OfficeHolder(member=CITY),
    members.NamedPerson(role=Role.DEPUTY, person=_deputy, since=date(2026, 12, 1)),
    admission.NewApplication(
        name="Beispielverein e. V.", field_of_work="homeless-help", address="Beispielweg 1, 33602 Bielefeld",
        contact=_contact, representative=_contact, deputy=_deputy, will_to_cooperate=True,
    ),
    admission.Question(question="Since when do you offer overnight stays?"),
    admission.Supplement(answer="Since 2019, with twelve places."),
    admission.RecordedAnswer(
        answer="Since 2019, with twelve places.", told_by="Mia Beispiel, contact", way=AnswerWay.TELEPHONE,
        told_at=_RECEIVED,
    ),
    admission.Reason(reason="The field of work is neither homeless help nor a neighbouring one."),
    admission.ReceivedCopy(received_at=_ENDS),
    leaving.Resignation(member=CITY),
    leaving.NewExclusion(member=HOUSING, reason="The agreement's duties were not met for two years."),
    leaving.RecordedMessage(kind=EvidenceKind.LETTER, received_at=_RECEIVED, reason="Registered letter."),
    letters.Posting(posted_at=_RECEIVED),
    ballots.Vote(choice=Choice.NO_OBJECTION),
    ballots.RecordedEvidence(
        member=CITY, kind=EvidenceKind.HANDED_OVER, received_at=_RECEIVED, reason="Handed over at the meeting.",
    ),
)  # fmt: skip

_ANSWERS: tuple[msgspec.Struct, ...] = (
    _network,
    _member,
    _application,
    _exclusion,
    _ballot(),
    _notice,
    letters.Letter(
        notice=_notice, organisation="Stadt Bielefeld", name="Mia Beispiel", language="de",
        subject="Aufnahmeantrag: bitte bestätigen und antworten", text="Guten Tag Mia Beispiel, …",
        network_name="Netzwerk Wohnungslosenhilfe", office_name="Stadt Bielefeld",
    ),
    n.Mailing(
        purpose=Purpose.ADMISSION_BALLOT, about=BALLOT, created_at=_OPENED, notices=6, waiting=1, handed_over=1,
        accepted=2, confirmed=1, bounced=1, application=APPLICATION,
    ),
    networks.CharterView(version=1, adopted_at=_OPENED, text=_CHARTER, sentences=["A window has 14 days."]),
    networks.Task(kind="receipt-missing", about=BALLOT, member=CITY, since=_OPENED),
    members.Me(
        person=_PERSON, name="Mia Beispiel", operator=False,
        standings=[
            members.Standing(
                network=NETWORK, member=CITY, member_name="Stadt Bielefeld", role=Role.REPRESENTATIVE,
                office=True,
            )
        ],
    ),
    members.ImportReport(
        imported=True, added=1, unchanged=0, refused=0,
        lines=[members.ImportLine(line=2, result="added", name="Stadt Bielefeld")],
    ),
    admission.ApplicationForm(
        network=NETWORK, network_name="Netzwerk Wohnungslosenhilfe", region="DE-NW", fields_of_work=["homeless-help"],
        office_name="Stadt Bielefeld", window_days=14, languages=["de", "en"], sandbox=False,
    ),
    admission.ApplicationReceipt(application=_application, applicant_key="shown-once"),
    ballots.VoteReceipt(
        ballot=BALLOT, member=CITY, choice=Choice.NO_OBJECTION, at=_RECEIVED, changeable_until=_ENDS,
    ),
    ballots.RecordExport(network=NETWORK, record=BALLOT, entries=[_entry]),
    networks.JournalPart(entries=[_entry], next=None),
)  # fmt: skip

_BY_TYPE = {
    type(example): example
    for part in (_REQUESTS, _ANSWERS, access.REQUESTS, access.ANSWERS, feeds.REQUESTS, feeds.ANSWERS)
    for example in part
}

PATH_EXAMPLES: dict[str, str] = {
    "network": NETWORK, "member": CITY, "application": APPLICATION, "exclusion": EXCLUSION, "ballot": BALLOT,
    "notice": NOTICE, "offer": access.OFFER, "key": access.KEY, "webhook": feeds.WEBHOOK, "delivery": feeds.DELIVERY,
}  # fmt: skip
"""What stands in the braces of routes."""
QUERY_EXAMPLES = {
    "q": "Beratung",
    "purpose": Purpose.ADMISSION_BALLOT.value,
    "about": APPLICATION,
}
LINK = "eyJub3RpY2UiOiJub3RfMDFrYzZyajgifQ.c2lnbmVk"
"""The last part of an e-mail's link, as it goes into the header `Fallnetz-Link`."""

STREAM = (
    'id: 41\nevent: change\ndata: {"id":41,"type":"membership.ballot.vote-cast.v1","at":"2026-12-11T09:00:00Z",'
    f'"about":{{"ballot":"{BALLOT}"}}}}\n\n'
)
CSV = "name,kind,address,office\nStadt Bielefeld,city,,yes\nBeispielverein e. V.,charity,,\n"


def example_of(kind: Any) -> Any:
    """An example as plain JSON data. Raises KeyError for a type that has none."""
    if getattr(kind, "__origin__", None) is Page:
        return {"items": [example_of(kind.__args__[0])], "next": None}
    return msgspec.to_builtins(_BY_TYPE[kind])
