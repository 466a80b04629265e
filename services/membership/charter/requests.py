"""Requests about the charter."""

from contracts.membership.networks import ADOPT_CHARTER, GET_CHARTER, AdoptCharter, CharterView, GetCharter
from contracts.request import Call
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority
from services.membership.charter import handlers
from services.membership.charter.explain import sentences
from services.membership.charter.tables import AdoptedCharter

requests = Requests()


def _view(adopted: AdoptedCharter, language: str) -> CharterView:
    return CharterView(
        version=adopted.version,
        adopted_at=adopted.adopted_at,
        text=adopted.text,
        sentences=sentences(adopted.charter, language),
    )


@requests.answers(ADOPT_CHARTER)
def adopt_charter(tx: Transaction, call: Call, request: AdoptCharter) -> CharterView:
    who = authority.require_office(tx, call, request.network, or_operator=True)
    if request.dry_run:
        return _view(handlers.tried(tx, request.network, request.body.charter, who.now), call.locale)
    return _view(handlers.adopt(tx, request.network, request.body.charter, who.now, who.name), call.locale)


@requests.answers(GET_CHARTER)
def get_charter(tx: Transaction, call: Call, request: GetCharter) -> CharterView:
    authority.acting(tx, call, request.network)
    if request.version is None:
        return _view(handlers.in_force(tx, request.network), call.locale)
    return _view(handlers.version(tx, request.network, request.version), call.locale)
