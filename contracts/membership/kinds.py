"""What kinds of organisations are called. A register says freely what a member is; the words below are known in every
language, any other is shown as it was written."""

from typing import Final

from contracts.texts import Marked
from contracts.texts import marked as _

KINDS: Final[dict[str, Marked]] = {
    str(kind): kind
    for kind in (
        _("association"),
        _("charity"),
        _("church"),
        _("city office"),
        _("company"),
        _("cooperative"),
        _("foundation"),
        _("hospital"),
        _("housing company"),
        _("municipality"),
        _("public authority"),
    )
}
