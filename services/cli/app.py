"""`fallnetz`: the command line's table of contents. A command's module is loaded only when it is called."""

import sys
from difflib import get_close_matches
from importlib import import_module

import rich_click as click

from contracts.request import Refused
from services.cli.printing import Unusable

COMMANDS = {
    "up": "services.cli.up:up",
    "demo": "services.cli.demo:demo",
    "deadline": "services.cli.deadline:deadline",
    "charter": "services.cli.charter:charter",
    "ballot": "services.cli.ballot:ballot",
    "journal": "services.cli.journal:journal",
    "dead-letters": "services.cli.dead_letters:dead_letters",
    "token": "services.cli.token:token",
    "completion": "services.cli.completion:completion",
}
"""Name and place of each command, in the order of the help page."""


class Lazy(click.RichGroup):
    """A group that knows its commands by name before it loads them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            if not ctx.resilient_parsing and (close := get_close_matches(cmd_name, COMMANDS, n=1)):
                raise click.UsageError(f"There is no command {cmd_name!r}. Did you mean {close[0]!r}?", ctx)
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name]} is no command")
        return command


@click.group(cls=Lazy)
@click.version_option(package_name="fallnetz", message="%(prog)s %(version)s")
def fallnetz() -> None:
    """Cooperation software for networks of organisations that help people without a home.

    Data goes to stdout, progress and errors to stderr. Exit codes: 0 done, 1 refused or found different from what the
    rules demand, 2 unusable input.
    """


def main() -> None:
    """Entry point: refusals of the rules become one sentence instead of a traceback."""
    try:
        fallnetz(prog_name="fallnetz")
    except Refused as refusal:
        Unusable(refusal.problem.detail).show()
        sys.exit(1)


if __name__ == "__main__":
    main()
