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
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if fault := fault_of(importer, imported):
                yield f"{importer} imports {imported}: {fault}"


def fault_of(importer: str, imported: str) -> str | None:
    """What is wrong with one import; None where nothing is."""
    if importer.split(".")[0] == "contracts" and imported.split(".")[0] not in PURE:
        return "contracts take msgspec and the standard library without input and output"
    mine, other = layer(importer), layer(imported)
    if mine == "rules" and imported.split(".")[0] not in PURE and other != "rules":
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
