"""Retention dates and the manifest's chain."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from autobook.domain.retention import ManifestLine, retain_until

VIENNA = ZoneInfo("Europe/Vienna")


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
    for day in (datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 12, 31, 12, tzinfo=UTC)):
        assert retain_until(day, jurisdiction, ZoneInfo(zone)) == until


def test_new_years_eve() -> None:
    """A minute decides on a year, in the account's time zone."""
    last = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
    first = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert retain_until(first, "AT", VIENNA).year - retain_until(last, "AT", VIENNA).year == 1


def test_in_utc() -> None:
    """The moment is in UTC, as S3 and the manifest keep it."""
    assert retain_until(datetime(2026, 1, 1, 12, tzinfo=UTC), "AT", VIENNA).tzinfo is UTC


def test_unknown_jurisdiction() -> None:
    """A jurisdiction that we do not know has no default."""
    with pytest.raises(KeyError):
        retain_until(datetime(2026, 1, 1, tzinfo=UTC), "FR", VIENNA)


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
