"""The register is imported once, whole or not at all, and before the first procedure (issue lines 5 and 12)."""

import asyncio
import time

import pytest

from contracts.ids import NetworkId
from contracts.membership.leaving import RESIGN, Resign, Resignation
from contracts.membership.members import IMPORT_REGISTER, LIST_MEMBERS, ImportRegister, ImportReport, ListMembers
from contracts.membership.networks import FOUND_NETWORK, GET_NETWORK, FoundNetwork, GetNetwork, NewNetwork
from contracts.request import Actor, Refused
from tests.membership.door import CHARTER, OPERATOR, REGISTER, START, STRANGER, Bielefeld, Door, refused

LIPPE = NetworkId("lippe")


async def empty(door: Door) -> None:
    body = NewNetwork(id=LIPPE, charter=CHARTER, sandbox=True, clock=START)
    await door.ask(FOUND_NETWORK, FoundNetwork(body=body), OPERATOR)


async def load(
    door: Door, csv: bytes, network: NetworkId = LIPPE, by: Actor | None = OPERATOR, *, dry_run: bool = False
) -> ImportReport:
    return await door.ask(IMPORT_REGISTER, ImportRegister(network=network, csv=csv, dry_run=dry_run), by)


def reasons(report: ImportReport) -> dict[int, str]:
    return {line.line: str(line.reason).split(":")[0] for line in report.lines if line.result == "refused"}


async def test_the_register_is_imported_once(door: Door) -> None:
    await empty(door)
    first = await load(door, REGISTER)
    assert (first.imported, first.added, first.unchanged, first.refused) == (True, 6, 0, 0)
    before = await door.journal()
    second = await load(door, REGISTER)
    assert (second.imported, second.added, second.unchanged, second.refused) == (True, 0, 6, 0)
    assert await door.journal() == before
    view = await door.ask(GET_NETWORK, GetNetwork(network=LIPPE), OPERATOR)
    assert view.members == 6


async def test_a_dry_run_reports_the_same_and_changes_nothing(door: Door) -> None:
    await empty(door)
    before = await door.journal()
    dry = await load(door, REGISTER, dry_run=True)
    assert (dry.imported, dry.added) == (False, 6)
    assert await door.journal() == before
    assert (await load(door, REGISTER)).lines == dry.lines


async def test_one_bad_line_imports_nothing_and_every_bad_line_is_named(door: Door) -> None:
    await empty(door)
    bad = REGISTER + b"=1+1,charity\n,charity\nDIAKONIE  f\xc3\xbcr Bielefeld,charity\nZwei,charity,drei\n"
    before = await door.journal()
    report = await load(door, bad)
    assert not report.imported
    assert reasons(report) == {
        8: "formula-cell", 9: "empty-name", 10: "duplicate-name", 11: "wrong-column-count",
    }  # fmt: skip
    assert [line.result for line in report.lines[:6]] == ["added"] * 6
    assert await door.journal() == before


@pytest.mark.parametrize(
    "same", ["diakonie fu\u0308r bielefeld", "Diakonie\u200b für Biele\u00adfeld", "Diakonie　für Bielefeld"]
)
async def test_what_nobody_sees_does_not_tell_names_apart(door: Door, same: str) -> None:
    """Case, composition, width, and characters that show nothing."""
    await empty(door)
    await load(door, REGISTER)
    report = await load(door, f"name,kind\n{same},charity\n".encode())
    assert (report.added, report.unchanged) == (0, 1)


async def test_ten_thousand_lines_come_in_quickly_and_more_are_refused(door: Door) -> None:
    await empty(door)
    lines = "".join(f"Verein {number},charity\n" for number in range(10_000))
    began = time.monotonic()
    assert (await load(door, f"name,kind\n{lines}".encode())).added == 10_000
    assert time.monotonic() - began < 30
    with refused("register-too-long", 422):
        await load(door, b"name,kind\n" + b"A,B\n" * 100_000)


async def test_the_register_may_name_the_office(door: Door) -> None:
    await empty(door)
    header = b"name,kind,address,office\n"
    twice = await load(door, header + b"A,charity,,yes\nB,charity,,yes\n")
    assert reasons(twice) == {3: "second-office"}
    csv = header + b"A,charity,Street 1,\nB,charity,,yes\n"
    assert (await load(door, csv)).added == 2
    view = await door.ask(GET_NETWORK, GetNetwork(network=LIPPE), OPERATOR)
    page = await door.ask(LIST_MEMBERS, ListMembers(network=LIPPE), OPERATOR)
    assert [(m.name, m.address, m.office) for m in page.items] == [("A", "Street 1", False), ("B", None, True)]
    assert view.office == page.items[1].id
    assert (await load(door, csv)).unchanged == 2
    assert reasons(await load(door, header + b"A,charity,,yes\n")) == {2: "office-held"}


async def test_a_line_that_contradicts_what_is_stored_is_refused(door: Door) -> None:
    await empty(door)
    await load(door, REGISTER)
    report = await load(door, REGISTER.replace(b"housing company", b"charity"))
    assert reasons(report) == {3: "differs"}


async def test_after_the_first_procedure_nobody_joins_by_the_register(bielefeld: Bielefeld) -> None:
    leaving = Resignation(member=bielefeld.members[5].id)
    await bielefeld.door.ask(RESIGN, Resign(network=bielefeld.id, body=leaving), bielefeld.speaker(5))
    report = await load(bielefeld.door, b"name,kind\nNeuling,charity\n", bielefeld.id)
    assert reasons(report) == {2: "procedures-began"}
    again = await load(bielefeld.door, REGISTER, bielefeld.id)
    assert list(reasons(again).values()) == ["procedures-began"]


async def test_the_office_and_operators_import_and_nobody_else(bielefeld: Bielefeld) -> None:
    assert (await load(bielefeld.door, REGISTER, bielefeld.id, bielefeld.office)).unchanged == 6
    for actor, slug in (
        (bielefeld.speaker(1), "not-authorised"),
        (STRANGER, "not-authorised"),
        (None, "not-signed-in"),
    ):
        with refused(slug):
            await load(bielefeld.door, REGISTER, bielefeld.id, actor)


async def test_two_imports_at_once_add_every_member_once(door: Door) -> None:
    await empty(door)
    reports = await asyncio.gather(*(load(door, REGISTER) for _ in range(3)))
    assert sorted(report.added for report in reports) == [0, 0, 6]
    assert (await door.ask(GET_NETWORK, GetNetwork(network=LIPPE), OPERATOR)).members == 6


async def test_a_name_that_is_taken_meanwhile_is_refused_not_doubled(door: Door) -> None:
    """The unique index of present names holds also against a second path."""
    await empty(door)
    outcomes = await asyncio.gather(
        load(door, b"name,kind\nEins,charity\n"), load(door, b"name,kind\nEINS,charity\n"), return_exceptions=True
    )
    assert not any(isinstance(outcome, Refused) for outcome in outcomes)
    assert (await door.ask(GET_NETWORK, GetNetwork(network=LIPPE), OPERATOR)).members == 1
