"""`fallnetz journal`: verify exports offline, export journals, refill an emptied broker."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import rich_click as click

from services.chassis import chain
from services.cli import exports, journal_sources
from services.cli.printing import as_json, as_table, output_option


@click.group()
def journal() -> None:
    """Verify, export and replay journals."""


@journal.command("verify")
@click.argument("file")
@click.option("--anchor", metavar="EARLIER", help="An earlier export: finds what was cut off, taken back or rewritten.")
@output_option
def verify_command(file: str, anchor: str | None, output: str) -> None:
    """Check the hash chains of the export in FILE (- is stdin). Needs neither database nor network.

    Altered, dropped, inserted and reordered entries show by themselves. Entries cut off at the end show only against
    an earlier export. Exit code 0: nothing is wrong. 1: each fault is named. 2: FILE is no export.
    """
    entries = exports.entries(file)
    known = chain.heads(exports.entries(anchor)) if anchor else None
    faults = chain.verify(entries, known)
    records = len({entry.record for entry in entries})
    if output == "json":
        found = [msgspec.structs.asdict(fault) for fault in faults]
        as_json({"entries": len(entries), "records": records, "anchored": anchor is not None, "faults": found})
    elif faults:
        rows = [(fault.slug, fault.record, fault.sequence, fault.detail) for fault in faults]
        as_table(f"{len(faults)} faults", ("fault", "record", "sequence", "what is wrong"), rows)
    else:
        click.echo(f"{len(entries)} entries in {records} records: nothing is wrong.")
    if faults:
        sys.exit(1)


@journal.command("export")
@click.option("--network", help="The network whose journal it is.")
@click.option("--ballot", help="Only the record of this ballot.")
@click.option("--url", help="The gateway's address; with a token in FALLNETZ_CLI_TOKEN or --token-file.")
@click.option("--token-file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--database", metavar="URL", help="Read a service's database instead, as sqlite:////path/membership.sqlite."
)
def export_command(
    network: str | None, ballot: str | None, url: str | None, token_file: Path | None, database: str | None
) -> None:
    """Write a journal to stdout, one JSON entry per line."""
    if (url is None) == (database is None):
        raise click.UsageError("Give either --url of the gateway or --database.")
    if database is not None:
        _write(journal_sources.from_database(database, network, ballot))
        return
    if network is None:
        raise click.UsageError("Name the network with --network.")
    token = token_file.read_text().strip() if token_file else os.environ.get("FALLNETZ_CLI_TOKEN", "")
    _write(journal_sources.from_gateway(url or "", token, network, ballot))


def _write(parts: journal_sources.Parts) -> None:
    """Entries to stdout, progress to stderr."""
    encoder, written = msgspec.json.Encoder(), 0
    for part in parts:
        lines = b"".join(encoder.encode(entry) + b"\n" for entry in part)
        sys.stdout.buffer.write(lines)
        written += len(part)
        if sys.stderr.isatty():
            click.echo(f"\r{written} entries", nl=False, err=True)
    sys.stdout.buffer.flush()
    click.echo(f"{written} entries written", err=True)


@journal.command("replay")
@click.option("--service", type=click.Choice(["membership", "notifications"]), required=True)
@click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), default="var", show_default=True,
    envvar="FALLNETZ_STATE",
    help="State directory of a `fallnetz up`, unless the service's settings stand in the environment.",
)  # fmt: skip
def replay_command(service: str, state: Path) -> None:
    """Publish all public facts of a service again, to refill an emptied broker.

    Harmless beside a running installation: whoever has seen a fact drops it.
    """
    settings = journal_sources.settings_of(service, state)
    number = asyncio.run(journal_sources.refill(service, settings))
    as_json({"service": service, "published": number})
