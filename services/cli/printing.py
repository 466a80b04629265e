"""What commands write to stdout: one JSON document, or tables for people (C2)."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import rich_click as click
from rich.console import Console
from rich.table import Table

output_option = click.option(
    "--output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Form of the answer."
)

WIDTH_OF_FILES = 160
"""Columns of a table that does not go to a terminal."""


class Unusable(click.ClickException):
    """Input that cannot be worked with. The message says what to do; exit code 2."""

    exit_code = 2


def as_json(data: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def as_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout. Values are shown as they are: square brackets are no markup."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")  # an id that is cut short is worth nothing
    for row in rows:
        table.add_row(*(str(value).replace("[", r"\[") for value in row))
    width = None if sys.stdout.isatty() else WIDTH_OF_FILES
    Console(width=width, soft_wrap=False, highlight=False).print(table)
