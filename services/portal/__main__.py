"""`python -m services.portal`"""

import os

from services.chassis.process import main
from services.chassis.settings import load
from services.portal.server import serve
from services.portal.settings import PREFIX, PortalSettings, key_of, providers, proxies


def settings() -> PortalSettings:
    """Raises SettingsError with everything that is wrong."""
    found = load(PortalSettings, PREFIX, os.environ)
    key_of(found)
    providers(found)
    proxies(found)
    return found


if __name__ == "__main__":
    main("portal", settings, serve)
