"""The feed, for whoever stands in the network now (L3): people, and machines with a key."""

from contracts.notifications.changes import LIST_CHANGES, Changes, ListChanges
from contracts.request import Call
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.notifications.changes import handlers
from services.notifications.membership import Membership
from services.notifications.notices.sight import Sight


def registry(membership: Membership) -> Requests:
    """What this feature answers."""
    requests = Requests()

    async def reader(call: Call, request: ListChanges) -> Sight:
        return await membership.reader(call, request.network)

    requests.answers_after(LIST_CHANGES, reader)(_list)
    return requests


def _list(tx: Transaction, _call: Call, request: ListChanges, reader: Sight) -> Changes:
    if request.newest:
        return handlers.newest(tx, request.network)
    return handlers.listed(tx, request.network, request.after, request.limit, office=reader.everything)
