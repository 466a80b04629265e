"""The service's table of contents: settings, features, subscriptions."""

from services.chassis.deadlines import Deadline
from services.chassis.service import Service
from services.notifications.email.door import ReturnDoor
from services.notifications.email.worker import Sender
from services.notifications.links import requests as links
from services.notifications.links.rules import keys
from services.notifications.membership import Membership
from services.notifications.notices import handlers, tables_reminders
from services.notifications.notices import requests as notices
from services.notifications.notices.listeners import listeners
from services.notifications.settings import NotificationsSettings, check

NAME = "notifications"


def service(settings: NotificationsSettings) -> Service:
    """Raises SettingsError for settings that cannot work."""
    check(settings)
    membership = Membership()

    async def sending(running: Service) -> None:
        await Sender(running.database, membership, settings).run()

    async def returns(running: Service) -> None:
        await ReturnDoor(running.database, settings).run()

    made = Service(
        NAME,
        settings=settings,
        requests=[notices.registry(membership), links.registry(membership, keys(settings.link_key))],
        listeners=[listeners],
        deadlines=[Deadline("reminders", tables_reminders.due, handlers.remind)],
        workers=[sending, returns] if settings.bounce_port else [sending],
    )
    membership.connect(made.bus, made.database)
    return made
