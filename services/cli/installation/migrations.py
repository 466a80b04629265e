"""Brings the databases of an installation to their newest form, before the services start.

Loading the migration tools takes longer than most starts have work for them; so the state remembers which migrations
its databases have seen.
"""

import asyncio
import hashlib
import sys
from pathlib import Path

import services
from services.cli.installation.processes import DidNotStart, inherited
from services.cli.installation.state import State

STORES = ("membership", "notifications", "portal")
"""Services with a database."""


def fingerprint() -> str:
    """Changes with every migration."""
    found = hashlib.sha256()
    for service in STORES:
        for file in sorted(Path(services.__path__[0], service, "migrations", "versions").glob("*.py")):
            found.update(f"{service}/{file.name}\n".encode() + file.read_bytes())
    return found.hexdigest()


def database(state: State, service: str) -> Path:
    return state.directory / f"{service}.sqlite"


async def carry_out(state: State) -> None:
    """In a process of its own, where there is something to do. Raises DidNotStart with what went wrong."""
    wanted = fingerprint()
    if state.kept.migrated == wanted and all(database(state, service).exists() for service in STORES):
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.cli.installation.migrations",
        *(argument for service in STORES for argument in (service, f"sqlite:///{database(state, service)}")),
        env=inherited(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    words, _ = await process.communicate()
    if process.returncode != 0:
        raise DidNotStart(f"the databases could not be migrated: {words.decode('utf-8', 'replace')[-2000:]}")
    state.note(migrated=wanted)


def main(arguments: list[str]) -> None:
    """`SERVICE URL …`"""
    from services.chassis.migrating import migrate

    for service, url in zip(arguments[::2], arguments[1::2], strict=True):
        migrate(url, service)


if __name__ == "__main__":
    main(sys.argv[1:])
