"""What a form's body holds (RFC 1866 § 8.2.1, RFC 7578), taken apart strictly, in time that grows with its length."""

from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from services.portal.forms import Form, Upload

LONGEST = 2_500_000
"""Bytes of a body."""
MOST_FIELDS = 500


class Malformed(Exception):
    """The body is no form that a page of ours would send."""


def read(content_type: str, body: bytes) -> Form:
    """Raises Malformed."""
    kind, options = parse_options_header(content_type)
    match kind:
        case "application/x-www-form-urlencoded":
            return Form(_collected(_pairs(body)))
        case "multipart/form-data":
            return _multipart(options.get("boundary", ""), body)
        case _ if not body:
            return Form()
        case _:
            raise Malformed


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:  # UnicodeDecodeError is one
        raise Malformed from None


def _multipart(boundary: str, body: bytes) -> Form:
    pairs: list[tuple[str, str]] = []
    uploads: dict[str, Upload] = {}
    try:
        for part, content in _parts(boundary, body):
            if part.filename is not None:
                uploads[part.name] = Upload(part.filename, content)
            else:
                pairs.append((part.name, content.decode("utf-8")))
    except (MultipartError, UnicodeDecodeError):
        raise Malformed from None
    return Form(_collected(pairs), uploads)


def _parts(boundary: str, body: bytes) -> list[tuple[MultipartSegment, bytes]]:
    """Raises MultipartError."""
    found: list[tuple[MultipartSegment, bytes]] = []
    chunks: list[bytes] = []
    with PushMultipartParser(
        boundary, content_length=len(body), max_segment_count=MOST_FIELDS, strict=True
    ) as parser:  # fmt: skip
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                found.append((event, b""))
                chunks = []
            elif event is None:
                found[-1] = (found[-1][0], b"".join(chunks))
            else:
                chunks.append(bytes(event))
    return found


def _collected(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Raises Malformed for a NUL, which no keyboard writes and PostgreSQL does not store; hidden fields of our own are
    read strictly anyway."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\0" in name or ("\0" in value and not name.startswith("_")):
            raise Malformed
        found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found
