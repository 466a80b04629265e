"""`make bench`: every row of the table, limit and product measured in the same run.

Writes build/bench.json and build/bench.svg.

    python -m tests.bench            all rows
    python -m tests.bench 2 11       these rows

Each `row_*.py` has `measure()`, which gives a Result or a list of them (or a coroutine for it). A missed goal is told,
not punished; a row that crashes makes the exit code 1.
"""

import asyncio
import inspect
import sys
import time
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.picture import picture
from tests.bench.result import Result

BUILD = Path(__file__).parents[2] / "build"


def rows(wanted: list[str]) -> Iterator[str]:
    """Modules to run, by number of the row."""
    found = {path.stem: int(path.stem.split("_")[1]) for path in Path(__file__).parent.glob("row_*.py")}
    for name, number in sorted(found.items(), key=lambda item: (item[1], item[0])):
        if not wanted or str(number) in wanted:
            yield name


def measured(module: str) -> list[Result]:
    """What one row gives."""
    found: Any = import_module(f"tests.bench.{module}").measure()
    if inspect.iscoroutine(found):
        found = asyncio.run(found)
    return found if isinstance(found, list) else [found]


def as_json(result: Result) -> dict[str, Any]:
    """One entry of build/bench.json."""
    return {
        "row": result.row,
        "name": result.name,
        "ratio": round(result.ratio, 4),
        "goal": result.goal,
        "samples": result.samples,
        "detail": result.detail,
    }


def table(results: list[Result]) -> Table:
    """For people."""
    found = Table("row", "what", "ratio", "goal", "", "samples", title="Ratios to the limit", title_justify="left")
    for one in results:
        mark = "reached" if one.ratio >= one.goal else "missed"
        spread = f"{min(one.samples):.2f} to {max(one.samples):.2f} ({len(one.samples)})"
        found.add_row(str(one.row), one.name, f"{one.ratio:.2f}", f"{one.goal:.2f}", mark, spread)
    return found


def main(wanted: list[str]) -> int:
    results: list[Result] = []
    crashed = 0
    for module in rows(wanted):
        began = time.monotonic()
        sys.stderr.write(f"{module} …\n")
        try:
            results += measured(module)
        except Exception:  # noqa: BLE001 - one row's failure is told and must not cost the others
            crashed += 1
            traceback.print_exc()
        sys.stderr.write(f"{module}: {time.monotonic() - began:.0f} s\n")
    BUILD.mkdir(exist_ok=True)
    BUILD.joinpath("bench.json").write_bytes(
        msgspec.json.format(msgspec.json.encode([as_json(one) for one in results]))
    )
    BUILD.joinpath("bench.svg").write_text(picture(results), "utf-8")
    Console().print(table(results))
    return int(crashed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
