"""What an operator must say (imprint, privacy, accessibility): from a folder of theirs, as HTML without a frame.

`privacy.de.html`, or `privacy.html` for all languages. The policy of our pages holds for them too: no scripts, no
styles.
"""

from pathlib import Path

from markupsafe import Markup

NAMES = ("imprint", "privacy", "accessibility")


class OperatorPages:
    def __init__(self, folder: Path | None) -> None:
        self._found: dict[str, Markup] = {}
        for file in sorted(folder.glob("*.html")) if folder else ():
            self._found[file.stem] = Markup(file.read_text("utf-8"))  # noqa: S704 - the operator's own words

    def find(self, name: str, locale: str) -> Markup | None:
        """None: the operator has not written it yet."""
        return self._found.get(f"{name}.{locale}") or self._found.get(name)
