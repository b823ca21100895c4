"""What a push of a file would change in a table, and what it must leave alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from autobook.domain.rules import is_settings, rule_version
from autobook_cli.live_rules.change import Change, differs, merged
from autobook_cli.live_rules.pulled_version import PulledVersion, spelling_of, table_mark
from autobook_cli.rule_files import PULLED

type Item = Mapping[str, Any]

_UNKNOWN_ORIGIN: Final = (
    f"it is in the table already, and the file does not say ({PULLED}) from which version it was made"
)
_CHANGED: Final = "somebody changed it in the table since it was pulled"
_DELETED: Final = f"somebody deleted it in the table since it was pulled; to write it anew, take {PULLED} out of it"


@dataclass(frozen=True, slots=True)
class Conflict:
    """An edit that would undo somebody else's. `change` is what it would do."""

    change: Change
    reason: str

    @property
    def rule_id(self) -> str:
        """The rule."""
        return self.change.rule_id


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, and what is not."""

    changes: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    """Rules that somebody has changed or deleted in the table since, and the file has not."""
    only_in_table: list[str] = field(default_factory=list)
    """Rules that the file does not have, and that stay."""
    unchanged: list[str] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """True if a push would change something, or be refused."""
        return bool(self.changes or self.conflicts)


@dataclass(frozen=True, slots=True)
class FileRule:
    """A rule of a file, and what it was pulled from."""

    item: Item
    pulled: PulledVersion | None


def planned(
    rules: Iterable[tuple[Item, str]], table: Mapping[str, Item], table_name: str, *, delete: bool, typed: bool
) -> Plan:
    """`rules`: each item of the file with its `pulled_version`. `table`: what people wrote, by rule.

    `delete`: rules that the file does not have go. `typed`: the file tells numbers from texts.
    """
    plan = Plan()
    given = _with_versions(list(rules), table, table_name)
    for rule_id, rule in given.items():
        before = table.get(rule_id)
        change = Change(rule_id, before, merged(rule.item, before, typed=typed))
        _plan_one(plan, rule, change, table_name)
    for rule_id in sorted(table):
        if rule_id not in given and not is_settings(table[rule_id]):
            if delete:
                plan.changes.append(Change(rule_id, table[rule_id], None))
            else:
                plan.only_in_table.append(rule_id)
    return plan


def _with_versions(
    rules: Sequence[tuple[Item, str]], table: Mapping[str, Item], table_name: str
) -> dict[str, FileRule]:
    """Each rule with what it was pulled from, unless that is another rule's, which was copied or renamed in the file,
    or another table's that has something else here."""
    versions = {rule_version(item): rule_id for rule_id, item in table.items()}
    times = Counter(text for _, text in rules)
    found: dict[str, FileRule] = {}
    for item, text in rules:
        rule_id, pulled = str(item["rule_id"]), PulledVersion.parse(text)
        if pulled is not None and versions.get(pulled.version) != rule_id:
            is_copy = times[text] > 1 or pulled.version in versions
            if is_copy or pulled.table != table_mark(table_name):
                pulled = None
        found[rule_id] = FileRule({name: value for name, value in item.items() if name != PULLED}, pulled)
    return found


def _plan_one(plan: Plan, rule: FileRule, change: Change, table_name: str) -> None:
    """Put the change where it belongs."""
    before, pulled = change.before, rule.pulled
    if before is None:
        if pulled is None:
            plan.changes.append(change)
        elif spelling_of(rule.item) == pulled.spelling:
            plan.outdated.append(change.rule_id)
        else:
            plan.conflicts.append(Conflict(change, _DELETED))
    elif not differs(before, change.after or {}):
        plan.unchanged.append(change.rule_id)
    elif pulled is not None and pulled.version == rule_version(before):
        plan.changes.append(change)
    elif pulled is not None and spelling_of(rule.item) == pulled.spelling:
        plan.outdated.append(change.rule_id)
    else:
        cure = f"pull into another file and put your change in there, or set {PULLED} to"
        present = f"{PulledVersion.of(before, table_name)} to replace what the table has"
        reason = _UNKNOWN_ORIGIN if pulled is None else _CHANGED
        plan.conflicts.append(Conflict(change, f"{reason}; {cure} {present}"))
