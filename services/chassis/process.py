"""The frame of a service's process: settings, logs, traces, the event loop and the exit code.

main("membership", settings, lambda found: app.service(found).run())
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from typing import TypeVar

import uvloop

from services.chassis import telemetry
from services.chassis.settings import ServiceSettings, SettingsError

S = TypeVar("S", bound=ServiceSettings)

EXIT_FAILED = 1
EXIT_SETTINGS = 2

_YOUNG = 10_000
"""New objects after which the garbage collector looks for circles among them; Python's 700 are a few requests."""


def main(name: str, load: Callable[[], S], serve: Callable[[S], Coroutine[None, None, None]]) -> None:
    """The whole of a service's `__main__`: exit code 0 after a signal, 1 after a failure, 2 with a sentence for what
    the operator must mend, be it found in the settings or while starting (SettingsError)."""
    try:
        settings = load()
        telemetry.start_logging(name, settings.log_level)
        telemetry.start_tracing(name, settings.otlp_endpoint)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            work = serve(settings)
            _settle()
            runner.run(work)
    except SettingsError as error:
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
        sys.exit(EXIT_SETTINGS)
    except Exception as error:  # noqa: BLE001 - the last line of defence: say it and end
        telemetry.log_error("service-failed", error)
        sys.exit(EXIT_FAILED)
    finally:
        telemetry.stop_tracing()


def _settle() -> None:
    """What has been loaded stays to the end: the garbage collector need not walk through it again and again, which
    would cost each request a tenth of its time."""
    gc.freeze()
    gc.set_threshold(_YOUNG)
