"""The register as CSV, read strictly (RFC 4180, UTF-8): what each line says, or why it cannot be taken. Pure.

Semicolons are taken for commas where the header has them: spreadsheets write no other file in countries whose numbers
have a decimal comma.

Faults of the file as a whole are refused at once; faults of a line are collected, so that one report shows them all.
"""

import csv
import io
import unicodedata

from msgspec import Struct

from contracts.request import Refused
from contracts.texts import Phrase, phrase
from services.membership import entry

MOST_LINES = 10_000
MOST_BYTES = 4_000_000
COLUMNS = ("name", "kind", "address", "office")
NEEDED = ("name", "kind")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = {"name": 200, "kind": 100, "address": 500, "office": 100}
_OFFICE = {"": False, "no": False, "yes": True}


class LineFault(Struct, frozen=True):
    """Why a line cannot be taken: a name for programs, a sentence for people."""

    slug: str
    says: Phrase


class RegisterLine(Struct, frozen=True, kw_only=True):
    """One line of the file; with a `fault` where it cannot be taken."""

    number: int
    """Line of the file; the header is 1."""
    name: str = ""
    kind: str = ""
    address: str | None = None
    office: bool = False
    fault: LineFault | None = None


def read(content: bytes) -> list[RegisterLine]:
    """Every line below the header; wholly blank ones are passed over.

    Raises Refused (422) `register-too-long`, `register-too-large`, `register-not-utf-8`, `register-not-text`,
    `register-header`, `register-not-csv`, `register-empty`.
    """
    text = _text(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    lines: list[RegisterLine] = []
    try:
        header = _header(next(reader, []))
        begins = reader.line_num + 1
        for cells in reader:
            if any(cells):
                lines.append(_line(begins, header, cells))
            begins = reader.line_num + 1
    except csv.Error as fault:
        long = "Line {line} has a cell that is far too long. Mend it and send the file again."
        unclosed = "Line {line} has a quotation mark that is not closed. Mend it and send the file again."
        detail = long if "field limit" in str(fault) else unclosed
        raise _refused("register-not-csv", detail, line=reader.line_num) from None
    if not lines:
        raise _refused("register-empty", "The file has no line below its header.")
    return lines


def _refused(slug: str, detail: str, **words: object) -> Refused:
    return Refused(slug, detail, status=422, field="/csv", words=words)


def _text(content: bytes) -> str:
    if content.count(b"\n") > MOST_LINES + 1 or content.count(b"\r") > MOST_LINES + 1:
        raise _refused("register-too-long", "The file has more than {most} lines; divide it.", most=MOST_LINES)
    if len(content) > MOST_BYTES:
        detail = "The file is larger than {most} MB; divide it."
        raise _refused("register-too-large", detail, most=MOST_BYTES // 1_000_000)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        detail = "Line {line} is not UTF-8. Save the file as CSV in UTF-8 and send it again."
        raise _refused("register-not-utf-8", detail, line=line) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise _refused("register-not-text", "Line {line} has a NUL character; this is no text file.", line=line)
    return text


def _separator(text: str) -> str:
    header = text.partition("\n")[0]
    return ";" if ";" in header and "," not in header else ","


def _header(cells: list[str]) -> list[str]:
    missing = [column for column in NEEDED if column not in cells]
    if missing:
        detail = "The first line must name the columns; missing: {columns}. It reads name,kind at least."
        raise _refused("register-header", detail, columns=", ".join(missing))
    if len(set(cells)) < len(cells):
        raise _refused("register-header", "The first line names a column twice.")
    if not set(cells) <= set(COLUMNS):
        detail = "The first line names unknown columns; known are {columns}."
        raise _refused("register-header", detail, columns=", ".join(COLUMNS))
    return cells


def _line(number: int, header: list[str], cells: list[str]) -> RegisterLine:
    if len(cells) != len(header):
        says = phrase("{cells} cells where the header has {columns}", cells=len(cells), columns=len(header))
        return RegisterLine(number=number, fault=LineFault("wrong-column-count", says))
    for column, cell in zip(header, cells, strict=True):
        fault = _fault(column, cell)
        if fault is not None:
            return RegisterLine(number=number, fault=fault)
    found = {
        column: " ".join(unicodedata.normalize("NFC", cell).split()) for column, cell in zip(header, cells, strict=True)
    }
    return RegisterLine(
        number=number, name=found["name"], kind=found["kind"], address=found.get("address") or None,
        office=_OFFICE[found.get("office", "").lower()],
    )  # fmt: skip


def _fault(column: str, cell: str) -> LineFault | None:
    """Never names the cell's content."""
    seen = entry.visible(cell)  # spreadsheets take wide characters and unseen ones before them for a formula, too
    if any(text.startswith(_FORMULA) for text in (cell, cell.lstrip(), seen, seen.lstrip())):
        says = phrase("{column} begins like a formula (= + - @); write it as plain text", column=column)
        return LineFault("formula-cell", says)
    if not entry.plain(cell, also="\t"):
        return LineFault("control-character", phrase("{column} has a line break or control character", column=column))
    value = " ".join(cell.split())
    if column in NEEDED and not entry.says_something(value):
        return LineFault(f"empty-{column}", phrase("{column} is empty", column=column))
    if len(value) > _LONGEST[column] or (column == "name" and not entry.indexable(value)):
        says = phrase("{column} has more than {most} characters", column=column, most=_LONGEST[column])
        return LineFault(f"{column}-too-long", says)
    if column == "office" and value.lower() not in _OFFICE:
        return LineFault("office-unclear", phrase("{column} is neither yes, no nor empty", column=column))
    return None
