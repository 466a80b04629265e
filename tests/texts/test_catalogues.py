"""`python -m tests.texts --check` sees each kind of gap (item 4: a missing text fails `make check`)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.texts import catalogues

Put = Callable[[str, str], None]

_SERVICE = """
from contracts.request import Refused
from services.chassis.texts import marked as _


def refused(detail: str, **words: object) -> Refused:
    return Refused("not-here", detail, words=words)


def say(texts, locale, n):
    detail = "The window ended {day}."
    raise Refused("window-closed", detail, words={"day": 1})


def ask():
    raise refused("Give " "{most} at most.", most=3)


def count(texts):
    return _("Member"), texts.plural("de", "{n} day", "{n} days", 2)
"""
_PAGE = '{{ _("Sign in, {name}", name=name) }} {{ ngettext("{n} vote", "{n} votes", n) }}'
_TEXTS = {"The window ended {day}.", "Give {most} at most.", "Member", "{n} day", "Sign in, {name}", "{n} vote"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for service in catalogues.SERVICES:
        (tmp_path / "services" / service).mkdir(parents=True)
    (tmp_path / "contracts").mkdir()
    return tmp_path


@pytest.fixture
def put(tree: Path) -> Put:
    def write(name: str, content: str) -> None:
        path = tree / "services" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")

    return write


def translated(tree: Path, service: str = "portal") -> None:
    """Fills every gap with the English text."""
    catalogues.write(tree)
    found = catalogues.all_sources(tree)[service]
    for language in catalogues.LANGUAGES:
        path = catalogues.path_of(tree, service, language)
        full = {
            text.key: catalogues.Entry((text.id, text.many) if text.many else (text.id,))
            for text in sorted(found.texts.values())
        }
        path.write_text(catalogues.written(found, full, language), "utf-8")


def test_texts_are_found_in_refusals_marks_plurals_and_templates(tree: Path, put: Put) -> None:
    put("portal/words.py", _SERVICE)
    put("portal/templates/page.html", _PAGE)
    found = catalogues.sources(tree, "portal")
    assert set(found.texts) == _TEXTS
    assert found.faults == []
    assert found.notes["The window ended {day}."] == {"window-closed"}


def test_a_text_without_translation_is_named_until_it_has_one(tree: Path, put: Put) -> None:
    put("portal/words.py", _SERVICE)
    catalogues.write(tree)
    assert sum("is not translated" in fault for fault in catalogues.check(tree)) == 3 * 4
    translated(tree)
    assert list(catalogues.check(tree)) == []
    put("portal/more.py", 'from contracts.texts import marked as _\n\nNEW = _("New.")\n')
    assert [fault for fault in catalogues.check(tree) if "“New.”: is not in the catalogue" in fault]


def test_what_nobody_says_any_more_leaves_the_catalogue_and_what_stays_keeps_its_words(tree: Path, put: Put) -> None:
    put("portal/words.py", _SERVICE)
    put("portal/templates/page.html", _PAGE)
    translated(tree)
    put("portal/templates/page.html", "")
    assert any("nobody says “Sign in, {name}” any more" in fault for fault in catalogues.check(tree))
    catalogues.write(tree)
    assert list(catalogues.check(tree)) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('msgstr "The window ended {day}."', 'msgstr "Die Frist endete."', "has other placeholders"),
        ('msgstr "The window ended {day}."', 'msgstr "Ende {day}"', "does not end as the English text does"),
        ('msgstr "The window ended {day}."', 'msgstr "Die Frist endete {day."', "has braces that do not match"),
        ('msgid "Member"', '#, fuzzy\nmsgid "Member"', "is marked fuzzy"),
        ('msgstr[1] "{n} days"', 'msgstr[1] ""', "is not translated"),
    ],
)  # fmt: skip
def test_a_translation_that_does_not_fit_is_named(tree: Path, put: Put, before: str, after: str, fault: str) -> None:
    put("portal/words.py", _SERVICE)
    translated(tree)
    path = catalogues.path_of(tree, "portal", "da")
    content = path.read_text("utf-8")
    assert before in content
    path.write_text(content.replace(before, after), "utf-8")
    assert [found for found in catalogues.check(tree) if fault in found and "da.po" in found]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('raise Refused("a-b", f"No {x}.")', "an f-string cannot be translated"),
        ('raise Refused("a-b", "No {x}.")', "no word is given for {x}"),
        ('raise Refused("a-b", "No {x}.", words={"y": 1})', "no word is given for {x}"),
        ('raise Refused("a-b", "No " + x)', "this detail cannot be read"),
        ('raise Refused("a-b", unknown)', "it cannot be seen what unknown says"),
        ('Problem(slug="a-b", detail=f"No {x}.")', "an f-string cannot be translated"),
        ("_(x)", "only a literal text can be marked"),
        ('_("Open", context=x)', "a context is a literal text"),
        ('phrase("No {x}.", y=1)', "no word is given for {x}"),
        ('_("No {x.y}.")', "is no plain name"),
    ],
)
def test_a_text_that_cannot_be_translated_is_a_fault(tree: Path, put: Put, line: str, fault: str) -> None:
    put("membership/broken.py", f"def broken(x):\n    {line}\n")
    assert any(fault in found for found in catalogues.check(tree))


def test_a_template_without_the_word_that_its_text_wants_is_a_fault(tree: Path, put: Put) -> None:
    put("portal/templates/page.html", '{{ _("Sign in, {name}") }}')
    assert any("no word is given for {name}" in fault for fault in catalogues.check(tree))


def test_one_word_with_two_meanings_has_two_entries(tree: Path, put: Put) -> None:
    put("portal/words.py", 'from contracts.texts import marked as _\n\nSTATE = _("Open", context="ballot")\n')
    put("portal/templates/page.html", '{{ _("Open") }}{{ _("Open", context="ballot") }}')
    translated(tree)
    path = catalogues.path_of(tree, "portal", "de")
    content = path.read_text("utf-8")
    assert content.count('msgid "Open"') == 2
    assert 'msgctxt "ballot"\nmsgid "Open"\n' in content
    assert list(catalogues.check(tree)) == []
    path.write_text(content.replace('msgctxt "ballot"', 'msgctxt "door"'), "utf-8")
    assert sorted(fault.rpartition(": ")[2] for fault in catalogues.check(tree)) == [
        "is not in the catalogue; run `make docs` and translate it", "nobody says “Open” any more; run `make docs`",
    ]  # fmt: skip


def test_a_service_takes_over_what_another_has_translated_and_leaves_the_chassis_its_own(tree: Path, put: Put) -> None:
    say = 'from contracts.texts import marked as _\n\nA = _("{text}")\n'
    put("chassis/words.py", say.format(text="Sign in first."))
    put("portal/words.py", say.format(text="Sign in first.") + 'B = _("Member")\n')
    put("membership/words.py", say.format(text="Member"))
    translated(tree)
    catalogues.write(tree)
    assert set(catalogues.all_sources(tree)["portal"].texts) == {"Member"}
    assert catalogues.read(catalogues.path_of(tree, "membership", "nl"))["Member"].forms == ("Member",)
