"""Requests about whoever asks: who they are, for which members they act, in which language they are written to."""

from contracts.ids import NetworkId
from contracts.membership.access import EDIT_ME, EditMe
from contracts.membership.members import WHO_AM_I, Me, Standing, WhoAmI
from contracts.membership.words import Role
from contracts.request import Actor, Call
from services.chassis import clock
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority
from services.membership.entry import KEYS
from services.membership.members import handlers as members
from services.membership.members import handlers_sign_ins as sign_ins
from services.membership.networks import handlers as networks

requests = Requests()


@requests.answers(WHO_AM_I)
def who_am_i(tx: Transaction, call: Call, _request: WhoAmI) -> Me:
    actor = authority.signed_in(call)
    return _key(tx, call) if actor.issuer == KEYS else me(tx, call)


@requests.answers(EDIT_ME)
def edit_me(tx: Transaction, call: Call, request: EditMe) -> Me:
    actor = authority.require_person(call)
    if not sign_ins.write_in(tx, (actor.issuer, actor.subject), request.body.language):
        raise authority.not_authorised("No member has named you; there is nothing to change.")
    return me(tx, call)


def me(tx: Transaction, call: Call) -> Me:
    """A person, known here or not. The first function's entry gives name and language."""
    actor = authority.require_person(call)
    held = [each for network in members.networks_of(tx, actor) for each in _held(tx, call, network, actor)]
    first = held[0][0].person if held else None
    return Me(
        person=first.id if first else None, name=first.name if first else None, operator=authority.is_operator(actor),
        standings=[_standing(network, each) for each, network in held], language=first.language if first else None,
    )  # fmt: skip


def _held(
    tx: Transaction, call: Call, network: NetworkId, actor: Actor
) -> list[tuple[members.Standing, networks.Network]]:
    row = networks.get(tx, network)
    now = clock.moment(tx, network, call.at)
    return [(each, row) for each in members.standings(tx, network, actor, now, networks.local_day(row, now))]


def _standing(network: networks.Network, held: members.Standing) -> Standing:
    return Standing(
        network=network.id, member=held.person.member, member_name=held.member_name, role=held.role,
        office=network.office == held.person.member, person=held.person.id,
    )  # fmt: skip


def _key(tx: Transaction, call: Call) -> Me:
    """What an API key stands for: one member, in one network."""
    (network,) = authority.known_networks(tx, call)
    who = authority.acting(tx, call, network)
    assert who.member is not None  # noqa: S101 - a key always has one
    standing = Standing(
        network=network, member=who.member, member_name=members.names(tx, network, [who.member])[who.member],
        role=who.role or Role.REPRESENTATIVE, office=who.office, person=who.person,
    )  # fmt: skip
    return Me(person=who.person, name=None, operator=False, standings=[standing], key=who.key)
