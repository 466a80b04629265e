"""Charters by name (`deploy/charters/<name>.toml`) or by path."""

from pathlib import Path

import services
from services.cli.printing import Unusable
from services.membership.charter.rules import Charter, CharterErrors, load

_PLACES = (Path("deploy/charters"), Path(services.__file__).parents[1] / "deploy" / "charters")


def read(name: str) -> str:
    """The text of a charter. Raises Unusable naming the charters that there are."""
    path = _find(name)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Unusable(f"{path} is not UTF-8 (byte {problem.start + 1}). Save it as UTF-8.") from None
    except OSError as problem:
        raise Unusable(f"{path} cannot be read: {problem.strerror}.") from None


def _find(name: str) -> Path:
    if "/" in name or name.endswith(".toml") or Path(name).is_file():
        return Path(name)
    for place in _PLACES:
        if (found := place / f"{name}.toml").is_file():
            return found
    known = sorted({path.stem for place in _PLACES for path in place.glob("*.toml")})
    there = f"Known charters: {', '.join(known)}." if known else "There are none in deploy/charters."
    raise Unusable(f"There is no charter {name!r}. {there} A path to a TOML file will do as well.")


def loaded(name: str) -> Charter:
    """A charter without errors. Raises Unusable with every error's line and field."""
    text = read(name)
    try:
        return load(text)
    except CharterErrors as wrong:
        raise Unusable(f"The charter {name} has errors:\n{lines(name, wrong)}") from None


def lines(name: str, wrong: CharterErrors) -> str:
    """One line for each error, in the form that editors jump to."""
    return "\n".join(f"{name}:{error.line}: {error.field or 'charter'}: {error.sentence}" for error in wrong.errors)
