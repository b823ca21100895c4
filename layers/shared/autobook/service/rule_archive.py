"""What the archive lacks of the rules' history: found every night, whatever kept it from being archived."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from autobook.domain.rule_history import DELETED, HistoryEntry, HistoryKey, history_name
from autobook.domain.rules import rule_version
from autobook.service.ports import RuleHistory

_REPEATED_FOR: Final = timedelta(days=7)


def missing_entries(
    keys: Iterable[str], items: Mapping[str, Mapping[str, Any]], now: datetime, zone: ZoneInfo
) -> Iterator[HistoryEntry]:
    """Versions that were never seen saved, those in force since a former year, rules that are gone.

    `keys` are those of the entries that are there, in order.
    """
    last: dict[str, HistoryKey] = {}
    for key in keys:
        if (entry := HistoryKey.parse(key)) is not None:
            last[entry.name] = entry
    year = now.astimezone(zone).year
    for rule_id, item in items.items():
        before = last.pop(history_name(rule_id), None)
        if before is None or before.version != rule_version(item):
            yield HistoryEntry.of(item, now, "found")
        elif before.at.astimezone(zone).year < year:
            yield HistoryEntry.of(item, now, "in_force")
    for name, entry in last.items():
        if entry.version != DELETED:
            yield HistoryEntry.deleted(name, now, found=True)


def unfinished_entries(history: RuleHistory, keys: Iterable[str], now: datetime) -> Iterator[HistoryEntry]:
    """What a night before stored and may not have entered in the manifest: nothing else comes back to it."""
    for key in keys:
        entry = HistoryKey.parse(key)
        if entry is not None and not entry.is_saved and now - entry.at < _REPEATED_FOR:
            yield history.entry(key)
