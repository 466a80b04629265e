"""Serves the portal: one event loop (uvloop) that granian accepts connections for."""

import asyncio

from services.chassis import telemetry
from services.chassis.database import Database
from services.chassis.health import Health
from services.chassis.http_server import HttpServer, expect_free
from services.portal.app import application
from services.portal.house import House
from services.portal.settings import PREFIX, PortalSettings

SWEEP_SECONDS = 600.0


async def serve(settings: PortalSettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises SettingsError if the address can't be had, npm's packages are missing or
    a network's look is wrong."""
    expect_free(settings.host, settings.port, f"{PREFIX}PORT")
    database = Database(settings.database_url, readers=2, writers=4)
    house = House(settings, database)
    server = HttpServer(application(house), host=settings.host, port=settings.port, stopping=house.relay.close)
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
