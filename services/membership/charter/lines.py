"""In which line of a TOML text a field stands. The standard parser forgets it; an error message needs it."""

import re

_SECTION = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_\-\"'. ]+?)\s*=")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*')
_LINE_OF_ERROR = re.compile(r"\(at line (\d+), column \d+\)")


def lines_of(text: str) -> dict[str, int]:
    """Dotted field (`admission.threshold`) or section → its line, from 1; the first line where it stands."""
    found: dict[str, int] = {}
    section, depth, quote = "", 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if line.count(quote) % 2 else quote
            continue
        if depth == 0:
            if match := _SECTION.match(line):
                section = _plain(match[1])
                found.setdefault(section, number)
                continue
            if match := _KEY.match(line):
                found.setdefault(".".join(filter(None, (section, _plain(match[1])))), number)
        quote = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
        if not quote:
            bare = _STRING.sub("", line)
            depth = max(0, depth + bare.count("[") - bare.count("]"))
    return found


def line_of(lines: dict[str, int], field: str) -> int:
    """The line of a field, of the section around it where the field is missing, else 1."""
    while field:
        if field in lines:
            return lines[field]
        field = field.rpartition(".")[0]
    return 1


def line_in(message: str, text: str) -> int:
    """The line that a parser's message names; the last line where it says `at end of document`."""
    match = _LINE_OF_ERROR.search(message)
    return int(match[1]) if match else max(1, len(text.splitlines()))


def _plain(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))
