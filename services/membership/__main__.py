"""Runs the service: `FALLNETZ_MEMBERSHIP_DATABASE_URL=… python -m services.membership`, on a migrated database."""

import os

from services.chassis.process import main
from services.chassis.settings import load
from services.membership import app


def settings() -> app.MembershipSettings:
    """Raises SettingsError with everything that is wrong."""
    found = load(app.MembershipSettings, "FALLNETZ_MEMBERSHIP_", os.environ)
    app.operators(found.operators)
    return found


if __name__ == "__main__":
    main("membership", settings, lambda found: app.service(found).run())
