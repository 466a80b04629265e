"""Records a wire example of each kind of message that has none yet: `python -m tests.contracts.examples`.

An example is written once and decoded by the tests for ever; this command never alters one.
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from tests.contracts import wire

FOLDER = Path(__file__).with_name("examples")
MOMENT = "2026-12-11T09:00:00Z"
PLAIN: dict[type[inspect.Type], Any] = {
    inspect.DateTimeType: MOMENT,
    inspect.DateType: "2026-12-28",
    inspect.TimeType: "20:00:00",
    inspect.BoolType: True,
    inspect.IntType: 3,
    inspect.BytesType: "bmFtZSxraW5kCg==",
    inspect.RawType: {},
    inspect.AnyType: {},
    inspect.NoneType: None,
}


def example(of: inspect.Type, name: str) -> Any:
    """A value of the type as JSON, every optional field filled, so that each one is exercised when it is read back."""
    if isinstance(of, inspect.StructType):
        tag = {of.tag_field: of.tag} if of.tag_field else {}
        return tag | {field.encode_name: example(field.type, field.encode_name) for field in of.fields}
    if isinstance(of, inspect.UnionType):
        return example(next(part for part in of.types if not isinstance(part, inspect.NoneType)), name)
    if isinstance(of, inspect.EnumType):
        return next(iter(of.cls)).value
    if isinstance(of, inspect.LiteralType):
        return of.values[0]
    if isinstance(of, (inspect.ListType, inspect.VarTupleType)):
        return [example(of.item_type, name)]
    if isinstance(of, inspect.DictType):
        return {example(of.key_type, name): example(of.value_type, name)}
    if isinstance(of, inspect.StrType):
        return f"example-{name.replace('_', '-')}"
    if isinstance(of, inspect.Metadata):
        return example(of.type, name)
    return PLAIN[type(of)]


def record(message: wire.Message) -> bool:
    """True: an example was written; False: there is one already."""
    path = FOLDER / f"{message.name}.json"
    if path.exists():
        return False
    value = example(inspect.type_info(message.type), message.name)
    text = json.dumps(value, indent=1, ensure_ascii=False)
    msgspec.json.decode(text, type=message.type, strict=True)
    path.write_text(text + "\n", "utf-8")
    return True


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    sys.stderr.write(f"{sum(map(record, wire.messages()))} examples recorded\n")
