"""Findings about sets of rules: what can never be true, never decide, or contradicts another.

found = findings_in(rules, today=today)                # a whole set
found = findings_for(rule, table, today=today)         # a changed rule against a `RuleTable` that is kept
"""

from autobook.rule_analysis.findings import MOST_OTHERS, Finding, findings_for, findings_in
from autobook.rule_analysis.rule_table import RuleTable

__all__ = ["MOST_OTHERS", "Finding", "RuleTable", "findings_for", "findings_in"]
