"""What is to be changed in one item of the rules table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from autobook.domain.rules import Rule, RuleError, content, typed_item
from autobook_cli.live_rules.spelling import spelled, stored
from autobook_cli.rule_files import PULLED

type ChangeKind = Literal["new", "changed", "deleted"]


@dataclass(frozen=True, slots=True)
class Change:
    """A rule as it stands in the table (None: there is none) and as it is to stand there (None: deleted)."""

    rule_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def kind(self) -> ChangeKind:
        """What becomes of the item."""
        if self.before is None:
            return "new"
        return "deleted" if self.after is None else "changed"

    @property
    def values(self) -> dict[str, Any]:
        """The attributes to be set."""
        before = self.before or {}
        return {
            name: value
            for name, value in (self.after or {}).items()
            if name not in before or not _is_same(value, before[name])
        }

    @property
    def removed(self) -> list[str]:
        """The attributes to be taken out."""
        return [name for name in self.before or {} if name not in (self.after or {})]


def merged(item: Mapping[str, Any], before: Mapping[str, Any] | None, *, typed: bool) -> dict[str, Any]:
    """The item of a file as it is to stand in the table, where what the file does not change stays as it is.

    `typed`: the file tells a number from its text (JSON does). Where it does not, a text takes the place of a number
    that is wrong in the table only if the rule is edited.
    """
    was, wanted = spelled(before or {}), spelled(item)
    kept = {name: value for name, value in (before or {}).items() if name in wanted or name not in was}
    kept.pop(PULLED, None)  # what a file says is no part of a rule, however it came into the table
    wrong = _attribute_in_error(before) if typed or was != wanted else ""
    for name in wanted:
        if wanted[name] != was.get(name) or (name == wrong and _is_text(item, name) != _is_text(before, name)):
            kept[name] = stored(name, item[name], None if name == wrong else (before or {}).get(name))
    return kept


def differs(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """True unless both items say the same to the last type."""
    return not _is_same(dict(one), dict(other))


def _is_same(one: Any, other: Any) -> bool:
    return typed_item({"value": one}) == typed_item({"value": other})


def _is_text(item: Mapping[str, Any] | None, name: str) -> bool:
    return isinstance((item or {}).get(name), str)


def _attribute_in_error(item: Mapping[str, Any] | None) -> str:
    """The attribute that is wrong in the table: there, a text in place of a number may be the cure."""
    try:
        if item is not None:
            Rule.from_item(content(item))
    except RuleError as error:
        return error.attribute
    return ""
