"""Requests about applications. The applicant has no account: its key, shown once, or the link of a mail stands for it.

Members see an application from its announcement on; before that it is between the applicant and the office.
"""

from datetime import datetime

from msgspec.structs import replace

from contracts.ids import NetworkId
from contracts.membership.admission import (
    ANNOUNCE_APPLICATION,
    APPLY,
    ASK_APPLICANT,
    DECLINE_APPLICATION,
    GET_APPLICATION,
    GET_FORM,
    LIST_APPLICATIONS,
    RECORD_ANSWER,
    RECORD_COUNTERSIGNATURE,
    SUPPLEMENT_APPLICATION,
    WELCOME_APPLICANT,
    WITHDRAW_APPLICATION,
    AnnounceApplication,
    ApplicationForm,
    ApplicationReceipt,
    ApplicationView,
    Apply,
    AskApplicant,
    DeclineApplication,
    GetApplication,
    GetForm,
    ListApplications,
    RecordAnswer,
    RecordCountersignature,
    SupplementApplication,
    WelcomeApplicant,
    WithdrawApplication,
)
from contracts.membership.ballots import BallotView
from contracts.membership.members import PersonDetails
from contracts.membership.words import AnswerWay
from contracts.request import Call, Page, Refused
from services.chassis import clock, paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority, entry
from services.membership.admission import handlers
from services.membership.admission import handlers_answers as answers
from services.membership.admission.handlers import Stored
from services.membership.admission.rules import has_lapsed, lawful_state
from services.membership.authority import Acting
from services.membership.ballots import views as ballots
from services.membership.charter import handlers as charters
from services.membership.members import handlers as members
from services.membership.networks import handlers as networks

requests = Requests()


def view(stored: Stored, now: datetime, *, whole: bool) -> ApplicationView:
    """`whole`: for the office and the applicant; members see the organisation from the announcement on, operators
    always, but no way to reach its people."""
    application, texts = stored.application, stored.texts
    return ApplicationView(
        id=application.id, state=lawful_state(application, now), name=texts.name, field_of_work=texts.field_of_work,
        received_at=stored.received_at, ballot=application.ballot, decided_at=application.decided_at,
        expires_at=application.expires_at, member=application.member, question=texts.question, answer=texts.answer,
        answered_at=texts.answered_at, answer_way=AnswerWay(texts.answer_way) if texts.answer_way else None,
        answer_from=texts.answer_from if whole else None,
        address=texts.address if whole or application.ballot is not None else None,
        contact=_reach(texts.contact) if whole else None,
        representative=_reach(texts.representative) if whole else None,
        deputy=_reach(texts.deputy) if whole else None, lapses_at=application.lapses_at,
    )  # fmt: skip


def _reach(person: PersonDetails) -> PersonDetails:
    """How to reach a person; how they sign in is nobody's to read."""
    return replace(person, issuer=None, subject=None)


def _now(tx: Transaction, call: Call, network: NetworkId) -> datetime:
    return clock.moment(tx, network, call.at)


def _shown(tx: Transaction, network: NetworkId, application: str, now: datetime) -> ApplicationView:
    """To the office, or to the applicant."""
    return view(handlers.get(tx, network, application, unconfirmed=True), now, whole=True)


def _by_applicant(call: Call, application: str, network: NetworkId, key: str | None) -> bool:
    """Whether the applicant asks: with its key (still to be compared), or with the link of a mail that was about this
    application (N5). Raises Refused `link-not-enough`, `not-signed-in`."""
    if key is not None:
        return True
    if call.actor is None:
        detail = "Send the application's key in the header Fallnetz-Applicant-Key, or sign in."
        raise Refused("not-signed-in", detail, status=401)
    grant = call.actor.link
    if call.actor.issuer != authority.LINKS or grant is None:
        return False
    return (grant.role, grant.network, grant.about, grant.member) == ("applicant", network, application, None)


def _own(tx: Transaction, network: NetworkId, application: str, key: str | None, now: datetime) -> Stored:
    """The applicant's own application. `key` None: it holds a link. Raises Refused `not-authorised` for a wrong key,
    `application-not-found` from the instant at which it lapses on (T4)."""
    wrong = authority.not_authorised("This is not the key of the application.")
    try:
        stored = handlers.get(tx, network, application, unconfirmed=True)
    except Refused:
        raise (wrong if key is not None else entry.not_found("application")) from None  # a key says not which ids exist
    if key is not None and not handlers.is_applicant(stored, key):
        raise wrong
    if has_lapsed(stored.application, now):
        raise entry.not_found("application")
    return stored


def _office(tx: Transaction, call: Call, network: NetworkId, application: str, *, by_key: bool = False) -> Acting:
    """The office, and only about applications that it knows of."""
    who = authority.require_office(tx, call, network, by_key=by_key)
    handlers.get(tx, network, application)
    return who


def _enters(tx: Transaction, call: Call, network: NetworkId) -> str | None:
    """Who enters an application at the office; None: it comes from outside, also where somebody is signed in."""
    if call.actor is None:
        return None
    try:
        who = authority.acting(tx, call, network)
    except Refused as refusal:
        if refusal.slug == "member-not-chosen":
            raise
        return None
    return who.name if who.office or who.operator else None


@requests.answers(GET_FORM)
def get_form(tx: Transaction, call: Call, request: GetForm) -> ApplicationForm:
    """Public: names of the network and its office, and what the charter demands."""
    network = networks.get(tx, request.network)
    charter = charters.in_force(tx, network.id).charter
    office = members.names(tx, network.id, [network.office]).get(network.office) if network.office else None
    return ApplicationForm(
        network=network.id, network_name=network.name, region=network.region,
        fields_of_work=list(charter.admission.fields), window_days=charter.admission.window_days,
        office_name=office, languages=network.languages, sandbox=network.sandbox,
        time_zone=network.time_zone, now=_now(tx, call, network.id),
    )  # fmt: skip


@requests.answers(APPLY)
def apply(tx: Transaction, call: Call, request: Apply) -> ApplicationReceipt:
    networks.get(tx, request.network)
    now = _now(tx, call, request.network)
    stored, key = handlers.apply(tx, request.network, request.body, now, _enters(tx, call, request.network))
    return ApplicationReceipt(application=view(stored, now, whole=True), applicant_key=key)


@requests.answers(LIST_APPLICATIONS)
def list_applications(tx: Transaction, call: Call, request: ListApplications) -> Page[ApplicationView]:
    who = authority.acting(tx, call, request.network)
    (before,) = paging.decode(request.paging.cursor, tuple[str]) or ("",)
    most = paging.limit(request.paging)
    rows = handlers.page(tx, request.network, before, most + 1, unannounced=who.office or who.operator)
    return paging.page(rows, most, lambda row: view(row, who.now, whole=who.office), lambda row: (row.application.id,))


@requests.answers(GET_APPLICATION)
def get_application(tx: Transaction, call: Call, request: GetApplication) -> ApplicationView:
    network, now = request.network, _now(tx, call, request.network)
    if _by_applicant(call, request.application, network, request.applicant_key):
        return view(_own(tx, network, request.application, request.applicant_key, now), now, whole=True)
    if call.actor is not None and call.actor.issuer == authority.LINKS:
        try:
            stored = handlers.get(tx, network, request.application)
        except Refused:
            raise authority.link_not_enough() from None  # as for one that the link is not about
        authority.acting_by_link(tx, call, network, stored.application.ballot)
        return view(stored, now, whole=False)
    who = authority.acting(tx, call, network)
    stored = handlers.get(tx, network, request.application)
    if stored.application.ballot is None and not (who.office or who.operator):
        raise entry.not_found("application")  # as for an id that nothing has: members cannot tell
    return view(stored, now, whole=who.office)


@requests.answers(ASK_APPLICANT)
def ask_applicant(tx: Transaction, call: Call, request: AskApplicant) -> ApplicationView:
    who = _office(tx, call, request.network, request.application, by_key=True)
    answers.ask(tx, request.network, request.application, request.body.question, who.now, who.name)
    return _shown(tx, request.network, request.application, who.now)


@requests.answers(SUPPLEMENT_APPLICATION)
def supplement_application(tx: Transaction, call: Call, request: SupplementApplication) -> ApplicationView:
    """A2: the applicant answers, with its key or the link of a mail."""
    network, now = request.network, _now(tx, call, request.network)
    key = request.applicant_key or None
    if not _by_applicant(call, request.application, network, key):
        raise authority.not_authorised("Only the applicant answers; send its key, or open the link in its e-mail.")
    _own(tx, network, request.application, key, now)
    answers.supplement(tx, network, request.application, request.body.answer, now)
    return _shown(tx, network, request.application, now)


@requests.answers(RECORD_ANSWER)
def record_answer(tx: Transaction, call: Call, request: RecordAnswer) -> ApplicationView:
    """A2: the answer came otherwise, and the office records it."""
    who = _office(tx, call, request.network, request.application, by_key=True)
    answers.record(tx, request.network, request.application, request.body, who.now, who.name)
    return _shown(tx, request.network, request.application, who.now)


@requests.answers(DECLINE_APPLICATION)
def decline_application(tx: Transaction, call: Call, request: DeclineApplication) -> ApplicationView:
    who = _office(tx, call, request.network, request.application, by_key=True)
    handlers.decline(tx, request.network, request.application, request.body.reason, who.now, who.name)
    return _shown(tx, request.network, request.application, who.now)


@requests.answers(ANNOUNCE_APPLICATION)
def announce_application(tx: Transaction, call: Call, request: AnnounceApplication) -> BallotView:
    who = _office(tx, call, request.network, request.application)
    ballot = handlers.announce(tx, request.network, request.application, who.now, who.name)
    return ballots.show(tx, request.network, ballot, reader=who.member, language=call.locale, now=who.now)


@requests.answers(WELCOME_APPLICANT)
def welcome_applicant(tx: Transaction, call: Call, request: WelcomeApplicant) -> ApplicationView:
    who = _office(tx, call, request.network, request.application)
    handlers.welcome(tx, request.network, request.application, who.now, who.name)
    return _shown(tx, request.network, request.application, who.now)


@requests.answers(RECORD_COUNTERSIGNATURE)
def record_countersignature(tx: Transaction, call: Call, request: RecordCountersignature) -> ApplicationView:
    who = _office(tx, call, request.network, request.application, by_key=True)
    handlers.countersign(tx, request.network, request.application, request.body.received_at, who.now, who.name, call.at)
    return _shown(tx, request.network, request.application, who.now)


@requests.answers(WITHDRAW_APPLICATION)
def withdraw_application(tx: Transaction, call: Call, request: WithdrawApplication) -> ApplicationView:
    """A6: by the applicant with its key or the link of a mail, or by the office on the applicant's word."""
    network, now = request.network, _now(tx, call, request.network)
    applicant = _by_applicant(call, request.application, network, request.applicant_key)
    if applicant:
        _own(tx, network, request.application, request.applicant_key, now)
        by = "applicant"
    else:
        by = _office(tx, call, network, request.application).name
    handlers.withdraw(tx, network, request.application, now, by, applicant=applicant)
    return _shown(tx, network, request.application, now)
