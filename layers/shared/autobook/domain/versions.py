"""Which version of each rule has decided: named in provenance and in events, so that it can be found in the archive."""

from collections.abc import Iterable
from dataclasses import replace

from autobook.domain.decision import Decision
from autobook.domain.provenance import Written
from autobook.domain.rules import RuleSet


def with_versions(decision: Decision, rules: RuleSet) -> Decision:
    """The decision that these rules have made, with their versions."""

    def named(values: Iterable[Written]) -> tuple[Written, ...]:
        return tuple(replace(each, rule_version=rules.version_of(each.rule_id)) for each in values)

    problems = tuple(
        replace(each, rule_versions=tuple(map(rules.version_of, each.rule_ids))) for each in decision.problems
    )
    reviews = tuple(each._replace(rule_version=rules.version_of(each.rule_id)) for each in decision.suggested_reviews)
    return replace(
        decision,
        writes=named(decision.writes),
        suggestions=named(decision.suggestions),
        would_book=named(decision.would_book),
        suggested_reviews=reviews,
        problems=problems,
    )
