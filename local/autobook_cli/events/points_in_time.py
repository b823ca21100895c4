"""Points in time as a person types them: a day, a moment, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

import typer

FORMS = "a day (2026-01-31), a moment in UTC (2026-01-31T10:00, or with +01:00), or how long ago (15m, 2h, 7d)"
BEGINNING = "beginning"
EARLIEST = datetime.min.replace(tzinfo=UTC)
"""What BEGINNING means, before anybody knows when that was."""
_AGO = re.compile(r"([0-9]{1,6})([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def point_in_time(text: str, now: datetime) -> datetime:
    """What the text means, in UTC; EARLIEST for `beginning`. Raises typer.BadParameter."""
    if text.strip().lower() == BEGINNING:
        return EARLIEST
    try:
        if ago := _AGO.fullmatch(text.strip()):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is not {FORMS}") from None


def from_now(text: str) -> datetime:
    """The same, as an option's value."""
    return point_in_time(text, datetime.now(UTC))


def written(moment: datetime) -> str:
    """A moment for people."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
