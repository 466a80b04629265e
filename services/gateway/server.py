"""Serves the gateway: one event loop (uvloop) that granian accepts connections for and the bus answers on."""

import asyncio
from contextlib import suppress

from nats.errors import Error as NatsError

from services.chassis import telemetry
from services.chassis.bus import Bus
from services.chassis.http_server import HttpServer, expect_free
from services.gateway.app import application
from services.gateway.live import Live, Places
from services.gateway.settings import PREFIX, GatewaySettings
from services.gateway.streaming import Pace, Streams


async def serve(settings: GatewaySettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises SettingsError if the address can't be had."""
    expect_free(settings.host, settings.port, f"{PREFIX}PORT")
    bus = Bus(
        settings.nats_url,
        name="gateway",
        organisation=settings.organisation,
        user=settings.nats_user,
        password=settings.nats_password,
    )
    streams = Streams(
        Live(bus),
        Places(settings.streams_each, settings.streams_in_all),
        Pace(heartbeat=settings.stream_heartbeat_seconds),
    )
    door = application(settings, bus, streams)
    server = HttpServer(
        door, host=settings.host, port=settings.port, backlog=settings.backlog, stopping=streams.stopping.set
    )
    connecting = asyncio.create_task(bus.connect())
    leaving = asyncio.create_task(_leave_if_lost(bus, server))
    try:
        await server.serve()
    finally:
        for task in (connecting, leaving):
            task.cancel()
        await asyncio.gather(connecting, leaving, return_exceptions=True)
        with suppress(NatsError, TimeoutError, OSError):
            await bus.close()
        door.log.write()
        telemetry.log("service-stopped", service="gateway")
    if bus.lost.is_set():
        raise ConnectionError("the connection to the bus was given up")


async def _leave_if_lost(bus: Bus, server: HttpServer) -> None:
    await bus.lost.wait()
    server.stop()
