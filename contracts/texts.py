"""Marks texts for the catalogues where nothing but contracts may be imported; `services.chassis.texts` says them."""


class Marked(str):
    """A sentence, or a word, that has its own entry in the catalogues. Among the words of another sentence it is
    translated too."""

    __slots__ = ()


def marked(message: str) -> Marked:
    """Marks a text for the catalogues: `from contracts.texts import marked as _`."""
    return Marked(message)
