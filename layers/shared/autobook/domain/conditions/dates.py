"""Dates, date-times and the special dates of the filter language, seen from one time zone."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

EARLIEST, LATEST = 1900, 2199
"""Years a condition may name; keeps every conversion between zones inside the calendar."""
MAX_DAYS = 36_500
"""Largest offset of `today±Nd`."""
NO_CLOCK = datetime.min.replace(tzinfo=UTC)
"""Stands for `now` where a value cannot depend on it."""
SPECIAL_WORDS = ("now", "today", "sow", "eow", "som", "eom")

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_SPECIAL = re.compile(r"(today)([+-]\d{1,9})d|(now|today|sow|eow|som|eom)", re.IGNORECASE | re.ASCII)
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SpecialDate:
    """A date that depends on the clock: `now`, `today` with an offset in days, start or end of week or month.

    Weeks start on Monday.
    """

    word: str
    days: int = 0

    def __str__(self) -> str:
        return f"{self.word}{self.days:+d}d" if self.days else self.word


class Span(NamedTuple):
    """The first and the last instant (UTC) that a condition's date stands for on a date-time field."""

    first: datetime
    last: datetime


def special_date(text: str) -> SpecialDate | None:
    """The special date that this text spells, or None. ValueError if its offset is out of range."""
    found = _SPECIAL.fullmatch(text)
    if not found:
        return None
    if found[3]:
        return SpecialDate(found[3].lower())
    days = int(found[2])
    if abs(days) > MAX_DAYS:
        raise ValueError(f"an offset of more than {MAX_DAYS:,} days")
    return SpecialDate("today", days)


def date_value(text: str) -> date | datetime | None:
    """A date, or a date-time in a form that the API uses; None if it is neither. A naive one is local time."""
    value: date | datetime
    try:
        if _DATE.fullmatch(text):
            value = date.fromisoformat(text)
        elif _DATETIME.fullmatch(text):
            value = datetime.fromisoformat(text)
        else:
            return None
    except ValueError:
        return None
    return value if EARLIEST <= value.year <= LATEST else None


def instant(at: datetime, zone: tzinfo) -> datetime:
    """The date-time in UTC; a naive one is local time. One at the calendar's end stays as it is written."""
    try:
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return at.replace(tzinfo=UTC)


def local_date(at: datetime, zone: tzinfo) -> date:
    """The date on the calendar of that zone."""
    try:
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(zone).date()
    except OverflowError:
        return at.date()


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant at which the day begins there, in UTC."""
    return instant(datetime.combine(day, time()), zone)


def _days_later(day: date, days: int) -> date:
    """That many days later (or earlier), at most the calendar's last day (or first)."""
    try:
        return day + _DAY * days
    except OverflowError:
        return date.max if days > 0 else date.min


def as_day(value: date | datetime | SpecialDate, now: datetime, zone: tzinfo) -> date:
    """The value as a local date."""
    if isinstance(value, datetime):
        return local_date(value, zone)
    if isinstance(value, date):
        return value
    today = local_date(now, zone)
    match value.word:
        case "sow":
            return _days_later(today, -today.weekday())
        case "eow":
            return _days_later(today, 6 - today.weekday())
        case "som":
            return today.replace(day=1)
        case "eom":
            return today.replace(day=monthrange(today.year, today.month)[1])
        case _:
            return _days_later(today, value.days)


def as_span(value: date | datetime | SpecialDate, now: datetime, zone: tzinfo) -> Span:
    """What the value stands for: a date and `today` span their day, others are one instant.

    `eow` and `eom` are the last microsecond of their day.
    """
    if isinstance(value, datetime):
        at = instant(value, zone)
        return Span(at, at)
    if isinstance(value, SpecialDate) and value.word == "now":
        at = instant(now, zone)
        return Span(at, at)
    day = as_day(value, now, zone)
    first, last = midnight(day, zone), _END if day == date.max else midnight(day + _DAY, zone) - _MICROSECOND
    if isinstance(value, SpecialDate) and value.word != "today":
        return Span(last, last) if value.word in ("eow", "eom") else Span(first, first)
    return Span(first, last)
