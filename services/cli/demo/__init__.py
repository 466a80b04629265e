"""`fallnetz demo`: the whole story on a test clock, through the doors that people have: HTTP and the links in mails.

The demo works out by itself what the rules demand (`law.py`) and compares; at the first difference it ends with exit
code 1.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import rich_click as click
from msgspec import structs

from services.chassis import ids
from services.cli.api import Api, Rejected
from services.cli.demo import admission, exclusion
from services.cli.demo.stage import BOUNCING, Different, Stage
from services.cli.examples import Example, example, register_names
from services.cli.installation.running import Failed, Installation, running
from services.cli.installation.seeding import found_example
from services.cli.installation.state import State
from services.cli.printing import Unusable, as_json, as_table, output_option


class NotAsDemanded(click.ClickException):
    """Something differs from what the rules demand; exit code 1."""


@click.command()
@output_option
@click.option(
    "--state",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Play on the installation that `fallnetz up` runs with this state.  [default: one of its own, thrown away]",
)
def demo(output: str, directory: Path | None) -> None:
    """Play an admission and two exclusions on a test clock and check every step.

    A seventh organisation applies, is put to six members, opposed by three, countersigns and appears in the directory.
    Then one exclusion fails with four of six approvals, and one passes with five.
    """
    try:
        with installation(directory) as found:
            told = play(found)
    except Different as difference:
        raise NotAsDemanded(str(difference)) from None
    except Rejected as rejected:
        raise NotAsDemanded(f"refused where the rules allow it: {rejected}") from None
    except (Failed, httpx.HTTPError) as problem:
        raise NotAsDemanded(f"{problem}") from None
    show(told, output)


@contextmanager
def installation(directory: Path | None) -> Iterator[Installation]:
    """The running one with this state, or a new one."""
    if directory is not None:
        if not State(directory).exists:
            raise Unusable(f"{directory} holds no installation. Start one with `fallnetz up --state {directory}`.")
        yield Installation(State(directory))
        return
    with tempfile.TemporaryDirectory(prefix="fallnetz-demo-") as own, running(Path(own)) as found:
        yield found


def play(found: Installation) -> dict[str, Any]:
    """The three acts. Raises Different. Gives what is printed."""
    with Api(found.url, found.issuer, found.secrets.password) as api:
        network = f"demo-{ids.new('demo')[-8:]}"
        cast = with_bouncing(example())
        stage = Stage(api, found.mailbox, found.issuer, network, cast)
        stage.members = found_example(
            api, found.issuer, cast, network=network, sandbox=True, clock=stage.now.isoformat()
        )
        stage.expect("members of the register", stage.directory(), sorted(register_names()))
        stage.step("Six organisations of the register form the network", members=stage.directory())
        ballots = [admission.play(stage)]
        after_admission = stage.directory()
        ballots += [exclusion.play_failing(stage), exclusion.play_passing(stage)]
        verified = journal_verified(stage, ballots)
        stage.close()
        return {
            "steps": stage.steps,
            "members": stage.directory(),
            "members_after_admission": after_admission,
            "ballots": ballots,
            "journal_verified": verified,
        }


def with_bouncing(cast: Example) -> Example:
    """The same people, but mail to one of them comes back: the development mailbox plays that for such addresses."""
    members = []
    for one in cast.members:
        person = one.representative
        if person.user == BOUNCING:
            person = structs.replace(person, email=f"later-bounce.{person.email}")
        members.append(structs.replace(one, representative=person))
    return structs.replace(cast, members=members)


def journal_verified(stage: Stage, ballots: list[dict[str, Any]]) -> bool:
    """B6: the network's whole journal, exported, verified and recounted offline by the commands that anyone can run."""
    entries: list[Any] = []
    after: int | None = 0
    while after is not None:
        part = stage.operator.get(f"{stage.path}/journal", after=after)
        entries += part["entries"]
        after = part.get("next")
    with tempfile.NamedTemporaryFile("wb", suffix=".ndjson", prefix="journal-") as file:
        file.write(b"\n".join(map(msgspec.json.encode, entries)) + b"\n")
        file.flush()
        offline("journal", "verify", file.name)
        stage.step("The exported journal verifies offline", entries=len(entries))
        for ballot in ballots:
            counted = json.loads(offline("ballot", "recount", file.name, "--ballot", ballot["id"], "--output", "json"))
            stage.expect("outcome of the recount (B6)", counted["outcome"], ballot["outcome"])
        stage.step("Each ballot is recounted from the export with the same outcome", ballots=len(ballots))
    return True


def offline(*arguments: str) -> str:
    """What one of our commands prints. Raises Different where it finds a fault."""
    command = [sys.executable, "-m", "services.cli.app", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command line
    if done.returncode != 0:
        raise Different(f"{' '.join(arguments[:2])} finds: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def show(told: dict[str, Any], output: str) -> None:
    if output == "json":
        as_json(told)
        return
    for ballot in told["ballots"]:
        title = f"{ballot['kind']}: {ballot['outcome']}, {ballot['needed']} of {ballot['electorate']} decide"
        rows = [
            (
                window["member"],
                window["evidence"],
                window["received_at"],
                window["last_day"],
                window["choice"] or "silent",
            )
            for window in ballot["windows"]
        ]
        as_table(title, ("member", "evidence", "received", "last day", "answer"), rows)
    as_table("Members at the end", ("name",), [(name,) for name in told["members"]])
    click.echo(f"All {len(told['steps'])} steps are as the rules demand; the journal verifies.")
