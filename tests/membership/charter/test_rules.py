"""The charter as text: what is right, and what is refused with line, field and sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.membership.words import EvidenceKind, Motion, Threshold
from services.membership.charter.explain import sentences
from services.membership.charter.rules import CharterError, CharterErrors, load

CHARTERS = Path(__file__).parents[3] / "deploy" / "charters"
BIELEFELD = (CHARTERS / "bielefeld.toml").read_text()


def errors(text: str) -> list[CharterError]:
    with pytest.raises(CharterErrors) as wrong:
        load(text)
    return wrong.value.errors


def changed(old: str, new: str) -> str:
    assert BIELEFELD.count(old) >= 1, old
    return BIELEFELD.replace(old, new, 1)


def line_of(text: str, start: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def test_the_rules_of_bielefeld_are_as_the_agreement_says() -> None:
    found = load(BIELEFELD)
    assert (found.time.zone, found.time.region, found.time.counting) == ("Europe/Berlin", "DE-NW", "bgb")
    assert found.admission.motion is Motion.OBJECTION
    assert found.admission.threshold == Threshold(numerator=1, denominator=2)
    assert found.exclusion.motion is Motion.APPROVAL
    assert found.exclusion.threshold == Threshold(numerator=3, denominator=4)
    assert (found.admission.window_days, found.exclusion.window_days) == (14, 14)
    assert not found.exclusion.concerned_votes
    assert EvidenceKind.ACCEPTED_BY_SERVER not in found.receipt.counts
    assert found.reminders.days == (3, 7, 12)


@pytest.mark.parametrize("path", sorted(CHARTERS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_charter_that_is_delivered_is_right(path: Path) -> None:
    assert load(path.read_text()).name


@pytest.mark.parametrize(
    ("old", "new", "field", "slug"),
    [
        ("window_days = 14", "window_days = 0", "admission.window_days", "number-out-of-range"),
        ("window_days = 14", 'window_days = "14"', "admission.window_days", "number-expected"),
        ("window_days = 14", "window_days = true", "admission.window_days", "number-expected"),
        ('threshold = "1/2"', "threshold = 0.5", "admission.threshold", "fraction-expected"),
        ('threshold = "1/2"', 'threshold = "50 %"', "admission.threshold", "fraction-expected"),
        ('threshold = "1/2"', 'threshold = "1/0"', "admission.threshold", "fraction-expected"),
        ('threshold = "1/2"', 'threshold = "٣/4"', "admission.threshold", "fraction-expected"),
        ('threshold = "1/2"', 'threshold = "5/4"', "admission.threshold", "fraction-above-one"),
        ('threshold = "1/2"', 'threshold = "1/1"', "admission.threshold", "threshold-out-of-reach"),
        ('threshold = "1/2"', 'threshold = "0/1"\nreach = true', "admission.threshold", "threshold-always-met"),
        ('motion = "objection"', 'motion = "acclamation"', "admission.motion", "value-unknown"),
        ('zone = "Europe/Berlin"', 'zone = "Europe/Bielefeld"', "time.zone", "value-unknown"),
        ('region = "DE-NW"', 'region = "DE-XX"', "time.region", "value-unknown"),
        ('counting = "bgb"', 'counting = "zpo"', "time.counting", "value-unknown"),
        ('counting = "bgb"', 'counting = "atw"', "time.counting", "contradiction"),
        ("days = [3, 7, 12]", "days = [3, 7, 15]", "reminders.days", "reminder-after-end"),
        ("days = [3, 7, 12]", "days = [3, 0]", "reminders.days", "number-out-of-range"),
        ("days = [3, 7, 12]", "days = [3, 3]", "reminders.days", "entry-twice"),
        ("days = [3, 7, 12]", "days = 3", "reminders.days", "list-expected"),
        ("reminder_days = [14, 30, 60, 83]", "reminder_days = [91]", "admission.reminder_days", "reminder-after-end"),
        ('last_morning = "08:00"', 'last_morning = "25:00"', "reminders.last_morning", "time-expected"),
        ('last_morning = "08:00"', 'last_morning = "8"', "reminders.last_morning", "time-expected"),
        ('languages = ["de", "en"]', 'languages = ["de", "tlh"]', "languages", "value-unknown"),
        ('languages = ["de", "en"]', "languages = []", "languages", "list-empty"),
        ("change_allowed = true", 'change_allowed = "yes"', "ballots.change_allowed", "yes-or-no-expected"),
        ("deputy_may_override = false", "deputy_may_overide = false", "ballots.deputy_may_overide", "field-unknown"),
        ("concerned_votes = false", "concerned_vote = false", "exclusion.concerned_vote", "field-unknown"),
        ('name = "', 'name = "\\u0000', "name", "text-unusable"),
    ],
)
def test_each_error_names_its_line_its_field_and_what_to_do(old: str, new: str, field: str, slug: str) -> None:
    text = changed(old, new)
    found = errors(text)
    assert [(error.field, error.slug) for error in found] == [(field, slug)]
    assert found[0].line == line_of(text, new.split("\n")[0][:20])
    assert len(found[0].sentence) > 20


def test_a_misspelt_field_is_told_the_nearest_one() -> None:
    (error,) = errors(changed("deputy_may_override = false", "deputy_may_overide = false"))
    assert error.sentence.endswith("Did you mean “ballots.deputy_may_override”?")


def test_a_missing_field_is_placed_at_its_section() -> None:
    text = changed('region = "DE-NW"', "")
    assert [(error.line, error.field, error.slug) for error in errors(text)] == [
        (line_of(text, "[time]"), "time.region", "field-missing")
    ]


def test_a_deputy_cannot_override_what_nobody_may_change() -> None:
    text = changed("change_allowed = true", "change_allowed = false")
    (error,) = errors(text.replace("deputy_may_override = false", "deputy_may_override = true"))
    assert (error.field, error.slug) == ("ballots.deputy_may_override", "contradiction")


def test_evidence_must_count_and_be_known() -> None:
    start = BIELEFELD.index("counts = ")
    text = BIELEFELD[:start] + "counts = []" + BIELEFELD[BIELEFELD.index("\n", start) :]
    assert [error.slug for error in errors(text)] == ["list-empty"]
    text = text.replace("counts = []", 'counts = ["hearsay"]')
    assert [(error.field, error.slug) for error in errors(text)] == [("receipt.counts", "value-unknown")]


def test_all_errors_are_found_in_one_reading_in_the_order_of_their_lines() -> None:
    text = changed("window_days = 14", "window_days = 0").replace("[ballots]", "[balots]")
    text = text.replace('zone = "Europe/Berlin"', "zone = 1").replace("[reminders]\n", "[reminders]\nwhen = 1\n")
    found = [(error.field, error.slug) for error in errors(text)]
    assert found == [
        ("ballots", "section-missing"),
        ("time.zone", "value-unknown"),
        ("admission.window_days", "number-out-of-range"),
        ("balots", "field-unknown"),
        ("reminders.when", "field-unknown"),
    ]


@pytest.mark.parametrize(
    ("text", "slug", "line"),
    [
        ("name = 'a'\nname = 'b'\n", "field-twice", 2),
        ("[time]\nzone = 'x'\n[time]\n", "field-twice", 3),
        ("name = \n", "toml-malformed", 1),
        ("name = 'a'\n[time\n", "toml-malformed", 2),
        ("a = " + "[" * 5000, "toml-malformed", 1),
        ("a = " + "9" * 5000, "toml-malformed", 1),
        ("#" * 100_001, "charter-too-long", 1),
        ("name = 'a\x00'", "toml-malformed", 1),
    ],
)
def test_what_is_no_toml_is_refused_with_the_line(text: str, slug: str, line: int) -> None:
    assert [(error.slug, error.line) for error in errors(text)] == [(slug, line)]


def test_an_empty_text_is_told_every_section_that_is_missing() -> None:
    assert [error.field for error in errors("")] == [
        "admission", "ballots", "exclusion", "languages", "name", "receipt", "reminders", "time",
    ]  # fmt: skip


def test_a_value_where_a_section_belongs_is_refused() -> None:
    text = BIELEFELD.replace("[reminders]", "[other]")
    found = errors("reminders = 3\n" + text)
    assert ("reminders", "section-expected") in [(error.field, error.slug) for error in found]


def test_t2_something_that_the_office_can_record_counts_as_receipt() -> None:
    """Otherwise a member whom no message reaches keeps every ballot open for ever."""
    start = BIELEFELD.index("counts = ")
    end = BIELEFELD.index("\n", start)
    machine = BIELEFELD[:start] + 'counts = ["confirmed-by-link", "delivery-report"]' + BIELEFELD[end:]
    assert [(error.field, error.slug) for error in errors(machine)] == [("receipt.counts", "contradiction")]
    load(machine.replace('"delivery-report"', '"handed-over"'))


@given(st.text(alphabet=st.sampled_from("abt[]=\"'\n.#,{}109-T: ümin\\"), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert errors(text)


@given(st.integers(0, len(BIELEFELD)), st.integers(0, 40), st.text(max_size=5))
def test_no_slip_of_the_hand_breaks_the_reader(start: int, length: int, typed: str) -> None:
    try:
        load(BIELEFELD[:start] + typed + BIELEFELD[start + length :])
    except CharterErrors as wrong:
        usable = [error for error in wrong.errors if error.line >= 1 and error.sentence]
    else:
        return
    assert usable


def test_the_charter_in_words_states_thresholds_windows_and_the_meaning_of_silence() -> None:
    german = " ".join(sentences(load(BIELEFELD), "de"))
    assert "Widerspruchsverfahren binnen 14 Tagen; Schweigen ist Zustimmung; abgelehnt, wenn mehr als 1/2" in german
    assert "Zustimmungsverfahren binnen 14 Tagen; Schweigen ist Ablehnung; angenommen, wenn mehr als 3/4" in german
    english = " ".join(sentences(load((CHARTERS / "skanderborg.toml").read_text()), "en"))
    assert "passed if all members approve" in english
    assert "forældelsesloven § 27 (2)" in english
