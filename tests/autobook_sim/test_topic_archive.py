"""The archive of a topic refuses what SNS refuses, and keeps what SNS keeps."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from autobook_sim.topic_archive import Archive, PolicyRefused, Replay, read_replay, refuse_standard, retention, written

NOW = datetime(2026, 1, 31, 10, tzinfo=UTC)
BEGINNING = NOW - timedelta(days=90)
START = "2026-01-31T08:00:00.000Z"


@pytest.mark.parametrize(
    ("policy", "days"),
    [("", None), ("{}", None), ('{"MessageRetentionPeriod": 1}', 1), ('{"MessageRetentionPeriod": "365"}', 365)],
)
def test_retention(policy: str, days: int | None) -> None:
    """A number of days, as a number or a text; without a policy nothing is kept."""
    assert retention(policy) == (None if days is None else timedelta(days=days))


@pytest.mark.parametrize(
    "policy", ["[]", "x", '{"MessageRetentionPeriod": 0}', '{"MessageRetentionPeriod": 366}', '{"Days": 9}']
)
def test_retention_refused(policy: str) -> None:
    """From one day to a year."""
    with pytest.raises(PolicyRefused, match="ArchivePolicy"):
        retention(policy)


def test_only_fifo_topics() -> None:
    """A standard topic keeps no archive."""
    refuse_standard("arn:aws:sns:eu-central-1:123456789012:events.fifo")
    with pytest.raises(PolicyRefused, match="only FIFO topics"):
        refuse_standard("arn:aws:sns:eu-central-1:123456789012:alarms")


def test_replay() -> None:
    """A start, and an end if there is one."""
    policy = {"PointType": "Timestamp", "StartingPoint": START}
    start = datetime(2026, 1, 31, 8, tzinfo=UTC)
    assert read_replay(json.dumps(policy), BEGINNING, NOW) == Replay(start, None)
    policy["EndingPoint"] = written(NOW)
    assert read_replay(json.dumps(policy), BEGINNING, NOW) == Replay(start, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"PointType": None},
        {"PointType": "Offset"},
        {"StartingPoint": None},
        {"StartingPoint": 1769846400},
        {"StartingPoint": "yesterday"},
        {"StartingPoint": "2026-01-31T08:00:00"},
        {"StartingPoint": "2025-01-31T08:00:00Z"},
        {"StartingPoint": "2026-02-01T08:00:00Z"},
        {"EndingPoint": "2026-01-31T07:59:59Z"},
        {"EndingPoint": None},
        {"Unknown": "x"},
    ],
)
def test_replay_refused(change: dict[str, Any]) -> None:
    """A point of another kind, one that is no time, or outside of what the archive has."""
    policy = {"PointType": "Timestamp", "StartingPoint": START, **change}
    with pytest.raises(PolicyRefused, match="ReplayPolicy"):
        read_replay(json.dumps(policy), BEGINNING, NOW)


def test_no_replay_without_an_archive() -> None:
    """A topic that keeps nothing has nothing to replay."""
    with pytest.raises(PolicyRefused, match="no ArchivePolicy"):
        read_replay(json.dumps({"PointType": "Timestamp", "StartingPoint": START}), None, NOW)


def test_what_is_kept() -> None:
    """Messages of the retention's span, in the order in which they came; not those before the archive began."""
    archive: Archive[str] = Archive(NOW, timedelta(days=1))
    for hours in range(30):
        archive.record(f"{hours}", NOW + timedelta(hours=hours))
    now = NOW + timedelta(hours=29)
    assert archive.beginning(NOW + timedelta(hours=1)) == NOW
    assert archive.beginning(now) == NOW + timedelta(hours=5)
    assert archive.between(Replay(archive.beginning(now), None)) == [f"{hours}" for hours in range(5, 30)]
    assert archive.between(Replay(NOW + timedelta(hours=6), NOW + timedelta(hours=8))) == ["6", "7", "8"]
