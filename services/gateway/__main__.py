"""`python -m services.gateway`"""

import os
import sys

from services.chassis.service import EXIT_SETTINGS
from services.chassis.settings import SettingsError, load
from services.gateway.server import run
from services.gateway.settings import PREFIX, GatewaySettings, issuers

if __name__ == "__main__":
    try:
        settings = load(GatewaySettings, PREFIX, os.environ)
        issuers(settings)
    except SettingsError as error:
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
        sys.exit(EXIT_SETTINGS)
    run(settings)
