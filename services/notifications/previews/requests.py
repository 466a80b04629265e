"""The office looks at what an announcement, a welcome or a decline would send. Nothing is sent, nothing is kept."""

from contracts.membership.contacts import Foresee, OfficeStep
from contracts.notifications.settings import PREVIEW_NOTICES, Preview, PreviewNotices
from contracts.notifications.words import Purpose
from contracts.request import Call, Refused
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.notifications.email import addressing
from services.notifications.email.composing import Composer
from services.notifications.membership import Membership
from services.notifications.notices.sight import sight
from services.notifications.preferences import handlers as preferences
from services.notifications.previews import handlers
from services.notifications.previews.handlers import Foresight
from services.notifications.settings import NotificationsSettings

_STEPS: dict[Purpose, OfficeStep] = {
    Purpose.ADMISSION_BALLOT: "announce-application",
    Purpose.EXCLUSION_BALLOT: "announce-exclusion",
    Purpose.APPLICATION_WELCOME: "welcome-applicant",
    Purpose.APPLICATION_DECLINED: "decline-application",
    Purpose.EXCLUSION_MESSAGE: "exclude",
}


def registry(membership: Membership, settings: NotificationsSettings) -> Requests:
    """What this feature answers."""
    requests = Requests()
    composer = Composer(settings)

    async def foresight(call: Call, request: PreviewNotices) -> Foresight:
        reader = sight(await membership.who(call), request.network, call.actor)
        if not reader.office:
            raise Refused("not-authorised", "Only the coordinating office sees what it would send.", status=403)
        step = _STEPS.get(request.purpose)
        if step is None:
            detail = "Only an announcement, a welcome, a decline and the message of an exclusion have a preview."
            raise Refused("no-preview", detail, status=422, field="/purpose")
        asked = Foresee(network=request.network, step=step, about=request.about)
        notices = handlers.notices(request.network, await membership.foresee(asked), call.at)
        contacts = await membership.contacts(addressing.question(notices[0]).asked_for(notices))
        return Foresight(notices, contacts, {})

    def preview(tx: Transaction, call: Call, request: PreviewNotices, found: Foresight) -> Preview:
        people = [contact.person for contact in found.contacts.contacts if contact.person is not None]
        wishes = preferences.several(tx, request.network, people)
        return handlers.shown(composer, Foresight(found.notices, found.contacts, wishes), call.at)

    requests.answers_after(PREVIEW_NOTICES, foresight)(preview)
    return requests
