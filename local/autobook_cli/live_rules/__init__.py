"""The rules of a stack's table beside those of a file: what differs, what may be written, and writing it.

    found = table.read()                                   # {rule_id: StoredRule}
    plan = planned(sources, found, table.name)             # what a push would change, and what it must not
    written = table.write(plan.changes[0])                 # False: somebody changed the item meanwhile

Nobody's edit is lost: a file says by `pulled_version` what it was pulled from, and every write is conditional.
"""

from autobook_cli.live_rules.change import Change, ChangeKind
from autobook_cli.live_rules.codes import CodeCheck, check_codes
from autobook_cli.live_rules.file_versions import misread_rule, with_versions
from autobook_cli.live_rules.planning import Conflict, Plan, planned
from autobook_cli.live_rules.pulled_version import PulledVersion
from autobook_cli.live_rules.table import RefusedItem, RulesTable, StoredRule

__all__ = [
    "Change",
    "ChangeKind",
    "CodeCheck",
    "Conflict",
    "Plan",
    "PulledVersion",
    "RefusedItem",
    "RulesTable",
    "StoredRule",
    "check_codes",
    "misread_rule",
    "planned",
    "with_versions",
]
