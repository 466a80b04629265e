"""Import of the register: all lines or none, a second time nothing (issue line 5)."""

from collections.abc import Sequence
from datetime import datetime

from contracts.ids import MemberId, NetworkId
from contracts.membership.members import ImportLine, ImportReport
from contracts.texts import phrase
from services.chassis import ids, texts
from services.chassis.database import Transaction
from services.membership import entry
from services.membership.members import handlers, tables
from services.membership.members.register import LineFault, RegisterLine, read
from services.membership.members.tables import Member
from services.membership.networks import handlers as networks
from services.membership.networks import office

_texts = texts.of("services.membership")


def carry_out(
    tx: Transaction, network: NetworkId, csv: bytes, now: datetime, actor: str, *, dry_run: bool, locale: str
) -> ImportReport:
    """Adds the register's organisations as members; what is wrong with a line is said in the language of `locale`.

    Raises Refused for faults of the file as a whole (see `read`).
    """
    lines = read(csv)
    row = networks.lock(tx, network)
    keys = [entry.name_key(line.name) for line in lines]
    known = tables.by_keys(tx, network, [key for key in keys if key])
    report: list[ImportLine] = []
    first_with: dict[str, int] = {}
    offices: list[int] = []
    for line, key in zip(lines, keys, strict=True):
        fault = line.fault or _clash(line, first_with.get(key), known.get(key), offices, row)
        if not line.fault:
            first_with.setdefault(key, line.number)
            offices.extend([line.number] if line.office else [])
        report.append(_told(line, fault, locale, unchanged=key in known))
    refused = sum(told.result == "refused" for told in report)
    if not refused and not dry_run:
        _add(tx, row, [line for line, told in zip(lines, report, strict=True) if told.result == "added"], now, actor)
    return ImportReport(
        imported=not refused and not dry_run,
        added=sum(told.result == "added" for told in report),
        unchanged=sum(told.result == "unchanged" for told in report),
        refused=refused,
        lines=report,
    )


def _told(line: RegisterLine, fault: LineFault | None, locale: str, *, unchanged: bool) -> ImportLine:
    if fault is not None:
        reason = f"{fault.slug}: {_texts.said(locale, fault.says)}"
        return ImportLine(line=line.number, result="refused", name=line.name or None, reason=reason)
    return ImportLine(line=line.number, result="unchanged" if unchanged else "added", name=line.name)


def _clash(
    line: RegisterLine, same: int | None, member: Member | None, offices: Sequence[int], network: networks.Network
) -> LineFault | None:
    """Why a line that is well formed cannot be taken together with the others and with what is stored."""
    if same is not None:
        return LineFault("duplicate-name", phrase("the same name stands in line {line}", line=same))
    if line.office and offices:
        return LineFault("second-office", phrase("line {line} holds the office already", line=offices[0]))
    if line.office and network.office is not None and (member is None or member.id != network.office):
        return LineFault("office-held", phrase("another member holds the office; appoint instead"))
    if member is None:
        if network.began_at is not None:
            says = phrase("the network has had its first procedure; new members apply")
            return LineFault("procedures-began", says)
        return None
    if member.kind != line.kind or (line.address is not None and member.address != line.address):
        return LineFault("differs", phrase("a member of this name is stored with another kind or address"))
    if line.office and network.office is None:
        return LineFault("office-vacant", phrase("this member is stored already; appoint it instead"))
    return None


def _add(tx: Transaction, network: networks.Network, lines: Sequence[RegisterLine], now: datetime, actor: str) -> None:
    added = [
        Member(
            id=MemberId(ids.new("mem")), network=network.id, name=line.name, kind=line.kind, address=line.address,
            joined_at=now, left_at=None, left_because=None, application=None,
        )
        for line in lines
    ]  # fmt: skip
    handlers.join(tx, added, now, actor)
    for member, line in zip(added, lines, strict=True):
        if line.office:
            office.give(tx, network.id, member.id, now, actor)
