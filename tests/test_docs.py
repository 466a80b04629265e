"""What the documentation names exists."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEADLINES = ROOT / "docs" / "deadlines.md"
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_CODE = re.compile(r"`((?:membership|chassis|cli|notifications)/[\w/]+(?:\.py|/))`")


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_named_in_the_deadlines_page_exists() -> None:
    named = _TEST.findall(DEADLINES.read_text())
    assert len(named) > 20
    missing = [
        f"{path}::{test}" for path, test in named if not (ROOT / path).is_file() or test not in functions_of(path)
    ]
    assert missing == []


def test_every_module_named_in_the_deadlines_page_exists() -> None:
    named = _CODE.findall(DEADLINES.read_text())
    assert named
    assert [path for path in named if not (ROOT / "services" / path).exists()] == []


def test_every_rule_of_time_ballots_admission_and_leaving_has_a_row() -> None:
    text = DEADLINES.read_text()
    for rule in ("T1 T2 T3 T4 T5 T6 T7", "B1 B2 B3 B4 B5 B6 B7 B8", "A1 A2 A3 A4 A5 A6", "L1 L2 L3 L4"):
        for name in rule.split():
            assert re.search(rf"^\| (?:\w+, )*{name}\b", text, re.MULTILINE), name
