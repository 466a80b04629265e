"""The agreement that an applicant is sent with its welcome (A3)."""

import hashlib
from datetime import datetime

import msgspec

from contracts.ids import ApplicationId, MemberId, NetworkId
from contracts.membership.admission import ApplicantWelcomed
from contracts.membership.contacts import Agreement
from contracts.membership.networks import OfficeAppointed
from services.chassis import journal
from services.chassis.database import Transaction
from services.chassis.texts import LOCALES
from services.membership.admission import handlers
from services.membership.ballots import handlers as ballots
from services.membership.charter import handlers as charters
from services.membership.charter.explain import sentences
from services.membership.members import handlers as members
from services.membership.networks import handlers as networks


def signed(tx: Transaction, network: NetworkId, application: str) -> Agreement | None:
    """None before the welcome, which is the office's signature. Raises Refused `application-not-found` (404)."""
    found = handlers.get(tx, network, application).application
    if found.welcomed_at is None or found.ballot is None:
        return None
    decided_under = ballots.get(tx, network, found.ballot).opened.charter_version  # B8, whatever was adopted since
    adopted = charters.version(tx, network, decided_under)
    office = _office_at(tx, network, found.id, found.welcomed_at)
    return Agreement(
        network_name=adopted.charter.name,
        charter_version=adopted.version,
        text=adopted.text,
        digest=hashlib.sha256(adopted.text.encode()).hexdigest(),
        sentences={language: sentences(adopted.charter, language) for language in LOCALES},
        signed_at=found.welcomed_at,
        signed_by=members.names(tx, network, [office]).get(office) if office else None,
    )


def _office_at(
    tx: Transaction, network: NetworkId, application: ApplicationId, welcomed_at: datetime
) -> MemberId | None:
    """Who held the office at the welcome. If it has changed hands since, the journal knows."""
    row = networks.get(tx, network)
    if row.office_since is not None and row.office_since < welcomed_at:
        return row.office
    facts = journal.entries(tx, record=application)
    welcome = next(fact.position for fact in facts if fact.kind == ApplicantWelcomed.__name__)
    holder, after = None, 0
    while page := [fact for fact in journal.entries(tx, record=network, after=after) if fact.position < welcome]:
        for fact in page:
            if fact.kind == OfficeAppointed.__name__:
                holder = msgspec.json.decode(fact.body, type=OfficeAppointed).member
        after = page[-1].position
    return holder
