"""A second implementation of the windows, for promise 8. It imports nothing of ours and no calendar library.

Everything is done differently on purpose: days are numbers since 1970, Easter comes from the ecclesiastical full moon,
summer time from the rule of Directive 2000/84/EC, and the holidays from tables copied by hand out of the statutes.

Sources: BGB §§ 187 (1), 188 (1), 193; Algemene termijnenwet (Atw) art. 1 to 4 and the royal decrees under art. 3 (3);
forældelsesloven § 27 (2) with the folk church's holidays; the sixteen Länder's acts on Sundays and holidays.
"""

from functools import cache

DAY = 86_400


def number(year: int, month: int, day: int) -> int:
    """Days since 1 January 1970 (civil calendar)."""
    shifted = year - (month <= 2)
    era_year = shifted % 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (shifted // 400) * 146_097 + era_year * 365 + era_year // 4 - era_year // 100 + day_of_year - 719_468


def civil(days: int) -> tuple[int, int, int]:
    """The reverse of `number`, by search from the first of January."""
    year = 1970 + days // 366
    while number(year + 1, 1, 1) <= days:
        year += 1
    month = max(month for month in range(1, 13) if number(year, month, 1) <= days)
    return year, month, days - number(year, month, 1) + 1


def weekday(days: int) -> int:
    """Monday 1 to Sunday 7: 1 January 1970 was a Thursday."""
    return (days + 3) % 7 + 1


def easter(year: int) -> int:
    """The Sunday after the ecclesiastical full moon, from epact and golden number (Lilius and Clavius)."""
    golden, century = year % 19 + 1, year // 100 + 1
    epact = (11 * golden + 20 + (8 * century + 5) // 25 - 5 - (3 * century // 4 - 12)) % 30
    if epact == 24 or (epact == 25 and golden > 11):
        epact += 1
    moon = number(year, 3, 1) + (44 - epact if epact <= 23 else 74 - epact) - 1
    return moon + 7 - weekday(moon) % 7


ALL_LAENDER = ("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH")
"""Every Land names these: 1 January, Good Friday, Easter Monday, 1 May, Ascension, Whit Monday, 25 and 26 December.
3 October: Einigungsvertrag art. 2 (2)."""

FIXED = {
    (1, 6): "BW BY ST",  # FTG BW § 1, BayFTG art. 1 (1) 1, FeiertG LSA § 2
    (11, 1): "BW BY NW RP SL",  # Allerheiligen
    (10, 31): "BB MV SN ST TH HB HH NI SH",  # Reformation; the last four since 2018
}
CORPUS_CHRISTI = "BW BY HE NW RP SL"
"""Elsewhere only in single communities (Sorbian and Catholic ones in SN, Eichsfeld in TH): not of the Land."""


def _german(land: str, year: int) -> set[int]:
    sunday = easter(year)
    free = {number(year, *day) for day in ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))}
    free |= {sunday - 2, sunday + 1, sunday + 39, sunday + 50}
    free |= {number(year, *day) for day, laender in FIXED.items() if land in laender.split()}
    if land in CORPUS_CHRISTI.split():
        free.add(sunday + 60)
    return free | _of_one_land(land, year, sunday)


def _of_one_land(land: str, year: int, sunday: int) -> set[int]:
    if land == "BE":  # Berlin: 8 March since 2019; three single days
        single = {2020: (5, 8), 2025: (5, 8), 2028: (6, 17)}
        return {number(year, 3, 8)} | ({number(year, *single[year])} if year in single else set())
    if land == "MV" and year >= 2023:
        return {number(year, 3, 8)}
    if land == "TH":  # Weltkindertag since 2019
        return {number(year, 9, 20)}
    if land == "SL":  # Mariä Himmelfahrt; in Bavaria only where more Catholics than Protestants live (art. 1 (1) 2)
        return {number(year, 8, 15)}
    if land == "BB":  # Easter Sunday and Whit Sunday by name (FTG § 2 (1) 3 and 7)
        return {sunday, sunday + 49}
    if land == "SN":  # Buß- und Bettag: the Wednesday before 23 November
        return {next(day for day in range(number(year, 11, 22), 0, -1) if weekday(day) == 3)}
    return set()


EQUATED = """
    2020-05-22 2021-05-14 2022-05-27
    2023-04-28 2023-05-19 2024-05-10 2024-12-27 2025-05-30
    2026-01-02 2026-05-15 2027-05-07 2028-04-28 2028-05-26
"""
"""Royal decrees under art. 3 (3) Atw, each for three years. None exists yet for 2029 and later."""


def _dutch(year: int) -> set[int]:
    sunday = easter(year)
    king = number(year, 4, 27)
    king -= weekday(king) == 7  # decree of 30 January 2013: on the 26th where the 27th is a Sunday
    free = {number(year, *day) for day in ((1, 1), (5, 5), (12, 25), (12, 26))}
    equated = {number(*map(int, day.split("-"))) for day in EQUATED.split() if int(day[:4]) == year}
    return free | {king, sunday - 2, sunday + 1, sunday + 39, sunday + 50} | equated


def _danish(year: int) -> set[int]:
    sunday = easter(year)
    free = {number(year, *day) for day in ((1, 1), (6, 5), (12, 24), (12, 25), (12, 26), (12, 31))}
    free |= {sunday - 3, sunday - 2, sunday, sunday + 1, sunday + 39, sunday + 49, sunday + 50}
    if year <= 2023:  # lov nr. 214 af 6. marts 2023
        free.add(sunday + 26)
    return free


@cache
def free_days(region: str, year: int) -> frozenset[int]:
    """Holidays of `DE-NW`, …, `NL`, `DK` as day numbers. Weekends are not in it."""
    if region == "NL":
        return frozenset(_dutch(year))
    if region == "DK":
        return frozenset(_danish(year))
    return frozenset(_german(region.removeprefix("DE-"), year))


def is_free(region: str, day: int) -> bool:
    return weekday(day) >= 6 or day in free_days(region, civil(day)[0])


def last_day(region: str, received: int, length: int) -> int:
    """Last day of a window of `length` days after the day of receipt."""
    last = received + length
    if region == "NL":
        return _dutch_last_day(received, length)
    while is_free(region, last):
        last += 1
    return last


def _dutch_last_day(received: int, length: int) -> int:
    last = received + length
    if length > 90:  # art. 4 a: longer terms are not prolonged
        return last
    working = sum(not is_free("NL", day) for day in range(received + 1, last + 1))
    wanted = 2 if length >= 3 else 0  # art. 2
    while is_free("NL", last) or working < wanted:
        last += 1
        working += not is_free("NL", last)
    return last


@cache
def summer(year: int) -> tuple[int, int]:
    """Seconds (UTC) at which summer time starts and ends: last Sundays of March and October, 01:00 UTC."""
    starts, ends = number(year, 3, 31), number(year, 10, 31)
    return (starts - weekday(starts) % 7) * DAY + 3600, (ends - weekday(ends) % 7) * DAY + 3600


def offset(instant: int) -> int:
    """Seconds that clocks in Berlin, Amsterdam and Copenhagen are ahead of UTC (2000 to 2040)."""
    starts, ends = summer(civil(instant // DAY)[0])
    return 7200 if starts <= instant < ends else 3600


def midnight(day: int) -> int:
    """The instant (UTC) at which a local day begins. Clocks change hours later, so one of both offsets fits."""
    return next(day * DAY - ahead for ahead in (3600, 7200) if offset(day * DAY - ahead) == ahead)


def window_ends(region: str, received_at: int, length: int) -> tuple[int, int]:
    """(last day, first instant after the window) for a receipt at `received_at`, all in UTC numbers."""
    received = (received_at + offset(received_at)) // DAY
    last = last_day(region, received, length)
    return last, midnight(last + 1)
