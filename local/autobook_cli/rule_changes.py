"""What a push would change, and what became of it: as text for people and as data for programs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from autobook_cli.console import plain
from autobook_cli.live_rules import Change, Plan
from autobook_cli.rule_differences import changed_names, differences, fitting
from autobook_cli.rule_output import counted
from autobook_cli.rule_writing import readable

_MOST_NAMED: Final = 10
"""Rules that a line names."""


@dataclass
class Outcome:
    """What a push has done: the changes written, the rules refused with the reason, and what is said of the file."""

    written: list[Change] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    note: str = ""

    def lines(self) -> Iterator[str]:
        """What did not go well, for people."""
        for rule_id, reason in self.refused.items():
            yield from fitting(f"autobook: {plain(rule_id)} is not written: {plain(reason)}")
        if self.note:
            yield from fitting(f"autobook: {plain(self.note)}")

    def as_data(self) -> dict[str, Any]:
        """As JSON-ready data."""
        refused = [{"rule_id": rule_id, "reason": reason} for rule_id, reason in self.refused.items()]
        return {"written": [each.rule_id for each in self.written], "refused": refused, "note": self.note}


def plan_data(plan: Plan) -> dict[str, Any]:
    """What would be changed, as JSON-ready data."""
    return {
        "changes": [_change_data(each) for each in plan.changes],
        "conflicts": [{**_change_data(each.change), "reason": each.reason} for each in plan.conflicts],
        "outdated": plan.outdated,
        "only_in_table": plan.only_in_table,
        "unchanged": len(plan.unchanged),
    }


def _change_data(change: Change) -> dict[str, Any]:
    before, after = _attributes(change.before), _attributes(change.after)
    names = changed_names(before, after)
    attributes = {
        name: {side: fields[name] for side, fields in (("before", before), ("after", after)) if name in fields}
        for name in names
    }
    return {"rule_id": change.rule_id, "change": change.kind, "attributes": attributes}


def changes_lines(plan: Plan) -> Iterator[str]:
    """The same for people, on 80 columns."""
    for change in plan.changes:
        yield from _change_lines(change, f"{change.kind:<8}{plain(change.rule_id)}")
    for conflict in plan.conflicts:
        yield from _change_lines(conflict.change, f"refused {plain(conflict.rule_id)}: {conflict.reason}")
    if plan.outdated:
        yield from fitting(f"changed in the table since, and not in the file; left alone: {_named(plan.outdated)}")
    if plan.only_in_table:
        yield from fitting(f"not in the file; stay in the table without --delete: {_named(plan.only_in_table)}")
    refused = f", {counted(len(plan.conflicts), 'rule')} refused" if plan.conflicts else ""
    yield f"{counts_text(plan.changes) or 'no changes'}{refused}; {len(plan.unchanged):,} unchanged"


def _change_lines(change: Change, heading: str) -> Iterator[str]:
    yield from fitting(heading)
    yield from differences(_attributes(change.before), _attributes(change.after))


def _attributes(item: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: readable(value) for name, value in (item or {}).items() if name != "rule_id"}


def counts_text(changes: Sequence[Change]) -> str:
    """`1 new rule, 2 changed rules`; empty without any."""
    counts = Counter(each.kind for each in changes)
    return ", ".join(counted(counts[kind], f"{kind} rule") for kind in ("new", "changed", "deleted") if counts[kind])


def _named(rule_ids: Sequence[str]) -> str:
    more = f" and {len(rule_ids) - _MOST_NAMED:,} more" if len(rule_ids) > _MOST_NAMED else ""
    return f"{', '.join(map(plain, rule_ids[:_MOST_NAMED]))}{more}"
