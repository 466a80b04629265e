"""The service's table of contents: settings, features, subscriptions."""

import asyncio
import contextlib

from services.chassis import clock
from services.chassis.deadlines import Deadline
from services.chassis.problems import Refused
from services.chassis.service import Service
from services.notifications.changes import handlers as changes
from services.notifications.changes import requests as changes_requests
from services.notifications.changes.listeners import listeners as changes_listeners
from services.notifications.changes.live import Live
from services.notifications.email.door import ReturnDoor
from services.notifications.email.worker import Sender
from services.notifications.letters import requests as letters
from services.notifications.links import requests as links
from services.notifications.links.rules import keys
from services.notifications.membership import Membership
from services.notifications.notices import handlers, tables_reminders
from services.notifications.notices import requests as notices
from services.notifications.notices.listeners import listeners
from services.notifications.preferences import requests as preferences
from services.notifications.previews import requests as previews
from services.notifications.settings import NotificationsSettings, check
from services.notifications.webhooks import handlers as webhooks
from services.notifications.webhooks import requests as webhook_requests
from services.notifications.webhooks.sealing import Sealer
from services.notifications.webhooks.worker import Deliverer

NAME = "notifications"
_FORGET_EVERY = 3600.0


def service(settings: NotificationsSettings) -> Service:
    """Raises SettingsError for settings that cannot work."""
    check(settings)
    membership, live, sealer = Membership(), Live(), Sealer(keys(settings.link_key))

    async def sending(running: Service) -> None:
        await Sender(running.database, membership, settings).run()

    async def returns(running: Service) -> None:
        await ReturnDoor(running.database, settings).run()

    async def delivering(running: Service) -> None:
        await Deliverer(running.database, membership, settings, sealer).run()

    async def forgetting(running: Service) -> None:
        while True:
            with contextlib.suppress(Refused):  # the storage is away; the next round does it
                await running.database.write(changes.forget)
                await running.database.write(webhooks.forget, clock.now())
            await asyncio.sleep(_FORGET_EVERY)

    async def telling(running: Service) -> None:
        await live.run(running.bus)

    made = Service(
        NAME,
        settings=settings,
        requests=[
            notices.registry(membership),
            links.registry(membership, keys(settings.link_key)),
            changes_requests.registry(membership),
            preferences.registry(membership),
            previews.registry(membership, settings),
            letters.registry(membership, settings),
            webhook_requests.registry(membership, settings, sealer),
        ],
        listeners=[listeners, changes_listeners(live)],
        deadlines=[Deadline("reminders", tables_reminders.due, handlers.remind)],
        workers=[sending, delivering, forgetting, telling, *([returns] if settings.bounce_port else [])],
    )
    membership.connect(made.bus, made.database)
    return made
