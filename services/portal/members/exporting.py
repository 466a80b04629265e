"""The directory as files: CSV (RFC 4180), XLSX, vCard 3.0 (RFC 2426).

Programmes that open tables run cells that begin like a formula; such cells get an apostrophe in front (OWASP, CSV
injection). In XLSX every cell is written as text and cannot run.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import vobject
import xlsxwriter  # type: ignore[import-untyped]

from contracts.membership.kinds import KINDS
from contracts.membership.members import MemberView
from contracts.membership.words import Role
from contracts.texts import marked as _
from services.portal.members.listing import holder

HEADINGS = (
    _("Name"), _("Kind"), _("Address"), _("Telephone"), _("E-mail"), _("Website"), _("Representative"), _("Deputy"),
    _("Member since"), _("Coordinating office"),
)  # fmt: skip
_WIDTHS = (44, 24, 40, 20, 30, 30, 26, 26, 14, 12)
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\n\t"}

Say = Callable[[str], str]
Local = Callable[[datetime], datetime]


def rows(members: Iterable[MemberView], say: Say, local: Local) -> list[list[str]]:
    """The headings, then a row for each member, in the reader's language."""
    return [[say(heading) for heading in HEADINGS], *(_row(member, say, local) for member in members)]


def _row(member: MemberView, say: Say, local: Local) -> list[str]:
    people = [holder(member, role) for role in (Role.REPRESENTATIVE, Role.DEPUTY)]
    names = [one.name if one else "" for one in people]
    since = local(member.joined_at).date().isoformat()
    office = say(_("yes")) if member.office else ""
    profile = [member.address or "", member.phone, member.email, member.website]
    kind = say(KINDS[member.kind]) if member.kind in KINDS else member.kind
    return [text.translate(_CONTROLS) for text in (member.name, kind, *profile, *names, since, office)]


def as_csv(table: Sequence[Sequence[str]]) -> bytes:
    """UTF-8 with a byte order mark, by which spreadsheets know it; semicolons are kept inside quotes."""
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows([[harmless(cell) for cell in row] for row in table])
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def harmless(cell: str) -> str:
    """The same text, as no programme takes it for a formula."""
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def as_xlsx(table: Sequence[Sequence[str]], title: str) -> bytes:
    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"title": title})
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True, "bottom": 1})
        plain = book.add_format({"text_wrap": True, "valign": "top"})
        for number, row in enumerate(table):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell, plain if number else bold)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(table) - 1, len(HEADINGS) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
    return written.getvalue()


def as_vcards(members: Iterable[MemberView]) -> bytes:
    """A card for each organisation; people are not cards of their own."""
    return "".join(_card(member) for member in members).encode()


def _card(member: MemberView) -> str:
    card = vobject.vCard()
    card.add("fn").value = _clean(member.name)
    card.add("n").value = vobject.vcard.Name(family="", given="")
    card.add("org").value = [_clean(member.name)]
    card.add("uid").value = member.id
    card.add("x-abshowas").value = "COMPANY"
    if member.address:
        address = card.add("adr")
        address.value = vobject.vcard.Address(street=_clean(member.address.replace("\n", ", ")))
        address.type_param = "WORK"
    for name, value in (("tel", member.phone), ("email", member.email), ("url", member.website)):
        if value:
            card.add(name).value = _clean(value)
    written: str = card.serialize()
    return written


def _clean(text: str) -> str:
    """One line: a line break would begin another field."""
    return " ".join(text.translate({**_CONTROLS, 10: " ", 9: " "}).split())
