"""The mutants that survive for a good reason: they change nothing that can be seen."""

from tests.mutants.changes import Key

_SHORT_CUT = "a short cut: the long way leads to the same"
_SLOW_WAY = "the commonest step in one go: the slow way beside it leads to the same tree"
_FOR_THE_TYPE_CHECKER = "never so: a rule's own choices are no conflicts, which its type does not say"

EQUIVALENT: dict[Key, str] = {
    Key("parser.py", "_Parser._either", "if not found:", "if: never"): _SHORT_CUT,
    Key("parser.py", "_Parser._both", "if not found:", "if: never"): _SHORT_CUT,
    Key("parser.py", "_Parser._term", "if self._table is not None:", "if: never"): _SLOW_WAY,
    Key("parser.py", "_Parser._term", "if found:", "if: never"): _SLOW_WAY,
    **dict.fromkeys(
        (
            Key("parser.py", "_Parser._term", "leaf = self._table.leaves.get((path, symbol or word))", change)
            for change in ("or → and", "or: part 1 left out", "or: part 2 left out")
        ),
        _SLOW_WAY,
    ),
    Key(
        "parser.py",
        "_Parser._term",
        'if leaf is not None and leaf.op not in ("in", "nin", "isnull", "isnotnull"):',
        "if: never",
    ): _SLOW_WAY,
    Key("intervals.py", "IntervalTree.__init__", "self._size = 2 * len(bounds) + 1", "2 → 3"): "a larger tree",
    Key("intervals.py", "IntervalTree.__init__", "self._size = 2 * len(bounds) + 1", "1 → 2"): "a larger tree",
    Key(
        "outcome.py",
        "_beside",
        "if isinstance(choice, Conflict):  # pragma: no cover - a rule's own choices are never conflicts",
        "if: never",
    ): _FOR_THE_TYPE_CHECKER,
    Key("outcome.py", "_beside", "return choice", "return: None"): _FOR_THE_TYPE_CHECKER,
    Key("outcome.py", "Outcome.__init__", "if len(applied) < len(firing):", "if: always"): _SHORT_CUT,
    Key("outcome.py", "Outcome.__init__", "if len(applied) < len(firing):", "< → <="): _SHORT_CUT,
}
"""Why no test can tell."""
