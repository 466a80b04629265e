"""What the catalogues promise to readers (P2, N7): their language, and never an error because of a text."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment
from markupsafe import Markup

from contracts.request import Refused
from contracts.texts import Lines, Marked, phrase
from services.chassis import texts
from services.chassis.texts import LOCALES, Texts, marked

_END = datetime(2026, 12, 28, 22, 59, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
_CATALOGUE = """
msgid "You answer until {end}."
msgstr "Sie antworten bis {end}."

msgid "Fuzzy."
msgstr ""

#, fuzzy
msgid "Guessed."
msgstr "Geraten."

msgid "{name} is a {kind}."
msgstr "{name} ist ein {sort}."

msgid "member"
msgstr "Mitglied"

msgctxt "ballot"
msgid "Open"
msgstr "Läuft"

msgid "Open"
msgstr "Öffnen"

msgid "{n} answer"
msgid_plural "{n} answers"
msgstr[0] "{n} Antwort"
msgstr[1] "{n} Antworten"
"""


@pytest.fixture
def spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Texts:
    """A package with a German catalogue and no other."""
    package = tmp_path / "sample_of_texts"
    (package / "locale").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "locale" / "de.po").write_text(_CATALOGUE, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return Texts("sample_of_texts", "services.chassis")


def test_a_sentence_is_said_in_the_readers_language_with_its_moment_written_as_people_do(spoken: Texts) -> None:
    said = spoken.translate("de-AT", "You answer until {end}.", end=_END)
    assert said == "Sie antworten bis Montag, 28. Dezember 2026, 23:59 Uhr (MEZ)."
    said = spoken.translate("nl", "You answer until {end}.", end=_END)
    assert said == "You answer until maandag 28 december 2026, 23:59 uur (CET)."


@pytest.mark.parametrize("locale", [*LOCALES, "fr", "", "de_DE", "zz-zz"])
def test_no_language_and_no_missing_word_gives_an_error(spoken: Texts, locale: str) -> None:
    assert spoken.translate(locale, "You answer until {end}.", wrong=1) == "You answer until {end}."
    assert spoken.translate(locale, "Never heard of {this}.", this="it") == "Never heard of it."


def test_a_translation_that_wants_another_word_gives_way_to_english(spoken: Texts) -> None:
    assert (
        spoken.translate("de", "{name} is a {kind}.", name="Caritas", kind=marked("member")) == "Caritas is a member."
    )


def test_a_fuzzy_or_empty_entry_is_none(spoken: Texts) -> None:
    assert spoken.translate("de", "Guessed.") == "Guessed."
    assert spoken.translate("de", "Fuzzy.") == "Fuzzy."


@pytest.mark.parametrize(("n", "said"), [(0, "0 Antworten"), (1, "1 Antwort"), (2000, "2.000 Antworten")])
def test_a_count_takes_the_form_of_its_language(spoken: Texts, n: int, said: str) -> None:
    assert spoken.plural("de", "{n} answer", "{n} answers", n) == said


def test_parts_of_a_sentence_are_translated_with_it(spoken: Texts) -> None:
    lines = Lines([phrase("You answer until {end}.", end=_END.date()), marked("member"), "Caritas"])
    assert spoken.translate("de", "{lines}", lines=lines) == (
        "Sie antworten bis Montag, 28. Dezember 2026.\nMitglied\nCaritas"
    )
    assert spoken.translate("de", "{both}", both=["a", marked("member")]) == "a und Mitglied"


def test_one_english_word_is_said_as_what_it_is_about_wants_it(spoken: Texts) -> None:
    running, plain = marked("Open", context="ballot"), marked("Open")
    assert (running, running) == (plain, "Open")
    assert spoken.translate("de", running) == "Läuft"
    assert spoken.translate("de", "Open", context="ballot") == "Läuft"
    assert spoken.translate("de", "{words}", words=[running, plain]) == "Läuft und Öffnen"
    assert spoken.translate("nl", running) == "Open"
    assert spoken.translate("de", Marked(running)) == "Läuft"
    environment = Environment(autoescape=True)
    texts.install(environment, spoken, "de")
    assert environment.from_string('{{ _("Open", context="ballot") }}/{{ _("Open") }}').render() == "Läuft/Öffnen"


def test_a_refusal_is_said_in_the_callers_language_and_keeps_everything_else(spoken: Texts) -> None:
    refusal = Refused("window-open", "You answer until {end}.", status=409, field="/choice", words={"end": _END})
    problem = spoken.problem("de", refusal)
    assert problem.detail == "Sie antworten bis Montag, 28. Dezember 2026, 23:59 Uhr (MEZ)."
    assert (problem.slug, problem.status, problem.field) == ("window-open", 409, "/choice")


def test_templates_speak_one_language_and_escape_what_they_are_given(spoken: Texts) -> None:
    environment = Environment(autoescape=True)
    texts.install(environment, spoken, "de")
    page = environment.from_string(
        '{% macro said() %}{{ ngettext("{n} answer", "{n} answers", 2) }}{% endmacro %}'
        '{{ said() }} {{ _("You answer until {end}.", end=end) }} {{ _("{name} <b>", name=link) }} {{ left(span) }}'
    )
    assert page.render(end="<i>", link=Markup("<a>x</a>"), span=timedelta(days=3)) == (
        "2 Antworten Sie antworten bis &lt;i&gt;. <a>x</a> &lt;b&gt; in 3 Tagen"
    )


@pytest.mark.parametrize(
    ("locale", "when", "short", "clock", "number", "left"),
    [
        ("de", "Montag, 28. Dezember 2026, 23:59 Uhr (MEZ)", "Mo, 28. Dez. 2026", "08:00 Uhr", "1.234,5", "in 3 Tagen"),
        ("en", "Monday, 28 December 2026, 23:59 (CET)", "Mon 28 Dec 2026", "08:00", "1,234.5", "in 3 days"),
        ("nl", "maandag 28 december 2026, 23:59 uur (CET)", "ma 28 dec. 2026", "08:00 uur", "1.234,5", "over 3 dagen"),
        ("da", "mandag den 28. december 2026 kl. 23.59 (CET)", "man. 28. dec. 2026", "kl. 08.00", "1.234,5",
         "om 3 dage"),
    ],
)  # fmt: skip
def test_moments_days_and_numbers_are_written_as_each_language_does(
    locale: str, when: str, short: str, clock: str, number: str, left: str
) -> None:
    assert texts.when(locale, _END, "Europe/Berlin") == when
    assert texts.short_day(locale, date(2026, 12, 28)) == short
    assert texts.clock(locale, time(8)) == clock
    assert texts.number(locale, 1234.5) == number
    assert texts.left(locale, timedelta(days=3, hours=23)) == left


def test_a_remaining_time_never_promises_more_than_there_is() -> None:
    assert texts.left("en", timedelta(days=1, hours=23)) == "in 47 hours"
    assert texts.left("en", timedelta(minutes=119)) == "in 119 minutes"
    assert texts.left("en", -timedelta(days=2)) == "2 days ago"
