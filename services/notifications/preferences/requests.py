"""A person's own settings in one network. A machine has none."""

from msgspec import Struct

from contracts.ids import MemberId, PersonId
from contracts.notifications.settings import (
    GET_PREFERENCES,
    SET_PREFERENCES,
    GetPreferences,
    PreferencesView,
    SetPreferences,
)
from contracts.request import Call, InNetwork
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.notifications.membership import Membership
from services.notifications.notices.sight import one_member, person_needed, standings
from services.notifications.preferences import handlers
from services.notifications.preferences.rules import Wishes


class Owner(Struct, frozen=True):
    """Whose settings they are."""

    person: PersonId
    member: MemberId


def registry(membership: Membership) -> Requests:
    """What this feature answers."""
    requests = Requests()

    async def owner(call: Call, request: InNetwork) -> Owner:
        me = await membership.who(call)
        held = standings(me, request.network, call.actor)
        member = one_member(held)
        person = held[0].person
        if me.key is not None or person is None:
            raise person_needed()
        return Owner(person, member)

    requests.answers_after(GET_PREFERENCES, owner)(_get)
    requests.answers_after(SET_PREFERENCES, owner)(_set)
    return requests


def _get(tx: Transaction, _call: Call, request: GetPreferences, owner: Owner) -> PreferencesView:
    return _view(request, handlers.find(tx, request.network, owner.person))


def _set(tx: Transaction, call: Call, request: SetPreferences, owner: Owner) -> PreferencesView:
    after = handlers.change(tx, request.network, owner.person, owner.member, request.version, request.body, call.at)
    return _view(request, after)


def _view(request: InNetwork, wishes: Wishes) -> PreferencesView:
    return PreferencesView(
        network=request.network, version=wishes.version, preferences=wishes.preferences,
        redirect_confirmed=wishes.redirect_confirmed,
    )  # fmt: skip
