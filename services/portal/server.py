"""Serves the portal: one event loop (uvloop) that granian accepts connections for."""

import asyncio
import signal
import socket
import sys

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from services.chassis import telemetry
from services.chassis.database import Database
from services.chassis.health import Health
from services.portal.app import application
from services.portal.assets import PackagesMissing
from services.portal.house import House
from services.portal.looks import LookRefused
from services.portal.settings import PREFIX, PortalSettings

EXIT_FAILED, EXIT_SETTINGS = 1, 2
"""As of every service; not taken from there, for it brings the bus along."""
SWEEP_SECONDS = 600.0


class PortTakenError(Exception):
    """Another process listens there."""


async def serve(settings: PortalSettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises PortTakenError, PackagesMissing, LookRefused."""
    _expect_free(settings.host, settings.port)
    database = Database(settings.database_url, readers=2, writers=4)
    house = House(settings, database)
    server = Server(
        application(house),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.auto,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=64 * 1024),
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()

    def stop() -> None:
        house.relay.close()  # else the server would wait for streams that never end
        server.stop()  # type: ignore[no-untyped-call]

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    health = Health(settings.health_port, list) if settings.health_port else None
    sweeping = asyncio.create_task(_sweep(house))
    try:
        if health:
            health.start()
        await server.serve()
    finally:
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        if health:
            await asyncio.to_thread(health.stop)
        await house.close()
        await database.close()
        telemetry.log("service-stopped", service="portal")


async def _sweep(house: House) -> None:
    while True:
        try:
            await house.sessions.sweep()
        except Exception as error:  # noqa: BLE001 - the next round tries again
            telemetry.log_error("sweep-failed", error)
        await asyncio.sleep(SWEEP_SECONDS)


def _expect_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortTakenError(
                f"{host} port {port} can't be had: another process listens there, or the address is not this "
                f"machine's. Choose another with {PREFIX}PORT."
            ) from None


def run(settings: PortalSettings) -> None:
    """The process: exit code 0 after a signal, 1 after a failure, 2 for what the operator must mend."""
    telemetry.start_logging("portal", settings.log_level)
    telemetry.start_tracing("portal", settings.otlp_endpoint)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings))
    except (PortTakenError, PackagesMissing, LookRefused) as wrong:
        sys.stderr.write(f"{wrong}\n")
        sys.exit(EXIT_SETTINGS)
    except Exception as error:  # noqa: BLE001 - the last line of defence: say it and end
        telemetry.log_error("service-failed", error)
        sys.exit(EXIT_FAILED)
    finally:
        telemetry.stop_tracing()
