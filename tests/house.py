"""House rules about imports that import-linter has no contract type for; configured in pyproject.toml.

A feature is a folder of a service (`services.membership.ballots`). The first word of a module's name says its layer:
`requests` and `listeners` above `handlers` above `tables` above `rules`; a feature split by verb keeps the word first
(`rules_closing`). Other modules of a feature belong to no layer.
"""

import sys
from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

LAYERS = {"rules": 0, "tables": 1, "handlers": 2, "requests": 3, "listeners": 3}
IMPURE = {
    "asyncio", "http", "logging", "os", "random", "socket", "sqlite3", "subprocess", "threading", "time", "urllib",
    "uuid",
}  # fmt: skip
PURE = {*sys.stdlib_module_names, "msgspec", "contracts"} - IMPURE


def feature(module: str) -> str | None:
    """`services.membership.ballots` for everything inside that folder."""
    parts = module.split(".")
    return ".".join(parts[:3]) if len(parts) > 3 and parts[0] == "services" else None


def layer(module: str) -> str | None:
    """`rules` for `services.membership.ballots.rules_closing`."""
    word = module.split(".")[3].split("_")[0] if feature(module) else None
    return word if word in LAYERS else None


def faults(graph: ImportGraph) -> Iterator[str]:
    """One sentence for each import that the house does not allow."""
    pure = pure_modules(graph)
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if fault := fault_of(importer, imported, pure=importer in pure):
                yield f"{importer} imports {imported}: {fault}"


def pure_modules(graph: ImportGraph) -> set[str]:
    """Rules, and what rules are split into: the modules without a layer that they import, and so on."""
    found: set[str] = set()
    new = {module for module in graph.modules if layer(module) == "rules"}
    while new:
        found |= new
        imported = {name for module in new for name in graph.find_modules_directly_imported_by(module)}
        new = {name for name in imported if feature(name) and layer(name) is None} - found
    return found


def fault_of(importer: str, imported: str, *, pure: bool) -> str | None:
    """What is wrong with one import; None where nothing is."""
    foreign = imported.split(".")[0] not in PURE
    if importer.split(".")[0] == "contracts" and foreign:
        return "contracts take msgspec and the standard library without input and output"
    mine, other = layer(importer), layer(imported)
    if pure and foreign and (feature(imported) is None or other not in (None, "rules")):
        return "rules take contracts, msgspec, other rules and the standard library without input and output"
    if feature(importer) == feature(imported) and mine and other and LAYERS[mine] < LAYERS[other]:
        return "requests and listeners use handlers, handlers use tables, tables use rules, never the other way"
    if feature(importer) and feature(importer) != feature(imported) and other == "tables":
        return "a feature calls another feature's handlers, never its tables"
    return None


class Features(Contract):
    """The layers inside a feature, and the pureness of rules and contracts."""

    type_name = "features"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        found = list(faults(graph))
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for fault in check.metadata["found"]:
            output.print_error(fault)
