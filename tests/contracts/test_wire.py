"""The wire stays readable: recorded messages are decoded for ever, and contracts only grow."""

import copy
import json
from typing import Any

import msgspec
import pytest

from tests.contracts import examples, schemas, wire

EXAMPLES = sorted(examples.FOLDER.glob("*.json"))
TYPES = {message.name: message.type for message in wire.messages()}


def test_every_kind_of_message_has_a_recorded_example() -> None:
    missing = TYPES.keys() - {path.stem for path in EXAMPLES}
    assert not missing, "record them with `python -m tests.contracts.examples`"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_recorded_message_is_read_whole(path: Any) -> None:
    recorded = json.loads(path.read_text("utf-8"))
    read = msgspec.json.decode(path.read_bytes(), type=TYPES[path.stem], strict=True)
    assert kept(recorded, json.loads(msgspec.json.encode(read))), "a recorded field was lost"


@pytest.mark.parametrize("name", [name for name in TYPES if name.count(".") == 3 and not name.startswith("envelope")])
def test_a_fact_with_a_field_from_a_newer_sender_is_still_read(name: str) -> None:
    if name.endswith((".asked", ".answered")):
        return
    recorded = json.loads((examples.FOLDER / f"{name}.json").read_text("utf-8")) | {"a_later_field": 1}
    assert msgspec.json.decode(json.dumps(recorded), type=TYPES[name], strict=True)


def kept(recorded: Any, read: Any) -> bool:
    """Whether all that was recorded is still there; new fields may have come."""
    if isinstance(recorded, dict) and isinstance(read, dict):
        return all(key in read and kept(value, read[key]) for key, value in recorded.items())
    if isinstance(recorded, list) and isinstance(read, list):
        return len(recorded) == len(read) and all(map(kept, recorded, read))
    return bool(recorded == read)


def test_the_recorded_schemas_are_those_of_the_contracts() -> None:
    recorded = json.loads(schemas.RECORDED.read_text("utf-8"))
    assert list(schemas.breaks(recorded, schemas.current())) == []
    assert recorded == schemas.current(), "run `make docs`"


def changed(**parts: Any) -> schemas.Schema:
    now = copy.deepcopy(schemas.current())
    now["components"]["VoteCast"].update(parts)
    return now


def test_a_field_with_a_default_may_be_added() -> None:
    now = schemas.current()
    grown = changed(properties={**now["components"]["VoteCast"]["properties"], "remark": {"type": "string"}})
    assert list(schemas.breaks(now, grown)) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda vote: vote["properties"].pop("choice"), "VoteCast.choice is gone: a field stays within a version"),
        (
            lambda vote: vote["properties"].update(at={"type": "integer"}),
            "VoteCast.at changed its type: add a new field instead",
        ),
        (
            lambda vote: vote["required"].append("remark"),
            "VoteCast.remark is required now, old messages lack it: give it a default",
        ),
    ],
)
def test_a_change_that_old_messages_do_not_survive_is_named(change: Any, sentence: str) -> None:
    now = copy.deepcopy(schemas.current())
    change(now["components"]["VoteCast"])
    assert list(schemas.breaks(schemas.current(), now)) == [sentence]


def test_a_fact_that_vanishes_or_moves_to_another_audience_is_named() -> None:
    now = copy.deepcopy(schemas.current())
    del now["messages"]["membership.ballot.closed.v1"]
    now["audiences"]["membership.ballot.vote-cast.v1"] = "net"
    assert list(schemas.breaks(schemas.current(), now)) == [
        "membership.ballot.closed.v1 is gone: keep it until its stated end",
        "membership.ballot.vote-cast.v1 changed: make it a new class with a subject of its own",
    ]
