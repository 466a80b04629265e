"""`python -m services.portal`"""

import os

from services.chassis.process import main
from services.chassis.settings import load
from services.portal.server import serve
from services.portal.settings import PREFIX, PortalSettings, keys_of, providers, proxies


def settings() -> PortalSettings:
    """Raises SettingsError with everything that is wrong."""
    found = load(PortalSettings, PREFIX, os.environ)
    keys_of(found)
    providers(found)
    proxies(found)
    return found


if __name__ == "__main__":
    main("portal", settings, serve)
