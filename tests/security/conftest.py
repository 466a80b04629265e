"""One installation with two networks of the same shape, and a gateway beside it that trusts issuers of the tests."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from services.cli.api import Api
from services.cli.identity import AUDIENCE as INSTALLATIONS
from services.cli.installation.running import Installation, running
from tests.gateway.conftest import WITHOUT_LIMITS, Gateway
from tests.gateway.issuer import AUDIENCE, Issuer
from tests.security.networks import Builder, Net
from tests.security.receiving import Receiver


class Scene(Struct, kw_only=True):
    """Where the attacks happen."""

    installation: Installation
    gateway: Gateway
    api: Api
    home: Issuer
    """Trusted; signs for most people of both networks."""
    owns: dict[str, Issuer]
    """By network: trusted, and bound to the network's member `bound`."""
    foreign: Issuer
    """Not trusted."""
    receivers: dict[str, Receiver]
    nets: dict[str, Net]
    logs: list[Path]


@pytest.fixture(scope="package")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with set_up(tmp_path_factory.mktemp("scene")) as found:
        yield found


@contextmanager
def set_up(directory: Path) -> Iterator[Scene]:
    """Everything, for as long as it is wanted."""
    issuers = [Issuer() for _ in range(4)]
    home, own_a, own_b, foreign = issuers
    receivers = {tag: Receiver() for tag in "ab"}
    with running(directory / "state", limits=WITHOUT_LIMITS) as installation:
        gateway = _gateway(installation, [home, own_a, own_b], directory / "gateway.log")
        try:
            asyncio.run(gateway.start())
            with Api(gateway.url, installation.issuer, installation.secrets.password) as api:
                owns = {"a": own_a, "b": own_b}
                nets = {
                    tag: Builder(installation, api, home, owns[tag], receivers[tag], tag).build()
                    for tag in sorted(owns)
                }
                logs = [gateway.log, directory / "state" / "up.log", *installation.state.logs.glob("*")]
                yield Scene(
                    installation=installation, gateway=gateway, api=api, home=home, owns=owns, foreign=foreign,
                    receivers=receivers, nets=nets, logs=logs,
                )  # fmt: skip
        finally:
            gateway.stop()
    for issuer in issuers:
        issuer.stop()
    for receiver in receivers.values():
        receiver.stop()


def _gateway(installation: Installation, issuers: list[Issuer], log: Path) -> Gateway:
    trusted = [f"{issuer.url}|{AUDIENCE}|{issuer.jwks_url}" for issuer in issuers]
    trusted.append(f"{installation.issuer}|{INSTALLATIONS}|{installation.issuer}/oauth/jwks.json")
    return Gateway(
        f"nats://127.0.0.1:{installation.ports.of('nats')}", [], log, FALLNETZ_GATEWAY_ISSUERS=",".join(trusted),
        FALLNETZ_GATEWAY_NATS_USER="gateway", FALLNETZ_ORGANISATION="local",
        FALLNETZ_GATEWAY_NATS_PASSWORD=installation.secrets.nats["gateway"],
        FALLNETZ_GATEWAY_REQUEST_TIMEOUT_SECONDS="10",  # a busy machine's answer is late, and is wanted all the same
    )  # fmt: skip
