"""`fallnetz completion`: what a shell needs to complete commands and options."""

import rich_click as click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell; for bash: eval "$(fallnetz completion bash)"."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"{shell} is not known")
    from services.cli.app import fallnetz

    click.echo(found(fallnetz, {}, "fallnetz", "_FALLNETZ_COMPLETE").source())
