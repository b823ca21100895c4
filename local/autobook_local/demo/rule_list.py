"""The rules that the local system starts with: the demo's own, or a person's."""

from pathlib import Path
from typing import Any

from autobook.domain.rules import Rule, RuleError
from autobook_cli.rule_sources import Problem, read_sources
from autobook_local.demo.files import NothingToShow
from autobook_local.system import read_rules

RULES = Path(__file__).with_name("rules.json")


def rules_of(file: Path | None) -> tuple[dict[str, Any], ...]:
    """The items of a file (JSON, YAML or CSV), or the demo's. NothingToShow with each problem of a rule or the file."""
    if file is None:
        return read_rules(RULES)
    sources = read_sources(file.expanduser())
    broken: list[Problem] = []
    for source in sources.usable:
        try:
            Rule.from_item(source.item)
        except RuleError as error:
            broken.append(Problem.broken(source, error))
    if problems := [*sources.unreadable, *sources.in_order(broken)]:
        raise NothingToShow("the rules cannot be used:\n" + "\n".join(each.located for each in problems))
    return tuple(source.item for source in sources.usable)


def held_at_suggest(rules: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """The same rules, so that they write nothing: each decides and is announced; one that is off stays off."""
    return tuple(rule if _is_off(rule) else {**rule, "mode": "suggest"} for rule in rules)


def _is_off(rule: dict[str, Any]) -> bool:
    return str(rule.get("mode", "")).strip().casefold() == "off"
