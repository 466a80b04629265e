"""What runs on one machine: each process, its settings, its rights on the bus. `compose.yaml` says it for servers."""

import os
import sys
from pathlib import Path

from services.chassis import nats_server
from services.cli.examples import example
from services.cli.identity import AUDIENCE, PORTAL_CLIENT
from services.cli.installation import migrations
from services.cli.installation.processes import Child
from services.cli.installation.state import State

ORGANISATION = "local"
LIMITS = (
    "READS_PER_MINUTE", "WRITES_PER_MINUTE", "PUBLIC_WRITES_PER_HOUR", "APPLICATIONS_PER_HOUR",
    "SIGN_IN_FAILURES_PER_MINUTE",
)  # fmt: skip
BROKER, INSIDE, API, PAGES = range(4)
"""Ranks: each needs those below it."""
DURABLES: dict[str, tuple[str, ...]] = {
    "membership": ("membership-receipts", "membership-exclusion-messages", "membership-applications"),
    "notifications": ("notifications-notices", "notifications-changes"),
}
"""The consumers of each service on the bus, here so that `fallnetz up` need not load the services; a test compares."""


def children(state: State) -> list[Child]:
    """In the order of their start. They are stopped doors first, the broker last."""
    inside = [broker(state), mailbox(state), identity(state), membership(state), notifications(state)]
    return [*inside, gateway(state), portal(state)]


def issuer(state: State) -> str:
    return state.ports.address("identity")


def broker(state: State) -> Child:
    """The NATS server; every acknowledged message is on disk."""
    directory = state.directory / "nats"
    directory.mkdir(exist_ok=True)
    config = directory / "nats.conf"
    users = [
        nats_server.service_user(name, password, ORGANISATION, DURABLES.get(name, ()))
        if name in DURABLES
        else nats_server.User(name=name, password=password)
        for name, password in state.secrets.nats.items()
    ]
    _write_private(
        config,
        nats_server.config_text(
            directory / "jetstream",
            port=state.ports.of("nats"),
            users=users,
            monitor_port=state.ports.of("nats_monitor"),
        ),
    )
    return Child(
        name="nats",
        rank=BROKER,
        command=(nats_server.binary(), "--config", str(config)),
        ready=f"{state.ports.address('nats_monitor')}/healthz?js-enabled-only=true",
    )


def mailbox(state: State) -> Child:
    """Catches all mail and shows it."""
    ports = state.ports
    return _python(
        "mailbox",
        "services.cli.mailbox",
        (
            "--smtp-port",
            str(ports.of("smtp")),
            "--http-port",
            str(ports.of("mailbox")),
            "--bounce-port",
            str(ports.of("bounces")),
            "--store",
            str(state.directory / "mailbox.sqlite"),
        ),
        ready=f"{ports.address('mailbox')}/",
    )


def identity(state: State) -> Child:
    return _python(
        "identity",
        "services.cli.identity",
        ("--state", str(state.directory), "--port", str(state.ports.of("identity")),
         "--redirect", f"{state.ports.address('gateway')}/", "--portal", state.ports.address("portal")),
        ready=f"{issuer(state)}/.well-known/openid-configuration",
    )  # fmt: skip


def membership(state: State) -> Child:
    operator = f"{issuer(state)}|{example().operator.user}"
    return _service(state, "membership", DATABASE_URL=_sqlite(state, "membership"), OPERATORS=operator)


def notifications(state: State) -> Child:
    smtp = str(state.ports.of("smtp"))
    return _service(
        state,
        "notifications",
        DATABASE_URL=_sqlite(state, "notifications"),
        PUBLIC_URL=state.ports.address("portal"),
        LINK_KEY=state.secrets.link_key,
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=smtp,
        SMTP_SECURITY="none",
        SANDBOX_SMTP_HOST="127.0.0.1",
        SANDBOX_SMTP_PORT=smtp,
        SANDBOX_WEBHOOK_HOSTS="127.0.0.1,localhost",
        BOUNCE_PORT=str(state.ports.of("bounces")),
    )


def gateway(state: State) -> Child:
    ports = state.ports
    address = issuer(state)
    keys = f"{address}/oauth/jwks.json"
    return _service(
        state,
        "gateway",
        PORT=str(ports.of("gateway")),
        PUBLIC_URL=ports.address("gateway"),
        ISSUERS=f"{address}|{AUDIENCE}|{keys}",
        TRUSTED_PROXIES="127.0.0.1",
        **limits(),
    )


def limits() -> dict[str, str]:
    """How often who may ask. Everybody on this machine comes from one address; who drives it harder, as a test of its
    own, may say so to `fallnetz up` with the gateway's own variables."""
    usual = {"APPLICATIONS_PER_HOUR": "1000"}
    given = {
        name: os.environ[f"FALLNETZ_GATEWAY_{name}"] for name in LIMITS if f"FALLNETZ_GATEWAY_{name}" in os.environ
    }
    return usual | given


def portal(state: State) -> Child:
    """Speaks HTTP only: no account on the bus."""
    ports, secrets = state.ports, state.secrets
    own = {
        "DATABASE_URL": _sqlite(state, "portal"),
        "PORT": str(ports.of("portal")),
        "PUBLIC_URL": ports.address("portal"),
        "GATEWAY_URL": ports.address("gateway"),
        "PROVIDERS": f"{issuer(state)}|{PORTAL_CLIENT}|{secrets.portal_client}|{example().network.capitalize()}",
        "KEY": secrets.portal_key,
        "HEALTH_PORT": str(ports.of("portal_health")),
    }
    environment = {f"FALLNETZ_PORTAL_{key}": value for key, value in own.items()}
    ready = f"{ports.address('portal_health')}/health/ready"
    return _python("portal", "services.portal", environment=environment, ready=ready, rank=PAGES)


def _service(state: State, name: str, **settings: str) -> Child:
    ports, prefix = state.ports, f"FALLNETZ_{name.upper()}_"
    own = {"NATS_USER": name, "NATS_PASSWORD": state.secrets.nats[name], **settings}
    if name == "gateway":
        ready = f"{ports.address('gateway')}/health/ready"
    else:
        own["HEALTH_PORT"] = str(ports.of(f"{name}_health"))
        ready = f"{ports.address(f'{name}_health')}/health/ready"
    shared = {"FALLNETZ_NATS_URL": f"nats://127.0.0.1:{ports.of('nats')}", "FALLNETZ_ORGANISATION": ORGANISATION}
    environment = shared | {f"{prefix}{key}": value for key, value in own.items()}
    rank = API if name == "gateway" else INSIDE
    return _python(name, f"services.{name}", environment=environment, ready=ready, rank=rank)


def _python(
    name: str,
    module: str,
    arguments: tuple[str, ...] = (),
    *,
    ready: str,
    environment: dict[str, str] | None = None,
    rank: int = INSIDE,
) -> Child:
    command = (sys.executable, "-m", module, *arguments)
    return Child(name=name, command=command, environment=environment or {}, ready=ready, rank=rank)


def _sqlite(state: State, name: str) -> str:
    return f"sqlite:///{migrations.database(state, name)}"


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
