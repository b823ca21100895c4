"""The special values at the ends of the calendar: they stay inside it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from autobook.domain.conditions import SpecialDate, as_day, as_span
from autobook.domain.conditions.dates import MAX_DAYS
from autobook.domain.rules import RuleSet
from autobook.domain.rules.explain import explain
from tests.autobook.domain.rules.invoices import an_invoice

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Vienna", "America/New_York", "Pacific/Kiritimati")]
WORDS = [
    *map(SpecialDate, ("now", "today", "sow", "eow", "som", "eom")),
    SpecialDate("today", 5),
    SpecialDate("today", -MAX_DAYS),
]


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("now", [FIRST, LAST], ids=["first", "last"])
@pytest.mark.parametrize("word", WORDS, ids=str)
def test_ends_of_the_calendar(word: SpecialDate, now: datetime, zone: ZoneInfo) -> None:
    """Every special value has a day and a span, wherever on the calendar `now` is."""
    assert date.min <= as_day(word, now, zone) <= date.max
    first, last = as_span(word, now, zone)
    assert first <= last


UTC_ZONE = ZONES[0]
DAYS = [
    (SpecialDate("today", 5), LAST, date.max),
    (SpecialDate("today", -5), FIRST, date.min),
    (SpecialDate("eow"), datetime(9999, 12, 30, tzinfo=UTC), date.max),
    (SpecialDate("eom"), LAST, date.max),
    (SpecialDate("eom"), datetime(2028, 2, 10, tzinfo=UTC), date(2028, 2, 29)),
    (SpecialDate("eom"), datetime(2026, 12, 1, tzinfo=UTC), date(2026, 12, 31)),
    (SpecialDate("sow"), FIRST, date.min),
    (SpecialDate("today", 5), datetime(2026, 1, 28, tzinfo=UTC), date(2026, 2, 2)),
]


@pytest.mark.parametrize(("word", "now", "day"), DAYS)
def test_day(word: SpecialDate, now: datetime, day: date) -> None:
    """What would be beyond the calendar is its first or last day."""
    assert as_day(word, now, UTC_ZONE) == day


def test_spans_at_the_ends() -> None:
    """The last day ends with the calendar, the first begins with it."""
    assert as_span(SpecialDate("today"), LAST, UTC_ZONE) == (datetime(9999, 12, 31, tzinfo=UTC), LAST)
    assert as_span(SpecialDate("today"), FIRST, UTC_ZONE)[0] == FIRST
    assert as_span(SpecialDate("eom"), LAST, UTC_ZONE) == (LAST, LAST)


@pytest.mark.parametrize("now", [FIRST, LAST], ids=["first", "last"])
@pytest.mark.parametrize(
    "when", ["due_date < today+5d", "due_date > today-5d", "created_at <= eow", "created_at != eom", "created_at < now"]
)
def test_rules_at_the_ends(when: str, now: datetime) -> None:
    """Matching and explaining agree at the ends of the calendar, and neither fails."""
    rules = RuleSet.load([{"rule_id": "r", "when": when, "account": "1"}], timezone=ZONES[1])
    invoice = an_invoice()
    fires = "account" in rules.match(invoice, now=now).bookings[0]
    assert explain(rules["r"], invoice, None, now=now, timezone=ZONES[1]).fires is fires
