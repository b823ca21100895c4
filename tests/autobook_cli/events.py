"""Events as the commands' tests publish them, and the present in which these commands run."""

from datetime import UTC, datetime, tzinfo
from typing import Any

import pytest

from autobook_cli.events import commands, leases, points_in_time, replay, topic, wire_type

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class _Still(datetime):
    """Its present is NOW."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """In UTC, as everybody asks for it."""
        assert tz is UTC
        return NOW


def stop_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands take NOW for the present, however long a test takes and whenever it runs after its collection."""
    for module in (commands, points_in_time, replay, topic):
        monkeypatch.setattr(module, "datetime", _Still)
    monkeypatch.setattr(leases, "_now", lambda: NOW)


def an_event(identifier: str, type_: str = "invoice.booked", document: str = "A1", **data: Any) -> dict[str, Any]:
    """An event, its data as given."""
    return {
        "specversion": "1.0",
        "id": identifier,
        "source": "urn:autobook:stack:eu-central-1:123456789012:autobook",
        "type": wire_type(type_),
        "subject": f"incoming_invoice/{document}",
        "time": "2026-01-31T10:00:00Z",
        "datacontenttype": "application/json",
        "traceid": "t",
        "data": data,
    }
