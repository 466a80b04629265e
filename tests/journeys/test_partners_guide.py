"""The partner's guide does what it says: its blocks run, in their order, in a sandbox network (G4, G5, G6, G7)."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.membership.access import Scope
from services.cli.demo.stage import Stage
from services.cli.installation.ports import free_ports
from services.cli.installation.running import Installation

GUIDE = (Path(__file__).parents[2] / "docs/partners.md").read_text("utf-8")
SCOPES = [Scope.DIRECTORY, Scope.PROCEDURES, Scope.CHANGES, Scope.WEBHOOKS, Scope.SANDBOX]
"""Those that the guide says to tick."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def surroundings(installation: Installation, stage: Stage) -> dict[str, str]:
    """What the guide has told its reader to export."""
    expires_at = (stage.now + timedelta(days=30)).isoformat()
    issued: Any = stage.office.post(
        f"{stage.path}/keys", {"label": "Guide", "scopes": [str(scope) for scope in SCOPES], "expires_at": expires_at}
    )
    return {
        "API": f"{installation.url}/api/v1",
        "NETWORK": stage.network,
        "KEY": issued["secret"],
        "PORT": str(free_ports().base),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


class Receiver:
    """The guide's Python program, as its reader would start it."""

    def __init__(self, folder: Path, surroundings: dict[str, str]) -> None:
        (program,) = blocks("python")
        folder.joinpath("receiver.py").write_text(program, "utf-8")
        self.folder = folder
        self.surroundings = surroundings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, secret: str) -> None:
        with self.folder.joinpath("said").open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "receiver.py"], cwd=self.folder, stdout=said, stderr=said,
                env=self.surroundings | {"SECRET": secret},
            )  # fmt: skip

    def said(self) -> str:
        return self.folder.joinpath("said").read_text("utf-8")


@pytest.fixture
def receiver(tmp_path: Path, surroundings: dict[str, str]) -> Iterator[Receiver]:
    found = Receiver(tmp_path, surroundings)
    yield found
    if found.process is not None:
        found.process.kill()
        found.process.wait()


def run(script: str, folder: Path, surroundings: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, env=surroundings, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_guides_blocks_run_in_their_order_and_its_receiver_takes_what_is_signed(
    stage: Stage, receiver: Receiver, surroundings: dict[str, str]
) -> None:
    folder = receiver.folder
    surroundings["HOOK"] = f"http://127.0.0.1:{surroundings['PORT']}/fallnetz"
    told = run("\n".join(blocks("bash")), folder, surroundings)
    assert "304\n" in told
    assert "event: change" in told
    assert "/problems/answer-shown-once" in folder.joinpath("again.json").read_text("utf-8")
    assert "/problems/edited-meanwhile" in told

    receiver.start(json.loads(folder.joinpath("webhook.json").read_text("utf-8"))["secret"])
    stage.eventually("the signed test event", lambda: "notifications.webhook.test.v1" in receiver.said(), patience=30)


def test_the_guide_names_every_scope() -> None:
    assert set(re.findall(r"^\| `([a-z]+:[a-z]+)` \|", GUIDE, re.MULTILINE)) == {str(scope) for scope in Scope}
