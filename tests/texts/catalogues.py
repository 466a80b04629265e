"""The `.po` files: merged with what the sources say, written in one form, checked for gaps."""

import re
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.pofile import normalize, read_po
from msgspec import Struct

from tests.texts import python_sources, templates
from tests.texts.found import CONTEXT, Found, Text, placeholders

ROOT = Path(__file__).parents[2]
LANGUAGES = ("de", "nl", "da")
SERVICES = ("chassis", "gateway", "membership", "notifications", "portal")
_END = re.compile(r"[.:?!…]\Z")


class Entry(Struct, frozen=True):
    """What stands in a catalogue for one text."""

    forms: tuple[str, ...]
    fuzzy: bool = False


Catalogue = dict[str, Entry]


def sources(root: Path, service: str) -> Found:
    """Every text of a service; the contracts' with the chassis'."""
    found = Found()
    folders = [root / "services" / service, *([root / "contracts"] if service == "chassis" else [])]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    # The file that defines refusals makes none.
    python = [
        (path, str(path.relative_to(root))) for path in files if path.suffix == ".py" and path.name != "request.py"
    ]
    python_sources.extract(python, found)
    for path in files:
        name = str(path.relative_to(root))
        if path.suffix in templates.ENDINGS and "templates" in path.parts:
            templates.extract(path, name, found)
        if path.name == "problem_types.toml":
            _problem_types(path, name, found)
    return found


def _problem_types(path: Path, name: str, found: Found) -> None:
    for slug, kind in tomllib.loads(path.read_text("utf-8")).items():
        for part in ("title", "about"):
            if part in kind:
                found.add(Text(kind[part], note=slug), name)
            else:
                found.faults.append(f"{name}: [{slug}] has no {part} in English")


def all_sources(root: Path = ROOT) -> dict[str, Found]:
    """Service → its texts; what the chassis says too is in its catalogue only."""
    every = {service: sources(root, service) for service in SERVICES}
    for service, found in every.items():
        if service != "chassis":
            for shared in found.texts.keys() & every["chassis"].texts.keys():
                if not found.texts[shared].many:
                    del found.texts[shared]
    return every


def read(path: Path) -> Catalogue:
    """The entries of a file, by `Text.key`. Empty if there is no file."""
    if not path.is_file():
        return {}
    found: Catalogue = {}
    for message in read_po(BytesIO(path.read_bytes()), locale=path.stem):
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[0]
            forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            found[Text(source, context=message.context or "").key] = Entry(forms, message.fuzzy)
    return found


def path_of(root: Path, service: str, language: str) -> Path:
    return root / "services" / service / "locale" / f"{language}.po"


def merged(found: Found, known: Catalogue, elsewhere: Catalogue) -> Catalogue:
    """What the file shall hold: every text once, in order, what is known kept; what another catalogue knows is taken
    over."""
    result: Catalogue = {}
    for text in sorted(found.texts.values()):
        size = 2 if text.many else 1
        entry = known.get(text.key)
        if entry is None or len(entry.forms) != size or not any(entry.forms):
            other = elsewhere.get(text.key)
            entry = other if other is not None and len(other.forms) == size and all(other.forms) else entry
        result[text.key] = entry if entry is not None and len(entry.forms) == size else Entry(("",) * size)
    return result


def written(found: Found, catalogue: Catalogue, language: str) -> str:
    """A catalogue as a file: in the order of the texts, without places and dates, so that only real changes show."""
    head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    parts = [head + '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n']
    for source, entry in catalogue.items():
        lines = [f"#. {note}" for note in sorted(found.notes.get(source, ()))]
        lines += ["#, fuzzy"] if entry.fuzzy else []
        text = found.texts[source]
        lines += [f"msgctxt {normalize(text.context, width=0)}"] if text.context else []
        lines.append(f"msgid {normalize(text.id, width=0)}")
        many = text.many
        if many:
            lines.append(f"msgid_plural {normalize(many, width=0)}")
            lines += [f"msgstr[{index}] {normalize(form, width=0)}" for index, form in enumerate(entry.forms)]
        else:
            lines.append(f"msgstr {normalize(entry.forms[0], width=0)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def write(root: Path = ROOT) -> list[str]:
    """Brings all catalogues up to date. Returns what could not be read in the sources."""
    every = all_sources(root)
    for language in LANGUAGES:
        known = {service: read(path_of(root, service, language)) for service in every}
        elsewhere = {source: entry for part in known.values() for source, entry in part.items() if all(entry.forms)}
        for service, found in every.items():
            path = path_of(root, service, language)
            if found.texts:
                path.parent.mkdir(exist_ok=True)
                content = written(found, merged(found, known[service], elsewhere), language)
                if not path.exists() or path.read_text("utf-8") != content:
                    path.write_text(content, "utf-8")
            elif path.exists():
                path.unlink()
    return [fault for found in every.values() for fault in found.faults]


def check(root: Path = ROOT) -> Iterator[str]:
    """One sentence for each fault."""
    for service, found in all_sources(root).items():
        yield from found.faults
        for language in LANGUAGES:
            path = path_of(root, service, language)
            known = read(path)
            where = str(path.relative_to(root))
            for source in known.keys() - found.texts.keys():
                yield f"{where}: nobody says “{source.rpartition(CONTEXT)[2]}” any more; run `make docs`"
            for text in sorted(found.texts.values()):
                yield from (f"{where}: “{text.id}”: {fault}" for fault in _faults(text, known.get(text.key)))


def _faults(text: Text, entry: Entry | None) -> Iterator[str]:
    if entry is None:
        yield "is not in the catalogue; run `make docs` and translate it"
        return
    if entry.fuzzy:
        yield "is marked fuzzy"
    if len(entry.forms) != (2 if text.many else 1) or not all(entry.forms):
        yield "is not translated"
        return
    for source, form in zip((text.id, text.many), entry.forms, strict=False):
        try:
            names = placeholders(form)
        except ValueError:
            yield "has braces that do not match"
            continue
        allowed = {frozenset(placeholders(source))} | ({frozenset(placeholders(text.many))} if text.many else set())
        if frozenset(names) not in allowed:
            yield "has other placeholders than the English text"
        if _ended(source) != _ended(form):
            yield "does not end as the English text does"


def _ended(text: str) -> str:
    found = _END.search(text.rstrip('"“”»)'))
    return found[0] if found else ""
