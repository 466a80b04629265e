"""Who says the steps of an explained deadline (T6), in the languages of the networks."""

from services.chassis import texts
from services.membership.windows.rules import Say

_texts = texts.of("services.membership")


def speaker(language: str) -> Say:
    """Speaks to a reader of `language` (also `de-DE`)."""
    return lambda says: _texts.translate(language, says.text, **says.words)
