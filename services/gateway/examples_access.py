"""Examples for access, links, profiles and every day's lists."""

from datetime import UTC, date, datetime

import msgspec

from contracts.ids import ApiKeyId, BallotId, MemberId, NetworkId, NoticeId, OfferId
from contracts.membership import access, desk, profiles
from contracts.membership.windows import Window
from contracts.membership.words import Choice, Motion, Role, Subject
from contracts.notifications.links import LinkView
from contracts.notifications.words import Purpose
from contracts.request import Done

OFFER = OfferId("off_01kc6rk4w0h3n5p7q9r1s2t4vf")
KEY = ApiKeyId("key_01kc6rk9y0b2c4d6f8g1h3j5kh")
_BALLOT = BallotId("bal_01kc6rj1m0f4q2v8w3x9y7z5ta")
_CITY = MemberId("mem_01k9z0000000a1b2c3d4e5f6ge")
_OPENED = datetime(2026, 12, 11, 8, 30, tzinfo=UTC)
_ENDS = datetime(2026, 12, 28, 23, 0, tzinfo=UTC)
_EXPIRES = datetime(2027, 12, 1, 0, 0, tzinfo=UTC)

_details = profiles.OfferDetails(
    title="Beratungsstelle am Bahnhof", service="Beratung", target_groups=["women"], capacity=12, area="Bielefeld",
    opening_hours="Mo to Fr 9 to 16", languages=["de", "en"], contact="0521 000000",
)  # fmt: skip
_key = access.KeyView(
    id=KEY, member=_CITY, person=None, label="Portal of the city", scopes=[access.Scope.PROCEDURES], hint="fnk_7Qm2",
    client=None, created_at=_OPENED, expires_at=_EXPIRES,
)  # fmt: skip

REQUESTS: tuple[msgspec.Struct, ...] = (
    access.NewKey(label="Portal of the city", scopes=[access.Scope.PROCEDURES], expires_at=_EXPIRES),
    access.IssuerName(issuer="https://id.example.org"),
    access.PersonEdit(language="en"),
    access.Invitation(role=Role.DEPUTY),
    profiles.MemberProfile(address="Niederwall 23, 33602 Bielefeld", website="https://www.example.org"),
    _details,
)
ANSWERS: tuple[msgspec.Struct, ...] = (
    _key,
    access.IssuedKey(key=_key, secret="fnk_shown-once"),  # noqa: S106 - an example
    profiles.OfferView(
        id=OFFER, member=_CITY, member_name="Stadt Bielefeld", version=3, since=_OPENED, details=_details
    ),
    profiles.MemberEvent(at=_OPENED, kind="offer-added", text="Offer added: Beratungsstelle am Bahnhof"),
    desk.InboxItem(
        ballot=_BALLOT, motion=Motion.OBJECTION, subject=Subject.ADMISSION, subject_name="Beispielverein e. V.",
        opened_at=_OPENED, state="answer", silence_means=Choice.NO_OBJECTION,
        window=Window(received_at=_OPENED, last_day=date(2026, 12, 28), ends_at=_ENDS, steps=[]),
    ),
    desk.Procedure(
        kind="admission", id="app_01kc6r9x20d8m4n1p6s3t7v9wb", name="Beispielverein e. V.", state="announced",
        since=_OPENED, next_step="await-answers", waits_for="members", due=_ENDS, ballot=_BALLOT, electors=6,
        answered=2,
    ),
    desk.MissingReceipt(
        ballot=_BALLOT, subject=Subject.ADMISSION, subject_name="Beispielverein e. V.", member=_CITY,
        member_name="Stadt Bielefeld", state="notified", since=_OPENED,
    ),
    desk.Hit(kind="member", id=_CITY, title="Stadt Bielefeld", detail="Member since 1 January 2026"),
    LinkView(
        network=NetworkId("bielefeld"), notice=NoticeId("not_01kc6rj8c0q5r7s2t9v4w1x6yd"),
        purpose=Purpose.ADMISSION_BALLOT, about=_BALLOT, member=_CITY, locale="en",
        subject_line="Application of Beispielverein e. V.", expires_at=_ENDS,
        network_name="Netzwerk Wohnungslosenhilfe", role=Role.REPRESENTATIVE.value,
    ),
    Done(),
)  # fmt: skip
