"""Row 1: a GET that reads one row through gateway, bus and membership (SQLite), against a bare Litestar GET on the same
server. Everything runs as it does in an installation: own processes, real broker, signed-in client. The row is a
network's; authorisation reads some more in the same transaction."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from services.chassis.migrating import migrate
from services.chassis.nats_server import NatsServer
from tests.bench.result import Result
from tests.gateway.conftest import ROOT
from tests.gateway.issuer import AUDIENCE, Issuer
from tests.ports import free_port

ROUNDS = 5
SECONDS = 2.0
IN_FLIGHT = 32
CHARTER = ROOT / "deploy" / "charters" / "bielefeld.toml"


def measure() -> Result:
    """Ratio of requests a second, one client process with 32 connections."""
    with tempfile.TemporaryDirectory(prefix="fallnetz-bench-") as directory, _installation(Path(directory)) as running:
        bare, gateway, headers = running
        _found_network(gateway, headers)
        path = "/api/v1/networks/bench"
        limits, products = [], []
        _rate(bare, "/", {}, 0.5)
        _rate(gateway, path, headers, 1.0)
        for _ in range(ROUNDS):
            limits.append(_rate(bare, "/", {}, SECONDS))
            products.append(_rate(gateway, path, headers, SECONDS))
    return Result(
        row=1,
        name="gateway GET through the bus / bare Litestar GET (SQLite)",
        goal=0.20,
        samples=[product / limit for product, limit in zip(products, limits, strict=True)],
        detail={"limit_per_second": sorted(limits)[ROUNDS // 2], "product_per_second": sorted(products)[ROUNDS // 2]},
    )


@contextmanager
def _installation(directory: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    issuer = Issuer()
    database = f"sqlite:///{directory / 'membership.sqlite'}"
    migrate(database, "membership")
    with NatsServer(directory / "nats") as nats:
        ports = free_port(), free_port()
        shared = os.environ | {"PYTHONPATH": str(ROOT), "FALLNETZ_NATS_URL": nats.url}
        commands = {
            "tests.bench.bare_litestar": {"BARE_PORT": str(ports[0])},
            "services.membership": {
                "FALLNETZ_MEMBERSHIP_DATABASE_URL": database,
                "FALLNETZ_MEMBERSHIP_OPERATORS": f"{issuer.url}|mia",
            },
            "services.gateway": {
                "FALLNETZ_GATEWAY_PORT": str(ports[1]),
                "FALLNETZ_GATEWAY_ISSUERS": f"{issuer.url}|{AUDIENCE}|{issuer.jwks_url}",
                "FALLNETZ_GATEWAY_READS_PER_MINUTE": "1000000000",  # counted, never reached
            },
        }
        log = (directory / "log").open("wb")
        running = [
            subprocess.Popen([sys.executable, "-m", module], env=shared | settings, stderr=log, cwd=ROOT)
            for module, settings in commands.items()
        ]
        try:
            yield (
                f"http://127.0.0.1:{ports[0]}",
                f"http://127.0.0.1:{ports[1]}",
                {"authorization": f"Bearer {issuer.token()}"},
            )
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(10)
            log.close()
            issuer.stop()


def _found_network(gateway: str, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=gateway, headers=headers, timeout=10) as client:
        for _ in range(200):
            try:
                if client.get("/api/v1/networks").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        founded = client.post("/api/v1/networks", json={"id": "bench", "charter": CHARTER.read_text("utf-8")})
        assert founded.status_code == 201, founded.text


def _rate(url: str, path: str, headers: dict[str, str], seconds: float) -> float:
    """Requests a second, from a process of its own."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.http_load", url, path, str(IN_FLIGHT), str(seconds)],
        input=lines.encode(), capture_output=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return float(done.stdout)


if __name__ == "__main__":
    result = measure()
    sys.stdout.write(f"{result.ratio:.3f} {result.samples} {result.detail}\n")
