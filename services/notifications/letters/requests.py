"""The office prints what did not arrive by mail, and records that it has posted it."""

from msgspec import Struct

from contracts.membership.contacts import Contacts
from contracts.notifications.letters import GET_LETTER, RECORD_POSTING, GetLetter, Letter, RecordPosting
from contracts.notifications.notices import Notice
from contracts.request import Call, InNetwork, Refused
from services.chassis import clock
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.notifications.email import addressing
from services.notifications.email.composing import Composer
from services.notifications.letters import handlers
from services.notifications.membership import Membership
from services.notifications.notices import handlers as notices
from services.notifications.notices.rules_life import Stored
from services.notifications.notices.sight import Sight, person_needed
from services.notifications.settings import NotificationsSettings


class Found(Struct, frozen=True):
    notice: Stored
    contacts: Contacts


def registry(membership: Membership, settings: NotificationsSettings) -> Requests:
    """What this feature answers."""
    requests = Requests()
    composer = Composer(settings)

    async def office(call: Call, request: InNetwork) -> Sight:
        seen = await membership.reader(call, request.network)
        if seen.machine:
            raise person_needed()
        if not seen.office:
            raise Refused("not-authorised", "Only the coordinating office prints and posts letters.", status=403)
        return seen

    async def found(call: Call, request: GetLetter) -> Found:
        await office(call, request)
        notice = await membership.stored(_notice, request)
        handlers.check(notice)
        return Found(notice, await membership.contacts(addressing.question(notice).asked_for([notice])))

    def get(tx: Transaction, call: Call, _request: GetLetter, letter: Found) -> Letter:
        return handlers.letter(tx, composer, letter.notice, letter.contacts, call.at)

    requests.answers_after(GET_LETTER, found)(get)
    requests.answers_after(RECORD_POSTING, office)(_record)
    return requests


def _record(tx: Transaction, call: Call, request: RecordPosting, seen: Sight) -> Notice:
    notice = _notice(tx, request, lock=True)
    now = clock.moment(tx, request.network, call.at)
    after = handlers.record_posting(tx, notice, request.body.posted_at, str(seen.person), now)
    return notices.view(tx, after, with_steps=True)


def _notice(tx: Transaction, request: GetLetter | RecordPosting, *, lock: bool = False) -> Stored:
    """Raises Refused `notice-not-found` (404)."""
    known = request.notice.isascii() and len(request.notice) <= 80 and "\0" not in request.notice
    notice = notices.find(tx, request.notice, lock=lock) if known else None
    if notice is None or notice.network != request.network:
        raise Refused("notice-not-found", "There is no such notice in this network.", status=404)
    return notice
