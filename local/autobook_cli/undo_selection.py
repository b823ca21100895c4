"""The values that `autobook undo` is about: by the documents' history, which knows when what was written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from autobook.adapters.dynamodb.history_store import DynamoHistory
from autobook.domain.codes import ObjectName
from autobook.domain.event_values import plain_value
from autobook.domain.history import DocumentEntry
from autobook.domain.provenance import FieldPlace, Written


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person named: documents by their keys, and of what was written there the values that are meant.

    `since` None: whenever it was written; then `_written` is not asked.
    """

    rule: str | None
    since: datetime | None
    documents: tuple[str, ...]
    _written: Mapping[tuple[str, FieldPlace], list[DocumentEntry]] = field(default_factory=dict)

    @classmethod
    def of_document(
        cls, key: str, entries: Iterable[DocumentEntry], rule: str | None, since: datetime | None
    ) -> "Selection":
        """One document; `entries` are its history."""
        return cls(rule, since, (key,), _by_place(entries, rule, since))

    @classmethod
    def of_rule(cls, history: DynamoHistory, rule: str, since: datetime) -> "Selection":
        """What this rule has written since then, whatever became of it: by an index, without a scan."""
        written = _by_place(history.by("rule", rule, since.astimezone(UTC)), rule, since)
        return cls(rule, since, tuple(dict.fromkeys(key for key, _ in written)), written)

    def wanted(self, key: str, written: Written) -> Written | None:
        """A value that stands as ours, with what is to be there instead; None where it is not meant.

        Where the rule has written there several times since then, that is what stood there before the first time.
        """
        if self.rule is not None and written.rule_id != self.rule:
            return None
        if self.since is None:
            return written
        entries = self._written.get((key, written.place))
        return None if not entries else _from_before(written, entries)


def _by_place(
    entries: Iterable[DocumentEntry], rule: str | None, since: datetime | None
) -> dict[tuple[str, FieldPlace], list[DocumentEntry]]:
    found: dict[tuple[str, FieldPlace], list[DocumentEntry]] = {}
    for each in sorted(entries, key=lambda entry: entry.at):
        is_meant = (rule is None or each.rule_id == rule) and (since is None or each.at >= since)
        if each.type == "invoice.booked" and each.is_part and each.details and is_meant:
            place = each.details.get("booking_id"), str(each.details["field"])
            found.setdefault((each.document, place), []).append(each)
    return found


def _from_before(written: Written, entries: list[DocumentEntry]) -> Written:
    """Back along the values of one rule, as long as each replaced the one before it."""
    chosen, later = written, written.before
    for each in reversed(entries[:-1]):
        details = each.details or {}
        if each.rule_id != written.rule_id or later is None or plain_value(details.get("value")) != later:
            break
        before = details.get("before")
        later = plain_value(before)
        name = ObjectName(before.get("code"), before.get("title")) if before else None
        chosen = replace(chosen, before=later, before_name=name)
    return chosen
