"""`fallnetz ballot`: recount and verify an exported ballot (B6). Needs no database, no network, no account."""

import sys
from typing import Any

import rich_click as click

from contracts.journal import JournalEntry
from services.chassis.chain import verify
from services.cli import exports
from services.cli.printing import Unusable, as_json, as_table, output_option
from services.cli.recount import TABLE_VERSION, Recount, Uncountable, ballots, recount

_ballot_option = click.option("--ballot", "wanted", help="Which ballot, where the export holds several.")


@click.group()
def ballot() -> None:
    """Recount and verify ballots from their exported record."""


@ballot.command("recount")
@click.argument("file")
@_ballot_option
@output_option
def recount_command(file: str, wanted: str | None, output: str) -> None:
    """Recount the ballot in FILE with code that shares nothing with the engine (- is stdin).

    Exit code 0: the record agrees. 1: it does not, each difference is named. 2: FILE cannot be recounted.
    """
    found = _recounted(exports.entries(file), wanted)
    _show(found, output)
    _leave(found.differences)


@ballot.command("verify")
@click.argument("file")
@_ballot_option
@output_option
def verify_command(file: str, wanted: str | None, output: str) -> None:
    """Verify the hash chain of the ballot in FILE, then recount it."""
    entries = exports.entries(file)
    broken = [f"hash chain, row {fault.sequence}: {fault.slug}, {fault.detail}" for fault in verify(entries)]
    found = _recounted(entries, wanted)
    found.differences[:0] = broken
    _show(found, output)
    _leave(found.differences)


def _recounted(entries: list[JournalEntry], wanted: str | None) -> Recount:
    found = ballots(exports.facts(entries))
    if not found:
        raise Unusable("the export holds no ballot. Export one with `fallnetz journal export --ballot`.")
    if wanted is None and len(found) > 1:
        raise Unusable(f"the export holds {len(found)} ballots; name one with --ballot: {', '.join(sorted(found))}")
    name = wanted or next(iter(found))
    if name not in found:
        raise Unusable(f"the export holds no ballot {name}. It holds: {', '.join(sorted(found))}")
    try:
        return recount(found[name])
    except Uncountable as reason:
        raise Unusable(f"{name} cannot be recounted: {reason}.") from None


def _leave(differences: list[str]) -> None:
    for difference in differences:
        click.echo(f"difference: {difference}", err=True)
    if differences:
        sys.exit(1)


def as_data(found: Recount) -> dict[str, Any]:
    """The recount for JSON: moments in UTC, exclusive ends. `foreseen` of an open ballot: its end if nothing else
    happens."""
    effective_at = found.effective_at.isoformat() if found.effective_at else None
    end = {"outcome": found.outcome, "effective_at": effective_at, "early": found.early}
    return {
        "ballot": found.ballot,
        "network": found.network,
        "subject": found.subject,
        "motion": found.motion,
        "calendar": found.calendar,
        "electorate": found.electorate,
        "needed": found.needed,
        "tally": found.tally,
        "windows": [
            {
                "member": window.member,
                "receipt": window.kind,
                "received_at": window.received_at.isoformat(),
                "last_day": window.last_day.isoformat(),
                "ends_at": window.ends_at.isoformat(),
            }
            for window in found.windows
        ],
        **(end if found.ended else {"outcome": "open", "effective_at": None, "early": False}),
        "foreseen": None if found.ended else end,
        "agrees": not found.differences,
        "differences": found.differences,
    }


def _show(found: Recount, output: str) -> None:
    if not found.calendar.endswith(f"table {TABLE_VERSION}"):
        click.echo(f"note: opened with {found.calendar!r}, recounted with table {TABLE_VERSION}", err=True)
    data = as_data(found)
    if output == "json":
        as_json(data)
        return
    plain = ("subject", "motion", "electorate", "needed", "outcome", "effective_at", "early", "agrees")
    rows = [*((name, data[name]) for name in plain), *(("  " + name, n) for name, n in found.tally.items())]
    if data["foreseen"]:
        rows.append(("if nothing else happens", f"{found.outcome} {data['foreseen']['effective_at'] or ''}"))
    as_table(f"Ballot {found.ballot}", ("", ""), rows)
    windows = [tuple(window.values()) for window in data["windows"]]
    as_table("Windows", ("member", "receipt", "received", "last day", "ends before"), windows)
