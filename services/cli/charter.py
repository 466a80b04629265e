"""`fallnetz charter`: check a network's rules and put them into words, before a network lives by them."""

import sys

import rich_click as click

from services.chassis.texts import LOCALES
from services.cli import charters
from services.cli.printing import as_json, output_option
from services.membership.charter.explain import sentences
from services.membership.charter.rules import CharterErrors, load


@click.group()
def charter() -> None:
    """Check and explain charters (deploy/charters/NAME.toml, or any file)."""


@charter.command("check")
@click.argument("name", metavar="FILE|NAME")
@output_option
def check_command(name: str, output: str) -> None:
    """Check a charter. Exit code 0: it is right. 1: it has errors, each with line and field. 2: it cannot be read."""
    text = charters.read(name)
    try:
        found, wrong = load(text), None
    except CharterErrors as errors:
        found, wrong = None, errors
    if output == "json":
        listed = [
            {"line": error.line, "field": error.field, "slug": error.slug, "sentence": error.sentence}
            for error in (wrong.errors if wrong else ())
        ]
        as_json({"charter": name, "name": found.name if found else None, "errors": listed})
    elif wrong:
        click.echo(charters.lines(name, wrong), err=True)
    elif found:
        click.echo(f"{name}: right ({found.name}, {found.time.zone}, {found.time.region})")
    if wrong:
        sys.exit(1)


@charter.command("explain")
@click.argument("name", metavar="FILE|NAME")
@click.option("--language", type=click.Choice(LOCALES), help="Default: the charter's first language.")
@output_option
def explain_command(name: str, language: str | None, output: str) -> None:
    """Say in words what a charter demands."""
    found = charters.loaded(name)
    said = sentences(found, language or found.languages[0])
    if output == "json":
        as_json({"charter": name, "language": language or found.languages[0], "sentences": said})
        return
    for sentence in said:
        click.echo(sentence)
