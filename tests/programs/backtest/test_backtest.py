"""What `make backtest` plays in full, bounded."""

from tests.programs.backtest.reevaluation import compared
from tests.programs.backtest.seeds import play


def test_backtest_is_a_plain_reevaluation() -> None:
    """Line by line, rule by rule, and the figures that are added up from them."""
    both = compared(300)
    assert both.backtest == both.plain
    assert len({outcome for _, _, outcome in both.plain}) == 5
    total = both.figures.total
    assert (total.invoices, total.lines) == (both.invoices, both.lines) == (300, both.lines)
    assert (total.covered_after, total.covered_before) == (both.covered, both.covered_before)
    fired = {rule_id: figures.outcomes for rule_id, figures in both.figures.rules.items()}
    assert sum(counts.total() for counts in fired.values()) == len(both.plain)


def test_suggested_rules_are_habits() -> None:
    """At least 95 % are what the agency means, none is there already, and most lines that have a habit are found."""
    played = [play(seed) for seed in (2, 3)]
    kept = [each for one in played for each in one.kept]
    assert sum(each.is_habit for each in kept) >= 0.95 * len(kept) > 40
    assert not [each for one in played for each in one.covered]
    assert all(one.is_within for one in played)
    assert sum(one.found for one in played) > 0.7 * sum(one.by_habit for one in played)
