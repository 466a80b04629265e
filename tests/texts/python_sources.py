"""Texts in Python: `_("…")`, `texts.translate(…, "…")`, and the details of refusals, also by way of functions that make
one from a `detail` that they are given."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from tests.texts.found import Found, Text, unmet

_MARKS = {"_", "marked", "gettext"}
_LETTER = re.compile(r"\w")
_MARKED = {*_MARKS, "phrase"}
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


class Sink(Struct, frozen=True):
    """A callable that takes a refusal's detail."""

    position: int | None
    names: frozenset[str]
    """Its own parameters; further keywords are words of the sentence."""
    takes_words: bool
    """True: by `words={…}` or by further keywords."""
    adds: frozenset[str] = frozenset()
    """Words that the function gives itself, as `words["name"] = …`."""


_BASE = {
    "Refused": Sink(1, frozenset({"slug", "detail", "status", "field", "retry_after", "words"}), True),
    "Problem": Sink(None, frozenset({"slug", "detail", "status", "field", "retry_after"}), True),
}


class Module:
    """One parsed file."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.tree = ast.parse(path.read_text("utf-8"))
        self.inside: dict[ast.AST, ast.AST] = {
            child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }
        self.constants = dict(_assigned(self.tree.body))
        self.functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, _FUNCTIONS)}
        self.marking: set[str] = set()
        """Functions of the whole service that say by their type that they give a marked text."""

    def function_of(self, node: ast.AST) -> _FUNCTIONS | None:
        found: ast.AST | None = node
        while found is not None and not isinstance(found, _FUNCTIONS):
            found = self.inside.get(found)
        return found

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))


def extract(files: Iterable[tuple[Path, str]], found: Found) -> None:
    """Adds the texts of one service's modules. `files` with the names under which faults are reported."""
    modules = [Module(path, name) for path, name in files]
    marking = {name for module in modules for name, function in module.functions.items() if _gives_marked(function)}
    for module in modules:
        module.marking = marking
    everywhere = _forwarding(modules)
    for module in modules:
        for call in module.calls():
            _marked(module, call, found)
            sink = _sink(module, call, everywhere)
            if sink is not None:
                _refusal(module, call, sink, found)


def _forwarding(modules: list[Module]) -> dict[tuple[str, str], Sink]:
    """The functions that hand a parameter on as a detail: (module or "", name) → sink. Twice, for two steps."""
    sinks: dict[tuple[str, str], Sink] = {("", name): sink for name, sink in _BASE.items()}
    for _ in range(2):
        for module in modules:
            for call in module.calls():
                sink, function = _sink(module, call, sinks), module.function_of(call)
                if sink is None or function is None:
                    continue
                detail = _detail(call, sink)
                if isinstance(detail, ast.Name) and detail.id in _parameters(function):
                    made = _sink_of(function, detail.id)
                    sinks[module.name, function.name] = made
                    sinks.setdefault(("", function.name), made)
    return sinks


def _gives_marked(function: _FUNCTIONS) -> bool:
    given = ast.unparse(function.returns) if function.returns is not None else ""
    return "Marked" in given or "Phrase" in given


def _sink_of(function: _FUNCTIONS, detail: str) -> Sink:
    names = _parameters(function)
    plain = [part.arg for part in (*function.args.posonlyargs, *function.args.args) if part.arg not in {"self", "cls"}]
    return Sink(
        plain.index(detail) if detail in plain else None,
        frozenset({*names, "detail"}),
        function.args.kwarg is not None or "words" in names,
        frozenset(
            node.slice.value
            for node in ast.walk(function)
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
            and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
        ),
    )  # fmt: skip


def _sink(module: Module, call: ast.Call, sinks: dict[tuple[str, str], Sink]) -> Sink | None:
    name = _called(call)
    if name in module.functions:
        return sinks.get((module.name, name))
    return sinks.get(("", name))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _parameters(function: _FUNCTIONS) -> set[str]:
    every = function.args
    return {part.arg for part in (*every.posonlyargs, *every.args, *every.kwonlyargs)}


def _detail(call: ast.Call, sink: Sink) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == "detail":
            return keyword.value
    if sink.position is not None and len(call.args) > sink.position:
        return call.args[sink.position]
    return None


def _marked(module: Module, call: ast.Call, found: Found) -> None:
    name, place = _called(call), f"{module.name}:{call.lineno}"
    literal = [part.value if isinstance(part, ast.Constant) else None for part in call.args]
    given = _keywords(call)
    texts: list[str] = []
    if isinstance(call.func, ast.Name) and name in _MARKS:
        if len(literal) != 1 or not isinstance(literal[0], str):
            found.faults.append(f"{place}: only a literal text can be marked")
            return
        texts, given = [literal[0]], None
        context = [part.value for part in call.keywords if part.arg == "context"]
        if context and not (isinstance(context[0], ast.Constant) and isinstance(context[0].value, str)):
            found.faults.append(f"{place}: a context is a literal text")
            return
        found.add(Text(literal[0], context=ast.literal_eval(context[0]) if context else ""), place)
    elif isinstance(call.func, ast.Name) and name == "phrase":
        if len(literal) != 1 or not isinstance(literal[0], str):
            found.faults.append(f"{place}: only a literal text can be marked")
            return
        texts = [literal[0]]
        found.add(Text(literal[0]), place)
    elif name == "translate" and len(literal) == 2 and isinstance(literal[1], str):
        texts = [literal[1]]
        found.add(Text(literal[1]), place)
    elif name == "plural" and len(literal) == 4 and isinstance(literal[1], str) and isinstance(literal[2], str):
        texts = [literal[1], literal[2]]
        given = None if given is None else {*given, "n"}
        found.add(Text(literal[1], literal[2]), place)
    _expect(texts, given, place, found)


def _refusal(module: Module, call: ast.Call, sink: Sink, found: Found) -> None:
    detail, place = _detail(call, sink), f"{module.name}:{call.lineno}"
    if detail is None:
        return  # a default, which is read where it stands
    texts = list(_texts(module, call, detail, found, place))
    slug = call.args[0] if call.args else next((part.value for part in call.keywords if part.arg == "slug"), None)
    note = slug.value if isinstance(slug, ast.Constant) and isinstance(slug.value, str) and "-" in slug.value else ""
    for text in texts:
        if _LETTER.search(re.sub(r"\{\w*\}", "", text)):  # else it consists of its words
            found.add(Text(text, note=note if " " not in note else ""), place)
    # Of a variable that is set for several refusals the value above this one is meant.
    said = texts if not isinstance(detail, ast.Name) else _above(module, call, detail.id, texts)
    _expect(said, _words(call, sink), place, found)


def _above(module: Module, call: ast.Call, name: str, texts: list[str]) -> list[str]:
    function = module.function_of(call)
    before = [
        value for known, value in (_assigned(ast.walk(function)) if function else ())
        if known == name and value.lineno < call.lineno
    ]  # fmt: skip
    nearest = max(before, key=lambda value: value.lineno, default=None)
    return texts if nearest is None else list(_literals(nearest))


def _literals(value: ast.expr) -> Iterator[str]:
    for part in ast.walk(value):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _words(call: ast.Call, sink: Sink) -> set[str] | None:
    """The names of the words that a call gives; None if that cannot be seen."""
    for keyword in call.keywords:
        if keyword.arg == "words" and "words" in sink.names:
            if not isinstance(keyword.value, ast.Dict):
                return None
            return {str(key.value) for key in keyword.value.keys if isinstance(key, ast.Constant)}
    given = _keywords(call)
    if given is None or not sink.takes_words:
        return None
    return (given - sink.names) | sink.adds


def _keywords(call: ast.Call) -> set[str] | None:
    names = {keyword.arg for keyword in call.keywords}
    return None if None in names else {name for name in names if name is not None}


def _expect(texts: Iterable[str], given: set[str] | None, place: str, found: Found) -> None:
    for text in texts:
        if missing := unmet(text, given):
            found.faults.append(f"{place}: no word is given for {{{min(missing)}}}")


def _texts(module: Module, call: ast.Call, value: ast.expr, found: Found, place: str) -> Iterator[str]:
    """The literal texts that an expression can be."""
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(module, call, one, found, place)
            yield from _texts(module, call, other, found, place)
        case ast.Call() if _called(value) in _MARKED | module.marking:
            pass  # extracted as such
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[_, default]) if isinstance(
            module.constants.get(name), ast.Dict
        ):
            yield from _entries(module, call, name, found, place)
            yield from _texts(module, call, default, found, place)
        case ast.Attribute(attr="template" | "detail"):
            pass  # a refusal that is passed on
        case ast.Subscript(value=ast.Name(id=name)) if isinstance(module.constants.get(name), ast.Dict):
            yield from _entries(module, call, name, found, place)
        case ast.Name(id=name):
            yield from _named(module, call, name, found, place)
        case ast.JoinedStr():
            found.faults.append(f"{place}: an f-string cannot be translated; write {{name}} and give words")
        case _:
            found.faults.append(f"{place}: this detail cannot be read; write it out or mark it with _(…)")


def _entries(module: Module, call: ast.Call, name: str, found: Found, place: str) -> Iterator[str]:
    table = module.constants[name]
    for part in table.values if isinstance(table, ast.Dict) else ():
        yield from _texts(module, call, part, found, place)


def _named(module: Module, call: ast.Call, name: str, found: Found, place: str) -> Iterator[str]:
    function = module.function_of(call)
    values = [] if function is None else [value for known, value in _assigned(ast.walk(function)) if known == name]
    if not values and function is not None and name in _parameters(function):
        yield from _default(function, name)
        return
    if not values and name in module.constants:
        values = [module.constants[name]]
    if not values:
        found.faults.append(f"{place}: it cannot be seen what {name} says; mark it with _(…)")
    for value in values:
        yield from _texts(module, call, value, found, place)


def _default(function: _FUNCTIONS, name: str) -> Iterator[str]:
    every = function.args
    plain = [*every.posonlyargs, *every.args]
    pairs = [
        *zip(reversed(plain), reversed(every.defaults), strict=False),
        *zip(every.kwonlyargs, every.kw_defaults, strict=True),
    ]
    for part, value in pairs:
        if part.arg == name and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def _assigned(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                yield name, value
