"""The charter in words, in the reader's language."""

from collections.abc import Iterator

from contracts.membership.words import EvidenceKind, Motion, Threshold
from contracts.texts import Phrase, phrase
from services.chassis import texts
from services.chassis.texts import marked as _
from services.membership.charter.rules import Admission, Ballots, Charter, Exclusion, Reminders
from services.membership.windows.counting import COUNTINGS

_texts = texts.of("services.membership")
_EVIDENCE = {
    EvidenceKind.OPENED_IN_PORTAL: _("opened in the portal"),
    EvidenceKind.CONFIRMED_BY_LINK: _("confirmed from the e-mail link"),
    EvidenceKind.ACCEPTED_BY_SERVER: _("accepted by the recipient's mail server"),
    EvidenceKind.DELIVERY_REPORT: _("delivery report"),
    EvidenceKind.LETTER: _("letter"),
    EvidenceKind.HANDED_OVER: _("handed over"),
    EvidenceKind.RECORDED_BY_OFFICE: _("recorded by the office"),
}


def sentences(charter: Charter, language: str) -> list[str]:
    """What the charter rules, sentence by sentence. Readers of a language that is not spoken here get English."""
    said = [_texts.translate(language, says.text, **says.words) for says in _sentences(charter, language)]
    return [f"{charter.name}.", *said]


def _sentences(charter: Charter, language: str) -> Iterator[Phrase]:
    yield from _time(charter)
    kinds = "; ".join(_texts.translate(language, _EVIDENCE[kind]) for kind in charter.receipt.counts)
    yield phrase("These count as receipt: {kinds}.", kinds=kinds)
    yield _motion(_("Admission"), charter.admission, language)
    copy_in = _within(charter.admission.countersign_days, language)
    yield phrase("The countersigned copy must come {within}.", within=copy_in)
    yield _motion(_("Exclusion"), charter.exclusion, language)
    if charter.exclusion.concerned_votes:
        yield phrase("The member concerned votes on its own exclusion.")
    else:
        yield phrase("The member concerned does not vote on its own exclusion and is not counted among the electors.")
    yield from _ballots(charter.ballots)
    yield _reminders(charter.reminders)


def _time(charter: Charter) -> Iterator[Phrase]:
    counting = COUNTINGS[charter.time.counting]
    yield phrase(
        "Every window runs from the member's own receipt; the day of receipt is not counted ({source}).",
        source=counting.not_counted,
    )
    yield phrase(
        "It ends with the end of its last day in the time zone {zone} ({counted}). If that is a Saturday, Sunday or"
        " holiday in {region}, it ends on the next working day ({moved}).",
        zone=charter.time.zone, counted=counting.counted, region=charter.time.region, moved=counting.moved,
    )  # fmt: skip


def _ballots(rules: Ballots) -> Iterator[Phrase]:
    if rules.change_allowed:
        yield phrase("A vote may be changed until the member's window ends.")
    else:
        yield phrase("A vote is final.")
    if rules.full_window:
        yield phrase("Every ballot runs until the last window has ended.")
    else:
        yield phrase("A ballot ends earlier when no vote can alter its outcome any more.")
    yield phrase("Votes are secret until the end.") if rules.secret else phrase("Votes are visible to all members.")
    if rules.deputy_may_override:
        yield phrase("A deputy may change the vote of the representative.")


def _reminders(rules: Reminders) -> Phrase:
    if not rules.days:
        return phrase("Reminders go out on the last day, at {clock}.", clock=rules.last_morning)
    days = [str(day) for day in rules.days]
    return phrase(
        "Reminders go out on days {days} after the receipt and on the last day, at {clock}.",
        days=days, clock=rules.last_morning,
    )  # fmt: skip


def _motion(what: str, rules: Admission | Exclusion, language: str) -> Phrase:
    within, share = _within(rules.window_days, language), _share(rules.threshold)
    if rules.motion is Motion.OBJECTION:
        return phrase(
            "{what}: objections {within}; silence is consent; rejected if {share} object.",
            what=what, within=within, share=share,
        )  # fmt: skip
    return phrase(
        "{what}: approvals {within}; silence is no; passed if {share} approve.", what=what, within=within, share=share
    )


def _share(threshold: Threshold) -> Phrase:
    if threshold.numerator == threshold.denominator:
        return phrase("all members")
    part = f"{threshold.numerator}/{threshold.denominator}"
    if threshold.reach:
        return phrase("at least {part} of the members", part=part)
    return phrase("more than {part} of the members", part=part)


def _within(days: int, language: str) -> str:
    return _texts.plural(language, "within one day", "within {n} days", days)
