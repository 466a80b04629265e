"""`python -m services.gateway`"""

import os

from services.chassis.process import main
from services.chassis.settings import load
from services.gateway.server import serve
from services.gateway.settings import PREFIX, GatewaySettings, issuers


def settings() -> GatewaySettings:
    """Raises SettingsError with everything that is wrong."""
    found = load(GatewaySettings, PREFIX, os.environ)
    issuers(found)
    return found


if __name__ == "__main__":
    main("gateway", settings, serve)
