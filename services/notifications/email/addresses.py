"""Which addresses can stand in an envelope and a header. Pure."""

import re

_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-\u0080-\uffff]{1,64}\Z")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\Z")
_LONGEST = 254


def envelope_address(address: str) -> str | None:
    """The address as SMTP takes it (domain in its ASCII form); None where it is none or could break out of its line.

    Refuses CR, LF, blanks, quotes, brackets, address literals and whatever else a person's mailbox does not need.
    """
    local, at, domain = address.rpartition("@")
    if (
        not at
        or len(address) > _LONGEST
        or not _LOCAL.match(local)
        or ".." in local
        or local[0] == "."
        or local[-1] == "."
    ):
        return None
    try:
        ascii_domain = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        return None
    if not all(_LABEL.match(label) for label in ascii_domain.split(".")):
        return None
    return f"{local}@{ascii_domain}"


def is_usable(address: str) -> bool:
    return envelope_address(address) is not None


def is_one_line(text: str) -> bool:
    """Whether a text can stand in a header: no CR, LF or other control character."""
    return text.isprintable()
