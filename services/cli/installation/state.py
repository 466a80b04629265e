"""The state directory of an installation: secrets, databases, broker store, logs."""

import fcntl
import os
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from services.chassis import ids
from services.cli.installation.ports import DEFAULT_BASE, Ports
from services.cli.printing import Unusable


class StateBusy(Exception):
    """Another `fallnetz up` works with this directory, or it was made for other ports. `str()` says what to do."""


class Secrets(Struct, frozen=True, kw_only=True):
    """Made at the first start, readable only by the owner."""

    password: str
    """Of every person at the development identity provider."""
    session_key: str
    link_key: str
    """Signs the links in mails."""
    nats: dict[str, str]
    """Password on the bus for each service."""
    portal_key: str = ""
    """Encrypts what the portal keeps; empty in a state from before there was one, until it is opened."""
    portal_client: str = ""
    """The portal's secret at the development identity provider."""


class Kept(Struct, frozen=True, kw_only=True):
    """What must stay the same over restarts: sign-in addresses contain the port."""

    port_base: int
    secrets: Secrets
    seeded: bool = False
    """The example network is there."""
    migrated: str = ""
    """Fingerprint of the migrations that the databases have seen."""


class State:
    """One directory. Opening creates it; `lock` makes sure that one installation at a time works with it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.logs = self.directory / "log"
        self._file = self.directory / "installation.json"
        self._lock: int | None = None

    def open(self, port_base: int | None = None) -> Self:
        """Reads what is kept, or makes it. Raises StateBusy where it was made for another port base,
        PortsTaken where a new one could not start."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        if not self._file.exists():
            base = port_base or DEFAULT_BASE
            Ports(base).demand_free()  # before they are kept: who then takes other ports must not be held to these
            self._write(Kept(port_base=base, secrets=_new_secrets()))
        elif port_base not in (None, self.kept.port_base):
            raise StateBusy(
                f"{self.directory} was made with --port-base {self.kept.port_base}, and sign-in addresses contain the "
                "port: leave the option out, or name another --state."
            )
        elif not self.secrets.portal_key:
            kept = self.kept
            self._write(msgspec.structs.replace(kept, secrets=_with_portal(kept.secrets)))
        return self

    @property
    def exists(self) -> bool:
        return self._file.exists()

    @property
    def kept(self) -> Kept:
        """Raises Unusable where the file is damaged."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Kept)
        except msgspec.MsgspecError:
            detail = f"{self._file} is damaged: restore it, or name another --state."
            raise Unusable(detail) from None

    @property
    def secrets(self) -> Secrets:
        return self.kept.secrets

    @property
    def ports(self) -> Ports:
        return Ports(self.kept.port_base)

    def note(self, **changes: bool | str) -> None:
        """Keeps what has become true."""
        self._write(msgspec.structs.replace(self.kept, **changes))

    def lock(self) -> None:
        """Held until the process ends. Raises StateBusy when another process holds it."""
        self._lock = os.open(self.directory / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StateBusy(
                f"another `fallnetz up` is running with {self.directory}: end it, or name another --state."
            ) from None

    def unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _write(self, kept: Kept) -> None:
        new = self._file.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(kept)))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)


def _new_secrets() -> Secrets:
    secrets = Secrets(
        password=ids.secret(9),
        session_key=ids.secret(),
        link_key=ids.secret(32),
        nats={name: ids.secret() for name in ("membership", "notifications", "gateway", "operator")},
    )
    return _with_portal(secrets)


def _with_portal(secrets: Secrets) -> Secrets:
    return msgspec.structs.replace(secrets, portal_key=ids.secret(32), portal_client=ids.secret())
