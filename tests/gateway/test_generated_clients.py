"""Client libraries are made from the description (G7): one in Python, which is used, and types for TypeScript."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from contracts.request import Problem
from services.chassis.nats_server import NatsServer
from services.gateway.examples import BALLOT, PATH_EXAMPLES
from services.gateway.openapi import document_bytes
from services.gateway.routes import ROUTES
from tests.gateway.conftest import ROOT, Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers, in_thread

NODE = ROOT / "node_modules" / ".bin"
PARTNER = Path(__file__).with_name("clients") / "partner.ts"


@pytest.fixture(scope="module")
def every_peer(nats_server: NatsServer) -> Iterator[Peers]:
    """In a thread: the generated client blocks."""
    with in_thread(Peers(nats_server.url)) as peers:
        yield peers


def run(*command: str | Path, folder: Path) -> str:
    """Output of a tool of the virtual environment, which brings node too."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package that openapi-python-client makes, imported."""
    folder = tmp_path_factory.mktemp("python")
    folder.joinpath("openapi.json").write_bytes(document_bytes("http://127.0.0.1"))
    settings = {"content_type_overrides": {"text/csv": "application/octet-stream"}, "post_hooks": []}
    folder.joinpath("settings.yaml").write_text(yaml.safe_dump(settings))
    tool = Path(sys.executable).with_name("openapi-python-client")
    said = run(
        tool, "generate", "--path", "openapi.json", "--config", "settings.yaml", "--meta", "none",
        "--output-path", "fallnetz_client", folder=folder,
    )  # fmt: skip
    assert "arning" not in said, said
    sys.path.insert(0, str(folder))
    yield import_module("fallnetz_client")
    sys.path.remove(str(folder))


@pytest.fixture
def signed_in(generated: ModuleType, gateway: Gateway, issuer: Issuer) -> Iterator[Any]:
    with generated.AuthenticatedClient(base_url=gateway.url, token=issuer.token()) as client:
        yield client


def function(tag: str, name: str) -> Any:
    return import_module(f"fallnetz_client.api.{tag}.{name}")


def model(name: str) -> Any:
    return getattr(import_module("fallnetz_client.models"), name)


def test_every_route_becomes_a_function(generated: ModuleType) -> None:
    for route in ROUTES:
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in route.operation)
        assert function(route.tag.lower().replace(" ", "_"), name).sync


def test_a_read_gives_typed_data(signed_in: Any, peers: Peers) -> None:
    ballot = function("ballots", "get_ballot").sync("bielefeld", BALLOT, client=signed_in)
    assert ballot.needed == 4
    assert ballot.electors[0].window.ends_at.tzinfo is not None


def test_a_list_goes_on_with_its_cursor(signed_in: Any, peers: Peers) -> None:
    page = function("ballots", "list_ballots").sync("bielefeld", client=signed_in, open_=True, limit=7, cursor="a-b")
    assert page.items[0].id == BALLOT
    assert peers.body_of_last() == {"network": "bielefeld", "open": True, "paging": {"cursor": "a-b", "limit": 7}}


def test_a_command_goes_out_with_its_key(signed_in: Any, peers: Peers) -> None:
    vote = model("Vote")(choice=model("Choice").OBJECT, reason="Because.")
    answer = function("ballots", "cast_vote").sync_detailed(
        "bielefeld", BALLOT, client=signed_in, body=vote, idempotency_key="k-1", fallnetz_member="mem_1"
    )
    assert answer.parsed.choice == model("Choice").NO_OBJECTION, "as in the example"
    assert peers.body_of_last()["body"] == {"choice": "object", "reason": "Because."}
    call = peers.calls[-1][1]
    assert call.actor is not None
    assert (call.key, call.actor.member) == ("k-1", "mem_1")


def test_an_edit_names_its_version(signed_in: Any, peers: Peers) -> None:
    read = function("members", "get_offer").sync_detailed("bielefeld", PATH_EXAMPLES["offer"], client=signed_in)
    function("members", "edit_offer").sync(
        "bielefeld", PATH_EXAMPLES["offer"], client=signed_in, body=read.parsed.details, if_match=read.headers["etag"]
    )
    assert peers.body_of_last()["version"] == read.parsed.version == 3


def test_a_refusal_is_a_problem(signed_in: Any, peers: Peers) -> None:
    refusal = Problem(slug="window-closed", detail="The window ended.", status=409)
    peers.replies["cast-vote"] = lambda _: refusal
    vote = model("Vote")(choice=model("Choice").OBJECT)
    problem = function("ballots", "cast_vote").sync("bielefeld", BALLOT, client=signed_in, body=vote)
    assert isinstance(problem, model("ProblemDocument"))
    assert (problem.type_, problem.status) == ("/problems/window-closed", 409)


def test_a_stranger_uses_what_is_public(generated: ModuleType, gateway: Gateway, peers: Peers) -> None:
    with generated.Client(base_url=gateway.url) as stranger:
        form = function("admission", "get_application_form").sync("bielefeld", client=stranger)
    assert form.fields_of_work == ["homeless-help"]


@pytest.mark.skipif(not (NODE / "tsc").exists(), reason="node_modules is filled by `make`; without it no TypeScript")
def test_types_for_typescript_fit_a_partners_program(tmp_path: Path) -> None:
    tmp_path.joinpath("openapi.json").write_bytes(document_bytes("http://127.0.0.1"))
    optional = "--default-non-nullable=false"  # what has a default may be left out of a request
    run(NODE / "openapi-typescript", "openapi.json", "-o", "api.d.ts", optional, folder=tmp_path)
    tmp_path.joinpath("partner.ts").write_text(PARTNER.read_text("utf-8"), "utf-8")
    run(
        NODE / "tsc", "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess",
        "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler", "--lib", "es2022,dom",
        "partner.ts", folder=tmp_path,
    )  # fmt: skip
