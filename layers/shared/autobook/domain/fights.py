"""Rules with `overwrite` that undo each other's work: one asks for what the other sets, and the other way round.

Each write makes the other rule fire. So what a rule wrote on the very state that a run had left, under the same rules,
is replaced by another rule once; from then on a person decides.
"""

from dataclasses import replace
from typing import Final

from autobook.domain.action_fields import STATUS
from autobook.domain.decision import Decision
from autobook.domain.problems import overwritten, status_withheld
from autobook.domain.provenance import Written

MOST_IN_A_ROW: Final = 2
"""Runs in a row that write, each on what the one before has left, before nothing of ours is replaced any more."""


def without_fights(decision: Decision, writes_in_a_row: int) -> Decision:
    """The decision; after several in a row with a problem in place of each write that replaces another rule's value."""
    if writes_in_a_row < MOST_IN_A_ROW:
        return decision
    ours = {written.place: written for written in decision.record.written}

    def fights(write: Written) -> bool:
        return write.place in ours and ours[write.place].rule_id != write.rule_id

    problems = tuple(overwritten(ours[write.place], write) for write in decision.writes if fights(write))
    if not problems:
        return decision
    kept = tuple(write for write in decision.writes if not fights(write))
    withheld = tuple(status_withheld((write.rule_id,)) for write in kept if write.field == STATUS.name)
    return replace(
        decision,
        writes=tuple(write for write in kept if write.field != STATUS.name),
        problems=(*decision.problems, *problems, *withheld),
    )
