"""Traces go on through the gateway, and nothing of what people sent stands in them."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from services.chassis.nats_server import NatsServer
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector(ThreadingHTTPServer):
    """Takes spans (OTLP over HTTP) and keeps their bytes."""

    def __init__(self) -> None:
        self.received = b""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.received += self.rfile.read(int(self.headers["content-length"]))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


async def test_a_callers_trace_goes_on_without_the_content(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{collector.server_address[1]}"
    gateway = Gateway(nats_server.url, [issuer], tmp_path / "log", FALLNETZ_OTLP_ENDPOINT=address)
    await gateway.start()
    headers = {
        "authorization": f"Bearer {issuer.token('mia-geheim')}",
        "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
    }
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers) as client:
        body = {"member": "mem_geheim", "reason": "geheim"}
        assert (await client.post("/api/v1/networks/bielefeld/exclusions", json=body)).status_code == 201
    assert gateway.stop() == 0
    collector.shutdown()
    collector.server_close()
    thread.join(5)
    assert bytes.fromhex(TRACE) in collector.received
    assert b"POST /api/v1/networks/{network}/exclusions" in collector.received
    assert b"geheim" not in collector.received
