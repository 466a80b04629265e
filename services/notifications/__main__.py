"""Runs the service: `FALLNETZ_NOTIFICATIONS_DATABASE_URL=… python -m services.notifications`, migrated."""

import os

from services.chassis.process import main
from services.chassis.settings import load
from services.notifications import app
from services.notifications.settings import NotificationsSettings, check


def settings() -> NotificationsSettings:
    """Raises SettingsError with everything that is wrong."""
    found = load(NotificationsSettings, "FALLNETZ_NOTIFICATIONS_", os.environ)
    check(found)
    return found


if __name__ == "__main__":
    main("notifications", settings, lambda found: app.service(found).run())
