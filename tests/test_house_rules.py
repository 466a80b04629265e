"""Each house rule is broken once in a copy of the tree, and the command of `make check` that guards it says so."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMANDS = re.search(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

Break = Callable[[str, str], None]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("house") / "tree"
    for name in ("contracts", "services", "docs", "tests/contracts"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "tests/__init__.py", "tests/house.py"):
        shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture
def broken(tree: Path) -> Iterator[Break]:
    """Appends to a file of the copy, or makes it, for one test."""
    before: dict[Path, bytes | None] = {}

    def append(name: str, text: str) -> None:
        path = tree / name
        before.setdefault(path, path.read_bytes() if path.exists() else None)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)

    yield append
    for path, content in before.items():
        path.unlink() if content is None else path.write_bytes(content)


def check(tree: Path, tool: str, *arguments: str) -> str:
    """What the line of `make check` that begins with this tool says; it must fail."""
    assert COMMANDS
    line = next(line for line in COMMANDS[1].splitlines() if line.startswith(f"\t$(RUN){tool}"))
    program, *rest = line.strip().removeprefix("$(RUN)").split()
    command = [str(Path(sys.prefix, "bin", program)), *rest, *arguments]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 1, f"{line} did not fail:\n{done.stdout}{done.stderr}"
    return " ".join((done.stdout + done.stderr).split())


def test_a_service_that_imports_another_is_caught(tree: Path, broken: Break) -> None:
    broken("services/membership/__init__.py", "\nfrom services import notifications  # noqa\n")
    assert "services.membership -> services.notifications" in check(tree, "lint-imports")


def test_a_chassis_that_knows_a_service_is_caught(tree: Path, broken: Break) -> None:
    broken("services/chassis/ids.py", "\nimport services.gateway.routes  # noqa\n")
    assert "services.chassis.ids -> services.gateway.routes" in check(tree, "lint-imports")


def test_a_portal_that_takes_the_bus_is_caught(tree: Path, broken: Break) -> None:
    """P1: it uses the public API alone, as any partner's portal would."""
    broken("services/portal/api.py", "\nfrom services.chassis import bus  # noqa\n")
    assert "services.portal is not allowed to import services.chassis.bus" in check(tree, "lint-imports")


@pytest.mark.parametrize(
    ("name", "line", "fault"),
    [
        ("services/membership/ballots/rules.py", "import sqlalchemy", "rules take contracts, msgspec, other rules"),
        ("services/membership/ballots/rules.py", "import time", "rules take contracts, msgspec, other rules"),
        ("services/membership/ballots/rules.py", "from services.membership.ballots import tables", "rules take"),
        ("contracts/ids.py", "import nats", "contracts take msgspec and the standard library"),
        (
            "services/membership/admission/handlers.py",
            "from services.membership.ballots import tables",
            "a feature calls another feature's handlers, never its tables",
        ),
        (
            "services/membership/ballots/tables.py",
            "from services.membership.ballots import requests",
            "requests and listeners use handlers, handlers use tables",
        ),
    ],
)
def test_an_import_against_the_layers_of_a_feature_is_caught(
    tree: Path, broken: Break, name: str, line: str, fault: str
) -> None:
    broken(name, f"\n{line}  # noqa\n")
    assert fault in check(tree, "lint-imports")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("from datetime import datetime, UTC\n\nNOW = datetime.now(UTC)\n", "TID251"),
        ("from datetime import datetime\n\nTHEN = datetime(2026, 1, 1)\n", "DTZ001"),
        ("import uuid\n\nID = uuid.uuid4()\n", "TID251"),
        ("def quiet() -> None:\n    try:\n        print()\n    except Exception:\n        pass\n", "BLE001"),
    ],
)
def test_a_clock_an_id_or_a_swallowed_error_outside_the_chassis_is_caught(
    tree: Path, broken: Break, line: str, code: str
) -> None:
    broken("services/membership/broken.py", line)
    assert code in check(tree, "ruff check")


def test_an_untyped_function_is_caught(tree: Path, broken: Break) -> None:
    broken("contracts/broken.py", "def double(number):\n    return number * 2\n")
    assert "missing a type annotation" in check(tree, "mypy", "contracts/broken.py")


def test_a_contract_that_loses_a_field_is_caught(tree: Path, broken: Break) -> None:
    path = tree / "contracts/membership/ballots.py"
    broken("contracts/membership/ballots.py", "")
    text = path.read_text("utf-8")
    path.write_text(text.replace("    window_ends_at: datetime\n", "", 1), "utf-8")
    found = check(tree, "python -m tests.contracts.schemas")
    assert "ReceiptEstablished.window_ends_at is gone: a field stays within a version" in found


def test_a_contract_that_grew_without_being_recorded_is_caught(tree: Path, broken: Break) -> None:
    path = tree / "contracts/membership/ballots.py"
    broken("contracts/membership/ballots.py", "")
    text = path.read_text("utf-8")
    path.write_text(text.replace("    choice: Choice\n", "    choice: Choice\n    remark: str = ''\n", 1), "utf-8")
    assert "run `make docs`" in check(tree, "python -m tests.contracts.schemas")


def test_a_stale_page_of_facts_is_caught(tree: Path, broken: Break) -> None:
    broken("docs/events.md", "by hand\n")
    assert "docs/events.md is stale" in check(tree, "python -m tests.contracts.events_page")


def test_the_lock_pins_everything_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", lock.partition("\n\n")[0] if "\n\n" in lock else lock)
    assert not re.search(r"://|file:|^-", lock, re.MULTILINE)
    pinned = [entry for entry in entries if not entry.startswith("#")]
    assert pinned
    assert all("==" in entry and "--hash=sha256:" in entry for entry in pinned)


def test_the_lock_of_what_comes_from_npm_pins_everything_and_names_no_host() -> None:
    lock = (ROOT / "package-lock.json").read_text("utf-8")
    assert "://" not in lock
    packages = {name: part for name, part in json.loads(lock)["packages"].items() if name}
    assert packages
    assert all(part["integrity"].startswith("sha512-") for part in packages.values())
