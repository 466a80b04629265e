"""A network is founded with its first charter; a sandbox with a test clock as well (G6)."""

from datetime import datetime

from contracts.event import Fact
from contracts.ids import NetworkId
from contracts.membership.networks import NetworkFounded, NewNetwork, TestClockAdvanced
from contracts.request import Refused
from services.chassis import clock, journal
from services.chassis.database import Transaction
from services.membership import entry
from services.membership.charter import handlers as charters
from services.membership.networks import handlers
from services.membership.networks.handlers import Network


def carry_out(tx: Transaction, body: NewNetwork, real: datetime, actor: str) -> Network:
    """Raises Refused `network-id-malformed`, `not-a-sandbox`, `network-exists`, and what a charter is refused for."""
    if not handlers.possible(body.id):
        detail = "Use 2 to 40 lower-case letters, digits and hyphens, none at either end; `installation` is reserved."
        raise Refused("network-id-malformed", detail, status=422, field="/id")
    if body.clock is not None and not body.sandbox:
        raise Refused("not-a-sandbox", "Only a sandbox network has a test clock.", status=422, field="/clock")
    network = NetworkId(body.id)
    now = entry.moment(body.clock, "/clock") if body.clock is not None else real
    charter = charters.read(body.charter)
    row = Network(
        id=network, name=charter.name, time_zone=charter.time.zone, region=charter.time.region,
        languages=list(charter.languages), charter_version=1, sandbox=body.sandbox, founded_at=now,
    )  # fmt: skip
    if not handlers.add(tx, row):
        raise Refused("network-exists", "A network with this id exists already.", field="/id")
    facts: list[Fact] = [
        NetworkFounded(network=network, charter_version=1, time_zone=row.time_zone, sandbox=body.sandbox)
    ]
    if body.sandbox:
        clock.set_test_clock(tx, network, now)
        facts.append(TestClockAdvanced(network=network, moment=now))
    journal.record(tx, network=network, record=network, facts=facts, now=now, actor=actor)
    charters.adopt(tx, network, body.charter, now, actor)
    return handlers.get(tx, network)
