"""Every text in every language, filled from exactly what its fact brings; nothing may be missing or leak."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from jinja2 import UndefinedError
from msgspec import structs

from contracts.event import Fact
from contracts.ids import NoticeId, PersonId
from contracts.membership.access import PersonInvited
from contracts.membership.admission import (
    ApplicantWelcomed,
    ApplicationDeclined,
    ApplicationExpired,
    ApplicationPassed,
    ApplicationQuestioned,
    ApplicationReceived,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ApplicationWithdrawn,
)
from contracts.membership.ballots import BallotCancelled
from contracts.membership.leaving import ExclusionPassed, ResignationDeclared
from contracts.membership.networks import DirectoryIssued
from contracts.membership.words import Motion, Outcome, Role, Subject, Threshold
from contracts.notifications.notices import NoticeState
from contracts.notifications.words import Purpose
from services.notifications.email import texts
from services.notifications.email.addresses import envelope_address
from services.notifications.email.message import (
    Letterhead,
    Recipient,
    UnusableAddressError,
    as_csv,
    build,
    spreadsheet,
)
from services.notifications.email.texts import LANGUAGES, Language, Names, Text
from services.notifications.notices.rules import Content, Known, Planned, on_failure, planned
from services.notifications.notices.rules_reminders import plan, task
from services.notifications.preferences.handlers import redirection
from services.notifications.preferences.rules import Wishes
from tests.notifications.facts import (
    APPLICATION,
    BALLOT,
    EXCLUSION,
    MONDAY,
    NETWORK,
    SIX,
    A,
    closed,
    day,
    opened,
    received,
    requested,
)

PORTAL = "https://portal.example.net"
ADMISSION = Content(
    subject=Subject.ADMISSION, application=APPLICATION, motion=opened().motion, threshold=opened().threshold,
    electorate=6, window_days=14,
)  # fmt: skip
EXCLUDING = Content(
    subject=Subject.EXCLUSION, concerned=A, motion=opened(Subject.EXCLUSION).motion, electorate=5, window_days=14,
    threshold=opened(Subject.EXCLUSION).threshold,
)  # fmt: skip


def everything() -> list[Planned]:
    """What each fact and each reminder asks for, with what they bring."""
    welcomed = ApplicantWelcomed(network=NETWORK, application=APPLICATION, expires_at=day(30), reminders=[day(9)])
    application: list[type[Fact]] = [
        ApplicationReceived, ApplicationQuestioned, ApplicationSupplemented, ApplicationDeclined, ApplicationWithdrawn,
    ]  # fmt: skip
    decided: list[type[Fact]] = [ApplicationPassed, ApplicationRejected, ApplicationExpired]
    ballots: list[tuple[Fact, Content]] = []
    for content in (ADMISSION, EXCLUDING):
        subject = content.subject or Subject.ADMISSION
        ballots += [(opened(subject), content), *((closed(subject, outcome), content) for outcome in Outcome)]
        ballots += [
            (BallotCancelled(network=NETWORK, ballot=BALLOT, because=why, effective_at=MONDAY), content)
            for why in ("withdrawn", "moot")
        ]
    others: list[Fact] = [
        ExclusionPassed(network=NETWORK, exclusion=EXCLUSION, concerned=A, effective_at=MONDAY), requested(), welcomed,
        ResignationDeclared(network=NETWORK, member=A, effective_at=MONDAY),
        DirectoryIssued(network=NETWORK, edition=2, as_of=MONDAY, recipients=SIX),
        *(kind(network=NETWORK, application=APPLICATION) for kind in application),
        *(kind(network=NETWORK, application=APPLICATION, effective_at=MONDAY) for kind in decided),
        ApplicationSubmitted(network=NETWORK, application=APPLICATION, lapses_at=day(7)),
        *(
            PersonInvited(network=NETWORK, member=A, role=role, person=PersonId("per_1"), expires_at=day(14))
            for role in Role
        ),
    ]  # fmt: skip
    found = [
        one for fact, content in ballots for one in planned(fact, Known(electors=SIX, present=SIX, ballot=content))
    ]
    found += [one for fact in others for one in planned(fact, Known(electors=SIX, present=SIX))]
    for content in (ADMISSION, EXCLUDING):
        timed = structs.replace(content, ends_at=day(14), last_day=day(14).date())
        series = [*plan(received(A, [day(3), day(7)]), timed), *plan(opened(nudges=[day(3)]), content)[:1]]
        found += [p for reminder in [*series, *plan(welcomed, content)] for p in _reminding(reminder)]
        found += on_failure(Purpose.ADMISSION_BALLOT, BALLOT, A, NoticeState.BOUNCED, content)
        found += on_failure(Purpose.EXCLUSION_MESSAGE, EXCLUSION, A, NoticeState.FAILED, content)
    return [*found, redirection(PersonId("per_1"), A, Wishes(version=1, redirect_asked=1))]


def _reminding(reminder: object) -> list[Planned]:
    from services.notifications.notices.handlers import _reminding as one
    from services.notifications.notices.rules_reminders import Reminder, addressees

    assert isinstance(reminder, Reminder)
    assert task(reminder.purpose)
    return [one(reminder, addressee, NoticeId("ntc_1")) for addressee in addressees(reminder)]


def names(content: Content) -> Names:
    """Only what the content entitles to: a text that wants more is a text that would fail when sent."""
    return Names(
        network="Netzwerk <Bielefeld>", time_zone="Europe/Berlin", person="Ada <b>Muster</b>", organisation="Diakonie",
        office="Stadt", subject_name="Wohnwerk" if content.application else None,
        concerned_name="Weg e. V." if content.concerned else None, question="Wie viele\nPlätze?",
    )  # fmt: skip


def write(one: Planned, language: Language) -> Text:
    return texts.compose(
        one.purpose, language, names(one.content), one.content, portal=PORTAL, link=(f"{PORTAL}/l/x.y", day(60)),
        table=[["Name"], ["=A"]] if one.purpose is Purpose.DIRECTORY else (),
    )  # fmt: skip


def test_every_purpose_has_an_example_here() -> None:
    assert {one.purpose for one in everything()} == set(Purpose)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_written_from_what_its_fact_brings(language: Language) -> None:
    """N7; the heading of a link's page needs no names at all (N8)."""
    for one in everything():
        text = write(one, language)
        assert text.subject
        assert "{{" not in text.plain + text.html
        assert "None" not in text.plain
        assert texts.heading(one.purpose, language, one.content) == text.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_subject_names_anybody(language: Language) -> None:
    """N8."""
    for one in everything():
        subject = write(one, language).subject
        assert not any(name in subject for name in ("Wohnwerk", "Weg e. V.", "Diakonie", "Muster", "Stadt"))


def test_html_escapes_names_and_loads_nothing_from_elsewhere() -> None:
    html = write(everything()[0], "de").html
    assert "Ada &lt;b&gt;Muster&lt;/b&gt;" in html
    assert "<b>Muster" not in html
    assert "<script" not in html
    assert "<link" not in html
    assert "src=" not in html
    assert "@import" not in html


def test_the_ballot_notice_says_what_silence_means_and_how_many_are_needed() -> None:
    """B8, B2: more than half of six is four; more than three quarters of five is four."""
    admission = next(one for one in everything() if one.purpose is Purpose.ADMISSION_BALLOT)
    assert "Wenn Sie nicht antworten: gilt das als Zustimmung" in write(admission, "de").plain
    assert "with 4 or more objections of 6 members" in write(admission, "en").plain
    exclusion = next(one for one in everything() if one.purpose is Purpose.EXCLUSION_BALLOT)
    assert "ab 4 Zustimmungen von 5 Mitgliedern" in write(exclusion, "de").plain


@pytest.mark.parametrize(
    ("numerator", "denominator", "reach", "electorate", "needed"),
    [
        (1, 2, False, 6, 4),
        (3, 4, False, 6, 5),
        (1, 2, True, 6, 3),
        (1, 1, True, 6, 6),
        (2, 3, True, 7, 5),
        (1, 2, False, 7, 4),
    ],
)
def test_thresholds_are_exact(numerator: int, denominator: int, reach: bool, electorate: int, needed: int) -> None:
    """B2."""
    threshold = Threshold(numerator=numerator, denominator=denominator, reach=reach)
    assert texts.needed(threshold, electorate) == needed


def test_the_end_of_a_window_is_shown_as_2359_of_the_last_day() -> None:
    """T6."""
    content = structs.replace(ADMISSION, ends_at=datetime(2026, 12, 28, 23, tzinfo=UTC), number=1)
    text = texts.compose(Purpose.BALLOT_REMINDER, "de", names(content), content, portal=PORTAL)
    assert "Montag, 28. Dezember 2026, 23:59 Uhr (MEZ)" in text.plain


def test_a_text_that_misses_something_is_an_error_and_no_half_sentence() -> None:
    nameless = structs.replace(names(ADMISSION), subject_name=None)
    with pytest.raises(UndefinedError):
        texts.compose(Purpose.ADMISSION_BALLOT, "de", nameless, ADMISSION, portal=PORTAL)


@pytest.mark.parametrize(("wanted", "got"), [("de", "de"), ("en", "en"), ("nl", "nl"), ("da", "da"), ("xx", "de")])
def test_everybody_is_written_to_in_their_language_and_others_in_german(wanted: str, got: str) -> None:
    assert texts.language_for(wanted) == got


def test_a_charter_with_the_other_motion_is_told_as_it_is() -> None:
    """B1: what silence means depends on the motion, not on the subject; a welcome claims no absence of objections."""
    approval = structs.replace(ADMISSION, motion=Motion.APPROVAL)
    ballot = texts.compose(Purpose.ADMISSION_BALLOT, "en", names(approval), approval, portal=PORTAL).plain
    assert "If you do not answer: that does not count as approval" in ballot
    assert "with 4 or more approvals of 6 members" in ballot
    assert "object" not in ballot
    objection = structs.replace(EXCLUDING, motion=Motion.OBJECTION)
    ballot = texts.compose(Purpose.EXCLUSION_BALLOT, "en", names(objection), objection, portal=PORTAL).plain
    assert "If you do not answer: that counts as consent" in ballot
    welcome = next(one for one in everything() if one.purpose is Purpose.APPLICATION_WELCOME)
    assert "object" not in write(welcome, "en").plain


def test_one_day_is_one_day() -> None:
    short = structs.replace(ADMISSION, window_days=1)
    assert "1 day from" in texts.compose(Purpose.ADMISSION_BALLOT, "en", names(short), short, portal=PORTAL).plain
    assert "1 Tag ab" in texts.compose(Purpose.ADMISSION_BALLOT, "de", names(short), short, portal=PORTAL).plain


def test_a_name_cannot_pass_for_a_line_of_facts() -> None:
    """An applicant chooses its own name."""
    forged = structs.replace(names(ADMISSION), subject_name="| Decision | taken already")
    text = texts.compose(Purpose.ADMISSION_BALLOT, "en", forged, ADMISSION, portal=PORTAL).plain
    assert "Decision: taken already" not in text
    assert "¦ Decision ¦ taken already" in text


HOSTILE = [
    "a@example.org\r\nBcc: b@example.org", "a@example.org\nX: y", "a@example.org,b@example.org", "a b@example.org",
    "<a@example.org>", '"a\\"b"@example.org', "a@[127.0.0.1]", "a@example.org\x00", "@example.org", "a@", "a@-x.org",
    "a..b@example.org", "a@exa mple.org", "a@example.org SIZE=1", "x" * 65 + "@example.org",
]  # fmt: skip


def make(name: str, email: str) -> bytes:
    return build(
        text=Text(subject="S", plain="P\n", html="<p>H</p>"), language="de", notice=NoticeId("ntc_1"), sending=0,
        letterhead=Letterhead(sender="f@example.net", sender_name="Fallnetz", domain="example.net"), about=BALLOT,
        recipient=Recipient(name=name, email=email), reminder_of=NoticeId("ntc_0"), real_now=MONDAY,
        attachment=spreadsheet("list.csv", [["Name"], ["=1+1"]]),
    ).as_bytes()  # fmt: skip


@pytest.mark.parametrize("address", HOSTILE)
def test_an_address_that_could_break_out_of_its_line_is_refused(address: str) -> None:
    assert envelope_address(address) is None
    with pytest.raises(UnusableAddressError):
        make("Ada", address)


@pytest.mark.parametrize("name", ["Ada\r\nBcc: b@example.org", "Ada\nX: y", "Ada\x00", "Ada\u2028X", "Ada\x85X"])
def test_a_name_that_could_start_a_header_is_refused(name: str) -> None:
    with pytest.raises(UnusableAddressError):
        make(name, "a@example.org")


def test_a_name_with_commas_quotes_and_umlauts_stays_one_recipient() -> None:
    message = message_from_bytes(make('Müller, "Ada" <x@y>', "a@example.org"), policy=default)
    [address] = message["To"].addresses
    assert (address.display_name, address.addr_spec) == ('Müller, "Ada" <x@y>', "a@example.org")


def test_a_message_can_be_recognised_threaded_and_not_answered_by_machines() -> None:
    message = message_from_bytes(make("Ada", "a@exämple.org"), policy=default)
    assert message["Message-ID"] == "<ntc_1.0@example.net>"
    assert message["References"] == "<bal_1@example.net> <ntc_0.0@example.net>"
    assert message["In-Reply-To"] == "<ntc_0.0@example.net>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["To"].addresses[0].domain == "xn--exmple-cua.org"
    [attachment] = message.iter_attachments()
    assert attachment.get_filename() == "list.csv"


@pytest.mark.parametrize("cell", ["=1+1", "+49 521", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "=cmd|'/c calc'!A1"])
def test_no_cell_of_the_directory_starts_a_formula(cell: str) -> None:
    assert as_csv([[cell]]).startswith(("'", "\"'"))
    assert as_csv([["Diakonie"]]) == "Diakonie\r\n"
