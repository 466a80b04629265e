"""`python -m services.portal`"""

import os
import sys

from services.chassis.settings import SettingsError, load
from services.portal.server import EXIT_SETTINGS, run
from services.portal.settings import PREFIX, PortalSettings, key_of, providers, proxies

if __name__ == "__main__":
    try:
        settings = load(PortalSettings, PREFIX, os.environ)
        key_of(settings)
        providers(settings)
        proxies(settings)
    except SettingsError as error:
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
        sys.exit(EXIT_SETTINGS)
    run(settings)
