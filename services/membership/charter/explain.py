"""The charter in words, in German and English. Pure. Readers of other languages get English."""

from contracts.membership.words import EvidenceKind, Motion, Threshold
from services.membership.charter.rules import Admission, Charter, Exclusion
from services.membership.windows.counting import COUNTINGS
from services.membership.windows.words import spoken

_EVIDENCE = {
    EvidenceKind.OPENED_IN_PORTAL: ("im Portal geöffnet", "opened in the portal"),
    EvidenceKind.CONFIRMED_BY_LINK: ("über den Link in der E-Mail bestätigt", "confirmed from the e-mail link"),
    EvidenceKind.ACCEPTED_BY_SERVER: ("vom Mailserver angenommen", "accepted by the recipient's mail server"),
    EvidenceKind.DELIVERY_REPORT: ("Zustellbericht", "delivery report"),
    EvidenceKind.LETTER: ("Brief", "letter"),
    EvidenceKind.HANDED_OVER: ("persönlich übergeben", "handed over"),
    EvidenceKind.RECORDED_BY_OFFICE: ("von der Geschäftsstelle festgehalten", "recorded by the office"),
}


def sentences(charter: Charter, language: str) -> list[str]:
    """What the charter rules, sentence by sentence."""
    return _german(charter) if spoken(language) == "de" else _english(charter)


def _german(charter: Charter) -> list[str]:
    counting = COUNTINGS[charter.time.counting]
    kinds = "; ".join(_EVIDENCE[kind][0] for kind in charter.receipt.counts)
    found = [
        f"{charter.name}.",
        f"Jede Frist läuft ab dem eigenen Zugang des Mitglieds; der Tag des Zugangs zählt nicht mit "
        f"({counting.not_counted}).",
        f"Sie endet mit Ablauf ihres letzten Tages in der Zeitzone {charter.time.zone} ({counting.counted}). Fällt er "
        f"auf Samstag, Sonntag oder einen Feiertag in {charter.time.region}, endet sie am nächsten Werktag "
        f"({counting.moved}).",
        f"Als Zugang zählt: {kinds}.",
        _motion_de("Aufnahme", charter.admission),
        f"Die Gegenzeichnung muss binnen {_days_de(charter.admission.countersign_days)} eingehen.",
        _motion_de("Ausschluss", charter.exclusion),
        f"Das betroffene Mitglied stimmt {'mit' if charter.exclusion.concerned_votes else 'nicht mit'} ab"
        f"{'.' if charter.exclusion.concerned_votes else ' und zählt nicht zu den Stimmberechtigten.'}",
    ]
    rules = charter.ballots
    found += [
        "Eine Stimme kann bis zum Ende der eigenen Frist geändert werden."
        if rules.change_allowed
        else "Eine abgegebene Stimme ist endgültig.",
        "Jedes Verfahren läuft bis zum Ende der letzten Frist."
        if rules.full_window
        else "Ein Verfahren endet früher, wenn keine Stimme das Ergebnis mehr ändern kann.",
        "Die Stimmen sind bis zum Ende geheim." if rules.secret else "Die Stimmen sind für alle Mitglieder sichtbar.",
    ]
    if rules.deputy_may_override:
        found.append("Die Stellvertretung darf eine Stimme der Vertretung ändern.")
    at = f"{charter.reminders.last_morning:%H:%M}"
    days = ", ".join(f"{day}." for day in charter.reminders.days)
    found.append(
        f"Erinnert wird{f' am {days} Tag nach dem Zugang und' if days else ''} am letzten Tag, je um {at} Uhr."
    )
    return found


def _english(charter: Charter) -> list[str]:
    counting = COUNTINGS[charter.time.counting]
    kinds = "; ".join(_EVIDENCE[kind][1] for kind in charter.receipt.counts)
    found = [
        f"{charter.name}.",
        f"Every window runs from the member's own receipt; the day of receipt is not counted ({counting.not_counted}).",
        f"It ends with the end of its last day in the time zone {charter.time.zone} ({counting.counted}). If that is a "
        f"Saturday, Sunday or holiday in {charter.time.region}, it ends on the next working day ({counting.moved}).",
        f"These count as receipt: {kinds}.",
        _motion_en("Admission", charter.admission),
        f"The countersigned copy must come within {_days_en(charter.admission.countersign_days)}.",
        _motion_en("Exclusion", charter.exclusion),
        "The member concerned votes on its own exclusion."
        if charter.exclusion.concerned_votes
        else "The member concerned does not vote on its own exclusion and is not counted among the electors.",
    ]
    rules = charter.ballots
    found += [
        "A vote may be changed until the member's window ends." if rules.change_allowed else "A vote is final.",
        "Every ballot runs until the last window has ended."
        if rules.full_window
        else "A ballot ends earlier when no vote can alter its outcome any more.",
        "Votes are secret until the end." if rules.secret else "Votes are visible to all members.",
    ]
    if rules.deputy_may_override:
        found.append("A deputy may change the vote of the representative.")
    at = f"{charter.reminders.last_morning:%H:%M}"
    days = ", ".join(str(day) for day in charter.reminders.days)
    found.append(
        f"Reminders go out{f' on days {days} after the receipt and' if days else ''} on the last day, at {at}."
    )
    return found


def _motion_de(what: str, rules: Admission | Exclusion) -> str:
    window = f"binnen {_days_de(rules.window_days)}"
    share = _share_de(rules.threshold)
    if rules.motion is Motion.OBJECTION:
        return (
            f"{what}: Widerspruchsverfahren {window}; Schweigen ist Zustimmung; abgelehnt, wenn {share} widersprechen."
        )
    return f"{what}: Abstimmung {window}; Schweigen ist Ablehnung; angenommen, wenn {share} zustimmen."


def _motion_en(what: str, rules: Admission | Exclusion) -> str:
    window = f"within {_days_en(rules.window_days)}"
    share = _share_en(rules.threshold)
    if rules.motion is Motion.OBJECTION:
        return f"{what}: objections {window}; silence is consent; rejected if {share} object."
    return f"{what}: approvals {window}; silence is no; passed if {share} approve."


def _share_de(threshold: Threshold) -> str:
    if threshold.numerator == threshold.denominator:
        return "alle Mitglieder"
    part = f"{threshold.numerator}/{threshold.denominator} der Mitglieder"
    return f"mindestens {part}" if threshold.reach else f"mehr als {part}"


def _share_en(threshold: Threshold) -> str:
    if threshold.numerator == threshold.denominator:
        return "all members"
    part = f"{threshold.numerator}/{threshold.denominator} of the members"
    return f"at least {part}" if threshold.reach else f"more than {part}"


def _days_de(count: int) -> str:
    return "eines Tages" if count == 1 else f"{count} Tagen"


def _days_en(count: int) -> str:
    return "one day" if count == 1 else f"{count} days"
