"""`fallnetz deadline`: when a window ends and why (T1, T6), for one receipt or for a file of them."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import rich_click as click

from contracts.membership.windows import Window
from contracts.request import Refused
from services.chassis.texts import LOCALES
from services.cli import charters
from services.cli.exports import read_bytes
from services.cli.printing import Unusable, as_json, as_table, output_option
from services.membership.charter.rules import Charter
from services.membership.windows.calendars import calendar
from services.membership.windows.rules import window
from services.membership.windows.words import speaker

EXAMPLE = "2026-12-11T10:00:00+01:00"


@click.command()
@click.option("--charter", "charter_name", required=True, help="A name in deploy/charters, or a path to a TOML file.")
@click.option("--received", help=f"Moment of receipt with its offset from UTC, as {EXAMPLE}.")
@click.option("--batch", help="CSV file with a column received_at (- is stdin); writes CSV to stdout.")
@click.option("--subject", type=click.Choice(["admission", "exclusion"]), default="admission", show_default=True)
@click.option("--language", type=click.Choice(LOCALES), help="Default: the charter's first language.")
@output_option
def deadline(
    charter_name: str, received: str | None, batch: str | None, subject: str, language: str | None, output: str
) -> None:
    """Compute the end of a window and explain it step by step.

    `last_day` is the last day on which an answer counts; `ends_at` is the first instant after it.
    """
    if (received is None) == (batch is None):
        raise Unusable(f"Give either --received {EXAMPLE} or --batch FILE.")
    charter = charters.loaded(charter_name)
    days = charter.admission.window_days if subject == "admission" else charter.exclusion.window_days
    if batch is not None:
        click.echo(_table_of_deadlines(batch, charter, days), nl=False)
        return
    found = _window(received or "", charter, days, language or charter.languages[0])
    _show(found, output)


def _moment(text: str) -> datetime:
    """Raises ValueError with what to write instead."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no moment. Write it as {EXAMPLE}.") from None
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone. Write it with its offset from UTC, as {EXAMPLE}.")
    return found


def _window(received: str, charter: Charter, days: int, language: str) -> Window:
    try:
        return window(_moment(received), charter, calendar(charter.time.region), speaker(language), days=days)
    except Refused as refusal:
        raise Unusable(refusal.problem.detail) from None
    except ValueError as problem:
        raise Unusable(f"--received: {problem}") from None


def _show(found: Window, output: str) -> None:
    if output == "json":
        steps = [
            {"kind": step.kind, "day": step.day.isoformat(), "text": step.text, "source": step.source}
            for step in found.steps
        ]
        as_json(
            {
                "received_at": found.received_at.isoformat(),
                "last_day": found.last_day.isoformat(),
                "ends_at": found.ends_at.isoformat(),
                "steps": steps,
            }
        )
        return
    rows = [(step.day.isoformat(), step.text, step.source) for step in found.steps]
    as_table(f"Last day {found.last_day} (ends before {found.ends_at.isoformat()})", ("day", "step", "source"), rows)


def _table_of_deadlines(name: str, charter: Charter, days: int) -> str:
    """The whole answer, so that nothing is written where a line is wrong."""
    ends = _Ends(charter, days)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("received_at", "last_day", "ends_at"))
    for line, received in _receipts(name):
        try:
            writer.writerow((received, *ends.of(_moment(received))))
        except ValueError as problem:
            raise Unusable(f"{name}, line {line}: {problem} Nothing was written.") from None
        except Refused as refusal:
            raise Unusable(f"{name}, line {line}: {refusal.problem.detail} Nothing was written.") from None
    return text.getvalue()


class _Ends:
    """Ends of windows, each local day of receipt computed once: the time of day does not matter (BGB § 187 (1))."""

    def __init__(self, charter: Charter, days: int) -> None:
        self._charter, self._days = charter, days
        self._zone = ZoneInfo(charter.time.zone)
        self._known: dict[date, tuple[str, str]] = {}

    def of(self, received_at: datetime) -> tuple[str, str]:
        """(last day, exclusive end), both ISO. Raises Refused beyond the calendar."""
        day = self._local_day(received_at)
        if day not in self._known:
            found = window(received_at, self._charter, calendar(self._charter.time.region), days=self._days)
            self._known[day] = found.last_day.isoformat(), found.ends_at.isoformat()
        return self._known[day]

    def _local_day(self, received_at: datetime) -> date:
        try:
            return received_at.astimezone(self._zone).date()
        except OverflowError:  # the first and the last day of all; the calendar refuses them by name
            return received_at.date()


def _receipts(name: str) -> Iterator[tuple[int, str]]:
    """(line, received_at) of each row. Raises Unusable for what is no such CSV."""
    content = read_bytes(name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise Unusable(f"{name}, line {line}: not UTF-8. Save the file as UTF-8.") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(rows, [])]
        if header.count("received_at") != 1:
            raise Unusable(f"{name}, line 1: the header needs one column received_at.")
        column = header.index("received_at")
        for row in rows:
            if row:
                yield rows.line_num, row[column].strip() if column < len(row) else ""
    except csv.Error as problem:
        raise Unusable(f"{name}, line {rows.line_num}: no CSV ({problem}).") from None
