"""`fallnetz dead-letters`: facts that a service could not apply, and applying them again."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import msgspec
import rich_click as click

from services.chassis import clock
from services.chassis.dead_letters import DeadLetter, list_dead_letters, replay_dead_letter
from services.chassis.decoding import cause
from services.chassis.problems import NotYet, Refused
from services.chassis.service import Service
from services.chassis.settings import SettingsError, load
from services.cli.installation import topology
from services.cli.installation.state import State
from services.cli.printing import Unusable, as_json, as_table, output_option

T = TypeVar("T")
Listed = list[DeadLetter]

_service = click.option("--service", type=click.Choice(["membership", "notifications"]), required=True)
_state = click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), default="var", show_default=True,
    envvar="FALLNETZ_STATE",
    help="State directory of a `fallnetz up`, unless the service's settings stand in the environment.",
)  # fmt: skip


@click.group("dead-letters")
def dead_letters() -> None:
    """List facts that could not be applied, and apply them again."""


@dead_letters.command("list")
@_service
@_state
@click.option("--listener", help="Only those of one group of listeners.")
@click.option("--all", "everything", is_flag=True, help="Also those that have been applied since.")
@output_option
def list_command(service: str, state: Path, listener: str | None, everything: bool, output: str) -> None:
    """Show what waits, with its cause. Exit code 1 when something does."""

    async def find(made: Service) -> Listed:
        return await made.database.read(list_dead_letters, listener=listener, replayed=everything)

    found = _with(service, state, find)
    if output == "json":
        as_json(msgspec.to_builtins(found))
    elif found:
        rows = [(one.id, one.listener, one.type, one.deliveries, one.died_at.isoformat(" ", "seconds"), one.cause)
                for one in found]  # fmt: skip
        as_table(f"{len(found)} dead letters", ("id", "listener", "type", "deliveries", "since", "cause"), rows)
    else:
        click.echo("No dead letters.")
    if any(one.replayed_at is None for one in found):
        sys.exit(1)


@dead_letters.command("replay")
@_service
@_state
@click.argument("letters", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that wait, oldest first.")
@output_option
def replay_command(service: str, state: Path, letters: tuple[str, ...], everything: bool, output: str) -> None:
    """Apply dead letters again, each in a transaction of its own. Exit code 1 when one still cannot be applied."""
    if everything == bool(letters):
        raise click.UsageError("Name letters or give --all.")

    async def replay(made: Service) -> dict[str, str]:
        wanted = letters or tuple(one.id for one in await made.database.read(list_dead_letters))
        return {letter: await _replay(made, letter) for letter in wanted}

    outcomes = _with(service, state, replay)
    if output == "json":
        as_json([{"letter": letter, "outcome": outcome} for letter, outcome in outcomes.items()])
    elif outcomes:
        as_table("Replayed", ("id", "outcome"), list(outcomes.items()))
    else:
        click.echo("No dead letters.")
    if not set(outcomes.values()) <= {"applied", "applied before"}:
        sys.exit(1)


async def _replay(made: Service, letter: str) -> str:
    """What became of one letter, without anybody's words but ours."""
    try:
        fresh = await made.database.write(replay_dead_letter, letter, made.listeners, clock.now())
    except Refused as refusal:
        return refusal.problem.detail
    except NotYet:
        return "still waits for another fact"
    except Exception as error:  # noqa: BLE001 - one letter's failure must not hold up the others
        return f"failed again: {cause(error)}"
    return "applied" if fresh else "applied before"


def _with(service: str, state: Path, work: Callable[[Service], Coroutine[Any, Any, T]]) -> T:
    """Runs `work` on a service that is composed but not started: its database and its listeners are there."""
    compose = import_module(f"services.{service}.app").service
    prefix = f"FALLNETZ_{service.upper()}_"
    environment = dict(os.environ)
    if not {f"{prefix}DATABASE_URL", f"{prefix}DATABASE_URL_FILE"} & environment.keys():
        installation = State(state)
        if not installation.exists:
            raise Unusable(f"{prefix}DATABASE_URL is not set and {state} is no state directory; name one with --state.")
        environment |= getattr(topology, service)(installation).environment
    kind = get_type_hints(compose)["settings"]

    async def run() -> T:
        settings = load(kind, prefix, environment)
        if not reachable(settings.database_url):
            raise Unusable(f"There is no database where {prefix}DATABASE_URL says.")
        made: Service = compose(settings)
        try:
            return await work(made)
        finally:
            await made.database.close()

    try:
        return asyncio.run(run())
    except SettingsError as wrong:
        raise Unusable(str(wrong)) from None


def reachable(url: str) -> bool:
    """False for a SQLite file that does not exist: opening it would create an empty one."""
    path = url.removeprefix("sqlite:///")
    return path == url or Path(path).is_file()
