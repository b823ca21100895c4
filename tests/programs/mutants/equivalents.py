"""The mutants that survive for a good reason: they change nothing that can be seen."""

from tests.programs.mutants.changes import Key

_SHORT_CUT = "a short cut: the long way leads to the same"
_SLOW_WAY = "the commonest step in one go: the slow way beside it leads to the same tree"
_BEYOND = "greater than every cost that there is, either way"
_REFUSED_ANYWAY = "what lies between is refused a step later: it is nested more than 64 deep, or has too many digits"
_SLOWER = "the general way, which is slower, to the same answer"
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
    **dict.fromkeys(
        (
            *(Key("parser.py", "_Parser.__init__", "self._deepest = (0, 0)", c) for c in ("0 → 1", "0 → 1 (no. 2)")),
            *(
                Key("parser.py", "_Parser.whole", "if 2 * depth >= MAX_DEPTH and nesting(condition) > MAX_DEPTH:", c)
                for c in ("and: part 1 left out", ">= → >", "2 → 3")
            ),
        ),
        "a short cut: what has few parentheses is not looked through for its depth",
    ),
    Key("limits.py", "", "_MOST_BITS: Final = 1024", "1024 → 1025"): "far from all that matters on either side",
    Key(
        "limits.py", "check_document", "size += len(node if isinstance(node, str | bytes) else str(node))", "if: never"
    ): "a short cut: written out, bytes are longer still",
    **dict.fromkeys(
        (
            Key(
                "limits.py",
                "check_size",
                "if size > MAX_BYTES // 8 and byte_length(shortest(condition)) > MAX_BYTES:",
                change,
            )
            for change in ("and: part 1 left out", "> → >=", "8 → 9")
        ),
        "a short cut: what is small is not six times as long in another form",
    ),
    **dict.fromkeys(
        (
            Key("limits.py", "check_document", was, change)
            for was, change in (
                ("waiting: list[tuple[object, int]] = [(document, 0)]", "0 → 1"),
                ("if depth > 4 * MAX_DEPTH:", "> → >="),
                ("if depth > 4 * MAX_DEPTH:", "4 → 5"),
                ("waiting.extend((each, depth + 1) for each in node)", "1 → 2"),
                ("waiting.extend((each, depth + 1) for each in node.values())", "1 → 2"),
                ("if isinstance(node, int) and node.bit_length() > _MOST_BITS:", "> → >="),
            )
        ),
        _REFUSED_ANYWAY,
    ),
    Key("access.py", "", "_NEVER = 99", "99 → 100"): _BEYOND,
    Key("access.py", "", "_LEAST = 9", "9 → 10"): _BEYOND,
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
            *(
                Key("index.py", "_Builder.build", was, change)
                for was, change in (
                    (
                        "alone = len(entries) < _CROWD or self._depth == _DEEPEST  # every one is tested by itself",
                        "or: part 1 left out",
                    ),
                    (
                        "alone = len(entries) < _CROWD or self._depth == _DEEPEST  # every one is tested by itself",
                        "< → <=",
                    ),
                    ("if filed is None or (self._depth and _spread(filed) > 1):", "1 → 2"),
                )
            ),
            Key("index.py", "_Builder._steps", "if self._depth:", "if: always"),
            Key("index.py", "_Builder._steps", "if self._depth:", "if: never"),
            Key(
                "index.py", "_Builder._below", "return Node(entries, self._table, self._zone, self._depth + 1)", "1 → 2"
            ),
            Key(
                "index.py",
                "_small_groups",
                "small = [place for place, members in groups.items() if len(members) < _FEWEST[place[0]]]",
                "for … if: never",
            ),
            Key(
                "index.py",
                "_small_groups",
                "small = [place for place, members in groups.items() if len(members) < _FEWEST[place[0]]]",
                "< → <=",
            ),
            Key("lookups.py", "", "_SHORT, _LONG = SHORTEST_NEEDLE, 6", "6 → 7"),
            Key(
                "lookups.py",
                "by_grams",
                "needles = [needle for needle in places if (len(needle) >= _LONG) is wanted]",
                ">= → >",
            ),
            Key("ruleset.py", "RuleSet._replace", "if len(self._changes) + len(self._gone) > _MOST_CHANGES:", "> → >="),
            Key(
                "ruleset.py",
                "RuleSet.match",
                "if index.booking or changes.booking:",
                "if: always",
            ),
            Key("codegen.py", "", "_KEPT = 2048", "2048 → 2049"),
            Key("ruleset.py", "", "_MOST_CHANGES = 128", "128 → 129"),
            Key("ruleset.py", "", "_MOST_OUTCOMES = 4096", "4096 → 4097"),
        ),
        _THRESHOLD,
    ),
    **dict.fromkeys(
        (
            Key("index.py", "Node.collect", "if self.always:", "if: always"),
            Key("lookups.py", "by_grams", "if not needles:", "if: never"),
            Key("lookups.py", "contained", "for at in range(len(text) - length + 1):", "- → +"),
            Key("lookups.py", "contained", "for at in range(len(text) - length + 1):", "1 → 2"),
            Key(
                "ruleset.py",
                "RuleSet.match",
                "outcome = self._outcome(tuple(hits)) if hits else NO_MATCH",
                "if: always",
            ),
            Key(
                "ruleset.py",
                "RuleSet.match",
                "return outcome.of_one_line if lines == 1 else outcome.match(lines)",
                "if: never",
            ),
            Key("ruleset.py", "_choices", "if not actions:", "if: never"),
        ),
        _SHORT_CUT,
    ),
    **dict.fromkeys(
        (
            Key("source.py", "values_of", 'null = f"None if {plain} is None else " if nullable else ""', "if: always"),
            Key("compiler.py", "_Writer._present", "if value.use != value.name:", "if: always"),
            Key(
                "compiler.py",
                "_Writer._present",
                'return (f"{value.name} is not None and " if value.nullable else ""), value.name',
                "if: always",
            ),
            *(
                Key(
                    "compiler.py",
                    "_Writer._constant",
                    'return self._parameter(frozenset(value) if op in ("in", "nin") else value)',
                    change,
                )
                for change in ("if: never", "'in' → another", "'nin' → another")
            ),
            Key("compiler.py", "_Writer._text", "if pattern.plain is None:", "if: always"),
            Key("compiler.py", "_Writer._day", "if not any(isinstance(each, Moment) for each in values):", "if: never"),
        ),
        _SLOWER,
    ),
}
"""Why no test can tell."""
