"""A network's charter: read, adopted in versions, found again by version (B8)."""

import hashlib
from datetime import datetime

from contracts.ids import NetworkId
from contracts.membership.networks import CharterAdopted
from contracts.request import Refused
from contracts.texts import Lines, Phrase, phrase
from services.chassis import journal
from services.chassis.database import Transaction
from services.membership.charter import tables
from services.membership.charter.rules import Charter, CharterError, CharterErrors, load
from services.membership.charter.tables import AdoptedCharter
from services.membership.networks import handlers as networks

__all__ = ["AdoptedCharter", "adopt", "in_force", "read", "tried", "version"]

_MOST_SHOWN = 20


def read(text: str) -> Charter:
    """A charter from TOML text. Raises Refused `charter-invalid` (422) that lists the errors with line and field."""
    try:
        return load(text)
    except CharterErrors as wrong:
        shown = [_said(error) for error in wrong.errors[:_MOST_SHOWN]]
        more = len(wrong.errors) - len(shown)
        errors = Lines([*shown, *([phrase("and {more} more", more=more)] if more else [])])
        raise Refused("charter-invalid", "{errors}", status=422, field="/charter", words={"errors": errors}) from None


def _said(error: CharterError) -> Phrase:
    words: dict[str, object] = {"line": error.line, "sentence": error.says, "slug": error.slug}
    if error.field:
        return phrase("line {line}, {field}: {sentence} ({slug})", field=error.field, **words)
    return phrase("line {line}: {sentence} ({slug})", **words)


def adopt(tx: Transaction, network: NetworkId, text: str, now: datetime, actor: str) -> AdoptedCharter:
    """Puts a charter in force for whatever begins from now on; what runs keeps the version it began with (B8).

    Raises Refused `charter-invalid`, `charter-unchanged`.
    """
    networks.lock(tx, network)
    adopted = tried(tx, network, text, now)
    charter, number = adopted.charter, adopted.version
    tables.add(tx, adopted)
    networks.copy_charter(
        tx, network, name=charter.name, zone=charter.time.zone, region=charter.time.region,
        languages=list(charter.languages), version=number,
    )  # fmt: skip
    digest = hashlib.sha256(text.encode()).hexdigest()
    fact = CharterAdopted(network=network, charter_version=number, digest_of_text=digest)
    journal.record(tx, network=network, record=network, facts=[fact], now=now, actor=actor)
    return adopted


def tried(tx: Transaction, network: NetworkId, text: str, now: datetime) -> AdoptedCharter:
    """The version that this text would be, were it adopted now; nothing is kept. Raises as `adopt` does."""
    charter = read(text)
    before = tables.newest(tx, network)
    if before is not None and before.text == text:
        detail = "This text is in force already, as version {version}."
        raise Refused("charter-unchanged", detail, words={"version": before.version})
    number = before.version + 1 if before else 1
    return AdoptedCharter(network=network, version=number, adopted_at=now, text=text, charter=charter)


def in_force(tx: Transaction, network: NetworkId) -> AdoptedCharter:
    """The newest version. Raises Refused `network-not-found` (404)."""
    found = tables.newest(tx, network)
    if found is None:
        raise networks.unknown()
    return found


def version(tx: Transaction, network: NetworkId, number: int) -> AdoptedCharter:
    """One version. Raises Refused `charter-not-found` (404)."""
    found = tables.find(tx, network, number) if 0 < number < 2**31 else None
    if found is None:
        raise Refused("charter-not-found", "The network has no charter of this version.", status=404)
    return found
