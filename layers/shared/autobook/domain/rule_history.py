"""The history of the rules: an entry for each version of each rule, as it is kept in the archive for ever.

An entry is an object under `rules/NAME/TIME-SEQUENCE-VERSION.json`. The keys of a rule sort in the order of time, and
say by themselves which version was the last one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.documents import VALID_ID
from autobook.domain.rules import content, rule_version, typed_item

FOLDER: Final = "rules/"
"""Begins the key of every entry."""
DELETED: Final = "deleted"
"""Stands for the version of a rule that is gone."""
_KEY: Final = re.compile(rf"{FOLDER}([A-Za-z0-9_-]{{1,64}})/(\d{{8}}T\d{{6}}Z)-(\d+)-([0-9a-f]{{16}}|{DELETED})\.json")
_TIME: Final = "%Y%m%dT%H%M%SZ"
_DIGITS: Final = 40
"""Most digits of the number by which a stream orders its records."""

type HistoryChange = Literal["saved", "deleted", "found", "in_force"]
"""What happened. `found`: the version was there, or gone, and no save of it had been seen; when it was saved is not
known. `in_force`: the version of a former year still decides, and is kept from this year's end, too."""


def history_name(rule_id: str) -> str:
    """What a rule is called in keys and subjects: its `rule_id`, or a hash where that has other characters."""
    return rule_id if VALID_ID.fullmatch(rule_id) else f"sha256-{sha256(rule_id.encode('utf-8', 'surrogatepass'))[:32]}"


@dataclass(frozen=True, slots=True)
class RuleSave:
    """One change of one item of the rules table, as its stream reports it: `before` and `after` are plain fields.

    None where there was, or is, no item. `at` is when, to the second; `sequence` orders the changes, `event_id` names
    this one.
    """

    rule_id: str
    at: datetime
    sequence: str
    event_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def makes_a_version(self) -> bool:
        """True if what people wrote has changed."""
        return None in (self.before, self.after) or content(self.before or {}) != content(self.after or {})

    @property
    def concerns_us(self) -> bool:
        """False for our own write of a verdict: nothing is to be done about it. A verdict that is gone is missed."""
        return self.makes_a_version or (self.after is not None and "check" not in self.after)

    def entry(self) -> "HistoryEntry":
        """What is kept of it."""
        if self.after is None:
            return HistoryEntry.deleted(self.rule_id, self.at, self.sequence)
        return HistoryEntry.of(self.after, self.at, "saved", self.sequence)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A version of a rule: since when, and what it says (`item`, in DynamoDB's JSON; None where the rule is gone)."""

    rule_id: str
    at: datetime
    change: HistoryChange
    version: str
    sequence: str = ""
    owner: str | None = None
    item: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, item: Mapping[str, Any], at: datetime, change: HistoryChange, sequence: str = "") -> Self:
        """The entry for an item with plain fields."""
        owner = item.get("owner")
        named = owner if isinstance(owner, str) else None
        return cls(str(item["rule_id"]), at, change, rule_version(item), sequence, named, typed_item(item))

    @classmethod
    def deleted(cls, rule_id: str, at: datetime, sequence: str = "", *, found: bool = False) -> Self:
        """The entry for a rule that is gone."""
        return cls(rule_id, at, "found" if found else "deleted", DELETED, sequence)

    @property
    def key(self) -> str:
        """Where it lies in the archive."""
        time = self.at.astimezone(UTC).strftime(_TIME)
        return f"{FOLDER}{history_name(self.rule_id)}/{time}-{self.sequence:0>{_DIGITS}}-{self.version}.json"

    def to_json(self) -> bytes:
        """As it is kept. The same entry is the same to the last byte."""
        fields = {
            "rule_id": self.rule_id,
            "at": self.at.replace(microsecond=0),
            "change": self.change,
            "version": self.version,
            "sequence": self.sequence,
            "owner": self.owner,
            "item": self.item,
        }
        return canonical_json(fields)

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """As it was kept."""
        fields = json.loads(text)
        return cls(
            rule_id=fields["rule_id"],
            at=datetime.fromisoformat(fields["at"]),
            change=fields["change"],
            version=fields["version"],
            sequence=fields["sequence"],
            owner=fields["owner"],
            item=fields["item"],
        )


@dataclass(frozen=True, slots=True)
class HistoryKey:
    """What the key of an entry says."""

    name: str
    at: datetime
    version: str
    is_saved: bool = True
    """False for an entry that no save made, but a run that found it missing."""

    @classmethod
    def parse(cls, key: str) -> Self | None:
        """None for a key that is none of an entry."""
        found = _KEY.fullmatch(key)
        if found is None:
            return None
        return cls(found[1], datetime.strptime(found[2], _TIME).replace(tzinfo=UTC), found[4], int(found[3]) > 0)
