"""Dates as printed on invoices in German, English and French, and ranges of them.

`05/11/2026` is the fifth of November: day first, as everywhere in Europe, unless that is no date.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_NAMES = (
    "january januar jänner janvier jan jän janv",
    "february februar feber février fevrier feb fév févr",
    "march märz maerz mars mar mär mrz",
    "april avril apr avr",
    "may mai",
    "june juni juin jun",
    "july juli juillet jul juil",
    "august août aout aug",
    "september septembre sept sep",
    "october oktober octobre oct okt",
    "november novembre nov",
    "december dezember décembre decembre dec dez déc",
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![^\W\d_])\.?"
_DATE = re.compile(
    rf"""(?<![\d.])(?:
      (?P<y1>\d{{4}})-(?P<m1>\d\d)-(?P<d1>\d\d)
    | (?P<d2>\d{{1,2}})\.[ ]?(?P<m2>\d{{1,2}})\.[ ]?(?P<y2>\d{{4}}|\d\d)
    | (?P<d3>\d{{1,2}})/(?P<m3>\d{{1,2}})/(?P<y3>\d{{4}})
    | (?P<d4>\d{{1,2}})(?:\.|er|st|nd|rd|th)?[ ]{{0,3}}(?P<m4>{_MONTH})[ ,]{{0,3}}(?P<y4>\d{{4}})
    | (?P<m5>{_MONTH})[ ]{{0,3}}(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?[ ]{{0,3}},?[ ]{{0,3}}(?P<y5>\d{{4}})
    )(?!\d)""",
    re.VERBOSE | re.IGNORECASE,
)
_TO = r"[ ]{0,3}(?:-|–|—|−|bis(?:[ ]zum)?|to|until|through|au|jusqu['’]au)[ ]{0,3}"
_BETWEEN = re.compile(_TO, re.IGNORECASE)
_FIRST_DAY = re.compile(
    rf"(?<!\d)(?:(?P<day>\d{{1,2}})(?:\.|er|st)?(?:[ ]?(?P<number>\d{{1,2}})\.|[ ]?(?P<month>{_MONTH}))?"
    rf"|(?P<month_first>{_MONTH})[ ](?P<day_last>\d{{1,2}})){_TO}$",
    re.IGNORECASE,
)
_WHOLE_MONTH = re.compile(rf"(?P<month>{_MONTH})[ ](?P<year>\d{{4}})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date and where it stands in its text."""

    value: date
    start: int
    end: int


def _day(year: int, month: int, day: int) -> date | None:
    year += 2000 if year < 100 else 0
    try:
        return date(year, month, day) if 1990 <= year <= 2099 else None
    except ValueError:
        return None


def _month(name: str) -> int:
    """0 for what only looks like a name: to `re`, İ and ı are an i in another case."""
    return int(name) if name.isdecimal() else _MONTHS.get(name.casefold().rstrip("."), 0)


def dates(text: str) -> Iterator[PrintedDate]:
    """Every date in a text that exists in the calendar, from left to right."""
    for match in _DATE.finditer(text):
        form = next(n for n in "12345" if match[f"y{n}"])
        year, month, day = int(match[f"y{form}"]), _month(match[f"m{form}"]), int(match[f"d{form}"])
        value = _day(year, month, day)
        if value is None and form == "3":
            value = _day(year, day, month)
        if value is not None:
            yield PrintedDate(value, match.start(), match.end())


def ranges(text: str) -> Iterator[tuple[date, date]]:
    """Every range of dates; the first may leave out its month and year (`1er au 31 juillet 2026`)."""
    before: PrintedDate | None = None
    for found in dates(text):
        if before is not None and _BETWEEN.fullmatch(text[before.end : found.start]):
            if before.value <= found.value:
                yield before.value, found.value
        elif first := _FIRST_DAY.search(text[max(0, found.start - 40) : found.start]):
            name = first["month"] or first["number"] or first["month_first"]
            month = _month(name) if name else found.value.month
            start = _day(found.value.year, month, int(first["day"] or first["day_last"]))
            if start is not None and start <= found.value:
                yield start, found.value
        before = found


def whole_month(text: str) -> tuple[date, date] | None:
    """`November 2026` at the start of a text: its first and last day."""
    if (match := _WHOLE_MONTH.match(text)) is None:
        return None
    year, month = int(match["year"]), _month(match["month"])
    if (start := _day(year, month, 1)) is None:
        return None
    return start, date(year, month, calendar.monthrange(year, month)[1])
