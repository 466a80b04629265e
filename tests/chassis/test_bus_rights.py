"""Rights on the bus: with its own login a service can do its work, and nothing in another's name."""

import asyncio
from pathlib import Path

from contracts.event import event_subject
from contracts.ids import OrganisationId
from services.chassis.bus import Bus
from services.chassis.nats_server import NatsServer, service_user
from services.chassis.service import Service
from tests import notebook
from tests.notebook import KEEP_NOTE, NETWORK, KeepNote, NoteKept, Reader


async def test_a_service_works_with_its_own_rights_and_not_in_another_s_name(tmp_path: Path) -> None:
    users = [service_user("notebook", "n", "local", ["readers"]), service_user("gateway", "g", "local")]
    reader = Reader("readers")
    with NatsServer(tmp_path / "broker", users=users) as server:
        settings = notebook.settings(server.url, tmp_path, nats_user="notebook", nats_password="n")
        service = Service("notebook", settings=settings, requests=[notebook.requests()], listeners=[reader.listeners])
        gateway = Bus(server.url, name="gateway", user="gateway", password="g")
        async with notebook.running(service):
            await gateway.connect()
            assert (await gateway.ask(KEEP_NOTE, KeepNote(network=NETWORK, note="own"))).id == "own"
            await notebook.until_true(lambda: "own" in reader.order)

            forged = event_subject(NETWORK, OrganisationId("local"), "notebook", NoteKept)
            await gateway.nats.publish(forged, b"{}")
            overheard = await gateway.nats.subscribe("_INBOX_notebook.>")
            await gateway.nats.flush()
            await asyncio.sleep(0.2)
            assert (await service.bus.nats.jetstream().stream_info("EVENTS")).state.messages == 1
            assert overheard.pending_msgs == 0
            await gateway.close()
