"""Words of an explained deadline (T6) in the languages of the networks. Other languages read English."""

from datetime import date, datetime

_WEEKDAYS = {
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = {
    "de": ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_ZONES = {"de": {"CET": "MEZ", "CEST": "MESZ", "UTC": "UTC"}, "en": {}}

_TEXTS = {
    "de": {
        "received": "Zugang am {day}, {clock} Uhr {zone}",
        "not-counted": "der Tag des Zugangs ({day}) zählt nicht mit",
        "counted": "der {count}. Tag ist {day}",
        "counted-on": "verlängert bis zum {working}. Werktag der Frist: {day}",
        "holiday": "{day} ist ein Feiertag ({name})",
        "weekend-holiday": "{day} ist {weekend} und ein Feiertag ({name})",
        "weekend": "{day} ist {weekend}",
        "ends": "die Frist endet am {day}, 23:59 Uhr {zone} (mit Ablauf des Tages)",
    },
    "en": {
        "received": "received {day}, {clock} {zone}",
        "not-counted": "the day of receipt ({day}) is not counted",
        "counted": "day {count} is {day}",
        "counted-on": "prolonged to working day {working} of the window: {day}",
        "holiday": "{day} is a public holiday ({name})",
        "weekend-holiday": "{day} is a {weekend} and a public holiday ({name})",
        "weekend": "{day} is a {weekend}",
        "ends": "the window ends {day}, 23:59 {zone} (with the end of that day)",
    },
}
_WEEKEND = {"de": {5: "ein Samstag", 6: "ein Sonntag"}, "en": {5: "Saturday", 6: "Sunday"}}


def spoken(language: str) -> str:
    """The language that is spoken to a reader of `language` (also `de-DE`)."""
    short = language.lower().partition("-")[0]
    return short if short in _TEXTS else "en"


def day_in_words(day: date, language: str) -> str:
    """`Fr, 25. Dez. 2026` or `Fri 25 Dec 2026`."""
    speech = spoken(language)
    weekday, month = _WEEKDAYS[speech][day.weekday()], _MONTHS[speech][day.month - 1]
    if speech == "de":
        return f"{weekday}, {day.day}. {month} {day.year}"
    return f"{weekday} {day.day} {month} {day.year}"


def zone_in_words(moment: datetime, language: str) -> str:
    """The name that people of that language give to the moment's zone, `MEZ` for CET."""
    name = moment.tzname() or ""
    return _ZONES[spoken(language)].get(name, name)


def weekend_in_words(day: date, language: str) -> str:
    """For a Saturday or Sunday only."""
    return _WEEKEND[spoken(language)][day.weekday()]


def sentence(kind: str, language: str, **words: object) -> str:
    """One step of an explanation."""
    return _TEXTS[spoken(language)][kind].format(**words)
