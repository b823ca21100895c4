"""Retention dates and the manifest's chain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from autobook.domain.retention import YEARS, ManifestLine, Retention

VIENNA = ZoneInfo("Europe/Vienna")


NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def day(year: int, month: int = 5, of_month: int = 1) -> datetime:
    return datetime(year, month, of_month, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("jurisdiction", "zone", "until"),
    [
        ("DE", "Europe/Berlin", datetime(2034, 12, 31, 23, tzinfo=UTC)),
        ("AT", "Europe/Vienna", datetime(2033, 12, 31, 23, tzinfo=UTC)),
        ("CH", "Europe/Zurich", datetime(2036, 12, 31, 23, tzinfo=UTC)),
    ],
)
def test_full_years(jurisdiction: str, zone: str, until: datetime) -> None:
    """The years count from the end of the document's year, midnight being that of the account's time zone."""
    for dated in (day(2026, 1), day(2026, 12, 31)):
        found = Retention.of(dated, NOW, NOW, jurisdiction, ZoneInfo(zone))
        assert (found.until, found.until.tzinfo, found.year) == (until, UTC, 2026)


def test_new_years_eve() -> None:
    """A minute decides on a year, in the account's time zone."""
    last = Retention.of(datetime(2026, 12, 31, 22, 59, tzinfo=UTC), NOW, NOW, "AT", VIENNA)
    first = Retention.of(datetime(2026, 12, 31, 23, 0, tzinfo=UTC), NOW, NOW, "AT", VIENNA)
    assert (last.until.year, first.until.year) == (2033, 2034)


@pytest.mark.parametrize(
    ("dated", "created", "year", "until"),
    [
        (day(2018), day(2026), 2018, 2033),  # receipt is later
        (day(2018), day(2019), 2018, 2033),  # in Kanbert for years before it came to us
        (day(2027), day(2026), 2027, 2034),  # the document is later
        (None, day(2024), 2024, 2033),
        (None, None, 2026, 2033),
        (day(2018), None, 2018, 2033),
    ],
)
def test_later_of_date_and_receipt(dated: datetime | None, created: datetime | None, year: int, until: int) -> None:
    """The later of the document's date and our receipt of it counts; the year is the document's."""
    found = Retention.of(dated, created, NOW, "AT", VIENNA)
    assert (found.year, found.until.year, found.implausible) == (year, until, None)


@pytest.mark.parametrize(
    ("dated", "year", "until"),
    [
        (day(1911), 1990, 2033),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), 1990, 2033),
        (datetime(1989, 12, 31, 23, 59, tzinfo=UTC), 1990, 2033),
        (day(2028), 2027, 2034),
        (day(2062), 2027, 2034),
        (day(2108), 2027, 2034),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12))), 2027, 2034),
    ],
)
def test_implausible(dated: datetime, year: int, until: int) -> None:
    """A date before 1990 or after next year is bounded, kept for a report, and overflows nowhere."""
    found = Retention.of(dated, NOW, NOW, "AT", VIENNA)
    assert (found.year, found.until.year, found.implausible) == (year, until, dated)


@pytest.mark.parametrize("created", [day(1911), day(9999), None])
def test_implausible_creation(created: datetime | None) -> None:
    """A creation that cannot be true counts as today."""
    assert Retention.of(day(2027), created, NOW, "AT", VIENNA).implausible is None
    assert Retention.of(day(2028), created, NOW, "AT", VIENNA).year == 2027


def test_year_stays() -> None:
    """The year of a wrong date depends on the document, not on when it is archived: its key stays."""
    years = {Retention.of(day(9999), day(2024), now, "AT", VIENNA).year for now in (day(2024, 6), day(2026), day(2030))}
    assert years == {2025}


@pytest.mark.parametrize("jurisdiction", YEARS)
def test_always_within_the_bucket_s_bounds(jurisdiction: str) -> None:
    """Whatever the date, the lock is within the bounds that the bucket's policy has (template.yaml)."""
    years, edges = YEARS[jurisdiction], (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, 22, 59, tzinfo=UTC))
    for now in (edge.replace(year=year) for year in (2026, 2027, 2096) for edge in edges):
        for dated in (None, day(1), day(2018), now, day(now.year + 1, 12, 31), day(9999)):
            days = (Retention.of(dated, dated, now, jurisdiction, VIENNA).until - now) / timedelta(days=1)
            assert years * 365 - 1 <= days <= (years + 2) * 366


def test_unknown_jurisdiction() -> None:
    """A jurisdiction that we do not know has no default."""
    with pytest.raises(KeyError):
        Retention.of(day(2026), None, NOW, "FR", VIENNA)


class TestManifestLine:
    LINE = ManifestLine.first("a.pdf", "aa", 3, "2034-01-01T00:00:00+00:00")

    def test_first(self) -> None:
        """The first line is number 1 and follows 64 zeros."""
        assert (self.LINE.number, self.LINE.previous) == (1, "0" * 64)

    def test_next(self) -> None:
        """A line carries the hash of the one before."""
        following = self.LINE.next("b.pdf", "bb", 4, "2034-01-01T00:00:00+00:00")
        assert (following.number, following.previous) == (2, self.LINE.hash)

    @pytest.mark.parametrize(
        "change",
        [{"number": 2}, {"previous": "1" * 64}, {"key": "x"}, {"sha256": "x"}, {"size": 4}, {"retain_until": "x"}],
    )
    def test_any_change_shows(self, change: dict[str, object]) -> None:
        """A line that was changed in any way no longer fits the next."""
        assert replace(self.LINE, **change).hash != self.LINE.hash  # type: ignore[arg-type]

    def test_stored_form(self) -> None:
        """A line is stored so, and its hash is that of the stored bytes: anyone can check it."""
        assert self.LINE.to_json().decode() == (
            '{"key":"a.pdf","number":1,"previous":"' + "0" * 64 + '",'
            '"retain_until":"2034-01-01T00:00:00+00:00","sha256":"aa","size":3}'
        )
