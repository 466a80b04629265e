"""Requests about applications. The applicant has no account: its key, shown once, stands for it.

Members see an application from its announcement on; before that it is between the applicant and the office.
"""

from contracts.ids import NetworkId
from contracts.membership.admission import (
    ANNOUNCE_APPLICATION,
    APPLY,
    ASK_APPLICANT,
    DECLINE_APPLICATION,
    GET_APPLICATION,
    LIST_APPLICATIONS,
    RECORD_COUNTERSIGNATURE,
    SUPPLEMENT_APPLICATION,
    WELCOME_APPLICANT,
    WITHDRAW_APPLICATION,
    AnnounceApplication,
    ApplicationReceipt,
    ApplicationView,
    Apply,
    AskApplicant,
    DeclineApplication,
    GetApplication,
    ListApplications,
    RecordCountersignature,
    SupplementApplication,
    WelcomeApplicant,
    WithdrawApplication,
)
from contracts.membership.ballots import BallotView
from contracts.request import Call, Page, Refused
from services.chassis import clock, paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority, entry
from services.membership.admission import handlers
from services.membership.admission.handlers import Stored
from services.membership.admission.rules import lawful_state
from services.membership.ballots import views as ballots

requests = Requests()


def view(tx: Transaction, call: Call, stored: Stored) -> ApplicationView:
    application, texts = stored.application, stored.texts
    now = clock.moment(tx, application.network, call.at)
    return ApplicationView(
        id=application.id, state=lawful_state(application, now), name=texts.name, field_of_work=texts.field_of_work,
        received_at=stored.received_at, ballot=application.ballot, decided_at=application.decided_at,
        expires_at=application.expires_at, member=application.member, question=texts.question, answer=texts.answer,
    )  # fmt: skip


def _shown(tx: Transaction, call: Call, network: NetworkId, application: str) -> ApplicationView:
    return view(tx, call, handlers.get(tx, network, application))


def _as_applicant(stored: Stored, key: str) -> None:
    if not handlers.is_applicant(stored, key):
        raise authority.not_authorised("This is not the key of the application.")


def _demand_key_or_sign_in(call: Call) -> None:
    """For those who sent neither: an applicant has no sign-in and must not be sent looking for one."""
    if call.actor is None:
        detail = "Send the application's key in the header Fallnetz-Applicant-Key, or sign in."
        raise Refused("not-signed-in", detail, status=401)


@requests.answers(APPLY)
def apply(tx: Transaction, call: Call, request: Apply) -> ApplicationReceipt:
    now = clock.moment(tx, request.network, call.at)
    stored, key = handlers.apply(tx, request.network, request.body, now)
    return ApplicationReceipt(application=view(tx, call, stored), applicant_key=key)


@requests.answers(LIST_APPLICATIONS)
def list_applications(tx: Transaction, call: Call, request: ListApplications) -> Page[ApplicationView]:
    who = authority.acting(tx, call, request.network)
    (before,) = paging.decode(request.paging.cursor, tuple[str]) or ("",)
    most = paging.limit(request.paging)
    rows = handlers.page(tx, request.network, before, most + 1, unannounced=who.office)
    return paging.page(rows, most, lambda row: view(tx, call, row), lambda row: (row.application.id,))


@requests.answers(GET_APPLICATION)
def get_application(tx: Transaction, call: Call, request: GetApplication) -> ApplicationView:
    if request.applicant_key is not None:
        stored = handlers.get(tx, request.network, request.application)
        _as_applicant(stored, request.applicant_key)
        return view(tx, call, stored)
    _demand_key_or_sign_in(call)
    who = authority.acting(tx, call, request.network)
    stored = handlers.get(tx, request.network, request.application)
    if stored.application.ballot is None and not who.office:
        raise entry.not_found("application")  # as for an id that nothing has: members cannot tell
    return view(tx, call, stored)


@requests.answers(ASK_APPLICANT)
def ask_applicant(tx: Transaction, call: Call, request: AskApplicant) -> ApplicationView:
    who = authority.require_office(tx, call, request.network)
    handlers.ask(tx, request.network, request.application, request.body.question, who.now, who.name)
    return _shown(tx, call, request.network, request.application)


@requests.answers(SUPPLEMENT_APPLICATION)
def supplement_application(tx: Transaction, call: Call, request: SupplementApplication) -> ApplicationView:
    _as_applicant(handlers.get(tx, request.network, request.application), request.applicant_key or "")
    now = clock.moment(tx, request.network, call.at)
    handlers.supplement(tx, request.network, request.application, request.body.answer, now)
    return _shown(tx, call, request.network, request.application)


@requests.answers(DECLINE_APPLICATION)
def decline_application(tx: Transaction, call: Call, request: DeclineApplication) -> ApplicationView:
    who = authority.require_office(tx, call, request.network)
    handlers.decline(tx, request.network, request.application, request.body.reason, who.now, who.name)
    return _shown(tx, call, request.network, request.application)


@requests.answers(ANNOUNCE_APPLICATION)
def announce_application(tx: Transaction, call: Call, request: AnnounceApplication) -> BallotView:
    who = authority.require_office(tx, call, request.network)
    ballot = handlers.announce(tx, request.network, request.application, who.now, who.name)
    return ballots.show(tx, request.network, ballot, reader=who.member, language=call.locale, now=who.now)


@requests.answers(WELCOME_APPLICANT)
def welcome_applicant(tx: Transaction, call: Call, request: WelcomeApplicant) -> ApplicationView:
    who = authority.require_office(tx, call, request.network)
    handlers.welcome(tx, request.network, request.application, who.now, who.name)
    return _shown(tx, call, request.network, request.application)


@requests.answers(RECORD_COUNTERSIGNATURE)
def record_countersignature(tx: Transaction, call: Call, request: RecordCountersignature) -> ApplicationView:
    who = authority.require_office(tx, call, request.network)
    handlers.countersign(tx, request.network, request.application, request.body.received_at, who.now, who.name)
    return _shown(tx, call, request.network, request.application)


@requests.answers(WITHDRAW_APPLICATION)
def withdraw_application(tx: Transaction, call: Call, request: WithdrawApplication) -> ApplicationView:
    """A6: by the applicant with its key, or by the office on the applicant's word."""
    if request.applicant_key is not None:
        _as_applicant(handlers.get(tx, request.network, request.application), request.applicant_key)
        by = "applicant"
    else:
        _demand_key_or_sign_in(call)
        by = authority.require_office(tx, call, request.network).name
    now = clock.moment(tx, request.network, call.at)
    handlers.withdraw(tx, request.network, request.application, now, by)
    return _shown(tx, call, request.network, request.application)
