"""`fallnetz up`: the whole installation on one machine."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import rich_click as click

from services.cli.examples import Example, example
from services.cli.installation import migrations, topology
from services.cli.installation.ports import PortsTaken
from services.cli.installation.processes import DidNotStart, Family
from services.cli.installation.state import State, StateBusy

STARTS_AT_ONCE = ("nats", "gateway", "identity", "mailbox")
"""The others need their databases first."""
FIRST_PAGE = ("nats", "membership", "notifications", "gateway", "portal")
"""Without these no page can be shown."""


class Unavailable(click.ClickException):
    """The installation cannot start here. The message says what to do; exit code 1."""


@click.command()
@click.option(
    "--state",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default="var",
    show_default=True,
    envvar="FALLNETZ_STATE",
    help="State directory: secrets, databases, logs.",
)
@click.option("--port-base", type=click.IntRange(1024, 65_000), help="First of the ports taken.  [default: 8400]")
@click.option("--example/--no-example", "with_example", default=True, help="Found the example network at first start.")
def up(directory: Path, port_base: int | None, with_example: bool) -> None:
    """Start everything on this machine: broker, services, gateway, portal, sign-in, mailbox.

    State survives restarts. Ctrl-C stops all. A child that ends is started again. For development and demonstration: it
    listens on the loopback interface only, and all mail ends in the built-in mailbox.
    """
    state = State(directory)
    try:
        state.open(port_base)
        state.lock()
        state.ports.demand_free()
    except (PortsTaken, StateBusy) as problem:
        raise Unavailable(str(problem)) from None
    except OSError as problem:
        raise Unavailable(f"{directory} cannot be used: {problem.strerror}. Name another --state.") from None
    try:
        sys.exit(asyncio.run(run(state, with_example=with_example)))
    except FileNotFoundError as missing:  # a programme that the installation needs
        raise Unavailable(str(missing)) from None


async def run(state: State, *, with_example: bool) -> int:
    """Until a signal comes. Gives the exit code."""
    began = time.monotonic()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(signum) is not signal.SIG_IGN:  # nohup means it
            loop.add_signal_handler(signum, stop.set)
    family = Family(topology.children(state), state.logs, say)
    await family.start(STARTS_AT_ONCE)
    stopped = asyncio.create_task(stop.wait())
    starting = asyncio.create_task(_get_ready(family, state, began, with_example=with_example))
    try:
        await asyncio.wait({stopped, starting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await stopped
        say("Stopping …")
    except DidNotStart as problem:
        say(f"Error: {problem}")
        return 1
    finally:
        starting.cancel()
        await family.stop()
        state.unlock()
    return 0


async def _get_ready(family: Family, state: State, began: float, *, with_example: bool) -> None:
    await migrations.carry_out(state)
    await family.start(migrations.STORES)
    await family.ready(FIRST_PAGE)
    say(f"First page after {time.monotonic() - began:.1f} s: {state.ports.address('portal')}")
    await family.ready()
    if with_example and not state.kept.seeded:
        await asyncio.to_thread(_found_example, state)
    click.echo(welcome(state, example() if state.kept.seeded else None))
    sys.stdout.flush()


def _found_example(state: State) -> None:
    import httpx

    from services.cli.api import Api, Rejected
    from services.cli.installation.seeding import found_example
    from services.cli.signing_in import SignInFailed

    say("Founding the example network …")
    issuer = topology.issuer(state)
    try:
        with Api(state.ports.address("gateway"), issuer, state.secrets.password) as api:
            found_example(api, issuer, example())
    except (Rejected, SignInFailed, httpx.HTTPError) as problem:
        raise DidNotStart(f"the example network could not be founded: {problem}. Start again to go on.") from None
    state.note(seeded=True)


def welcome(state: State, network: Example | None) -> str:
    """Where to look, and whom to sign in as. The first word tells scripts that all is ready."""
    ports = state.ports
    lines = [
        "Ready.",
        f"  Portal (open this first)   {ports.address('portal')}/",
        f"  API and its documentation  {ports.address('gateway')}/docs",
        f"  Mailbox (catches all mail) {ports.address('mailbox')}/",
        f"  Sign-in                    {topology.issuer(state)}/",
        f"  State and logs             {os.path.relpath(state.directory)}",
        f"Sign in with the password {state.secrets.password} as",
        f"  {example().operator.user:<16} operator of the installation",
    ]
    for member in network.members if network else ():
        people = f"{member.representative.user}, {member.deputy.user}"
        office = " (coordinating office)" if network and member.name == network.office else ""
        lines.append(f"  {people:<28} {member.name}{office}")
    return "\n".join([*lines, "Ctrl-C stops everything."])


def say(sentence: str) -> None:
    """Progress, to stderr."""
    click.echo(sentence, err=True)
