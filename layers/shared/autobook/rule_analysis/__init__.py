"""Findings about sets of rules: what can never be true, never decide, or contradicts another.

found = findings_in(rules, today=today)                # a whole set
found = findings_for(rule, table, today=today)         # a changed rule against a `RuleTable` that is kept
examined = compared(parsed(items, timezone=zone), now=now)    # the items of a table, errors and findings
check = rule_check(item, examined, codes)              # the verdict on one of them
"""

from autobook.rule_analysis.code_verdicts import CodeVerdicts, codes_of, judged
from autobook.rule_analysis.examination import Examination, compared, parsed
from autobook.rule_analysis.findings import MOST_OTHERS, Finding, findings_for, findings_in
from autobook.rule_analysis.rule_check import RuleCheck, rule_check
from autobook.rule_analysis.rule_table import RuleTable

__all__ = [
    "MOST_OTHERS",
    "CodeVerdicts",
    "Examination",
    "Finding",
    "RuleCheck",
    "RuleTable",
    "codes_of",
    "compared",
    "findings_for",
    "findings_in",
    "judged",
    "parsed",
    "rule_check",
]
