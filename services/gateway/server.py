"""Serves the gateway: one event loop (uvloop) that granian accepts connections for and the bus answers on."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from nats.errors import Error as NatsError

from services.chassis import telemetry
from services.chassis.bus import Bus
from services.chassis.service import EXIT_FAILED
from services.gateway.app import application
from services.gateway.live import Live, Places
from services.gateway.settings import GatewaySettings
from services.gateway.streaming import Pace, Streams


class PortTakenError(Exception):
    """Another process listens there."""


async def serve(settings: GatewaySettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises PortTakenError if the address can't be had."""
    _expect_free(settings.host, settings.port)
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
    server = Server(
        door,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.auto,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=64 * 1024),
        websockets=False,
        backlog=settings.backlog,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()

    def stop() -> None:
        streams.stopping.set()  # else the server would wait for streams that never end
        server.stop()  # type: ignore[no-untyped-call]

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    connecting = asyncio.create_task(bus.connect())
    leaving = asyncio.create_task(_leave_if_lost(bus, stop))
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


async def _leave_if_lost(bus: Bus, stop: Callable[[], None]) -> None:
    await bus.lost.wait()
    stop()


def _expect_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortTakenError(
                f"{host} port {port} can't be had: another process listens there, or the address is not this "
                "machine's. Choose another with FALLNETZ_GATEWAY_PORT."
            ) from None


def run(settings: GatewaySettings) -> None:
    """The process: exit code 0 after a signal, 1 after a failure, 2 for an address that is taken."""
    telemetry.start_logging("gateway", settings.log_level)
    telemetry.start_tracing("gateway", settings.otlp_endpoint)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings))
    except PortTakenError as taken:
        sys.stderr.write(f"{taken}\n")
        sys.exit(2)
    except Exception as error:  # noqa: BLE001 - the last line of defence: say it and end
        telemetry.log_error("service-failed", error)
        sys.exit(EXIT_FAILED)
    finally:
        telemetry.stop_tracing()
