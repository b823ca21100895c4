"""The mutants that survive for a good reason: they change nothing that can be seen."""

from tests.mutants.changes import Key

_SHORT_CUT = "a short cut: the long way leads to the same"
_SLOW_WAY = "the commonest step in one go: the slow way beside it leads to the same tree"
_BEYOND = "greater than every cost that there is, either way"
_REFUSED_ANYWAY = "what lies between is refused a step later: it is written out too long, or nested more than 64 deep"

_THRESHOLD = "where the quicker way changes: both ways lead to the same"

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
    Key("json_form.py", "", "_MAX_NODES = 2 * MAX_BYTES", "2 → 3"): _REFUSED_ANYWAY,
    **dict.fromkeys(
        (
            Key("json_form.py", "_check_size", was, change)
            for was, change in (
                ("waiting: list[tuple[object, int]] = [(document, 0)]", "0 → 1"),
                ("seen = 0", "0 → 1"),
                ("seen += 1", "1 → 2"),
                ("if depth > 4 * MAX_DEPTH:", "> → >="),
                ("if depth > 4 * MAX_DEPTH:", "4 → 5"),
                ("if seen > _MAX_NODES:", "> → >="),
                ("waiting.extend((each, depth + 1) for each in node.values())", "1 → 2"),
                ("waiting.extend((each, depth + 1) for each in node)", "1 → 2"),
            )
        ),
        _REFUSED_ANYWAY,
    ),
    Key("access.py", "", "_LEAST = 9", "9 → 10"): _BEYOND,
    Key("access.py", "", "_NEVER = 99", "99 → 100"): _BEYOND,
    **dict.fromkeys(
        (
            Key("access.py", "best_access", "elif type(part) is Or and lowest > 0:", change)
            for change in ("and: part 2 left out", "> → >=", "0 → 1")
        ),
        "a short cut: an `or` costs at least 1, and of equals the first stays",
    ),
    Key(
        "access.py", "best_access", "if filed is not None and cost < lowest:", "and: part 1 left out"
    ): "for the type checker: where nothing is filed, the cost is beyond all others",
    **dict.fromkeys(
        (
            Key("access.py", "best_access", "if ranges is not None and lowest > _TWO_SIDED:", change)
            for change in ("and: part 2 left out", "> → >=")
        ),
        "a short cut: a range costs at least as much, and of equals the first stays",
    ),
    Key(
        "access.py",
        "_interval",
        "if type(part) is not Comparison or isinstance(part.value, Moment):",
        "or: part 1 left out",
    ): "for the type checker: only comparisons are at these positions",
    Key("intervals.py", "IntervalTree.__init__", "self._size = 2 * len(bounds) + 1", "2 → 3"): "a larger tree",
    Key("intervals.py", "IntervalTree.__init__", "self._size = 2 * len(bounds) + 1", "1 → 2"): "a larger tree",
    **dict.fromkeys(
        (
            Key("index.py", "", "_CROWD = 8", "8 → 9"),
            Key("index.py", "", "_DEEPEST = 4", "4 → 5"),
            Key("index.py", "", "_TOGETHER = 32", "32 → 33"),
            *(
                Key("index.py", "", '_FEWEST = {"=": 2, "^": 8, "$": 8, "*": 32, "-": 24}', change)
                for change in ("2 → 3", "8 → 9", "8 → 9 (no. 2)", "32 → 33", "24 → 25")
            ),
            Key("look_ups.py", "", "_SHORT, _LONG = SHORTEST_NEEDLE, 6", "6 → 7"),
            Key("codegen.py", "", "_KEPT = 2048", "2048 → 2049"),
            Key("ruleset.py", "", "_MOST_CHANGES = 128", "128 → 129"),
            Key("ruleset.py", "", "_MOST_OUTCOMES = 4096", "4096 → 4097"),
        ),
        _THRESHOLD,
    ),
}
"""Why no test can tell."""
