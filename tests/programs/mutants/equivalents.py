"""The mutants that survive for a good reason: they change nothing that can be seen."""

from tests.programs.mutants.changes import Key

_SHORT_CUT = "a short cut: the long way leads to the same"
_SLOW_WAY = "the commonest step in one go: the slow way beside it leads to the same tree"
_BEYOND = "greater than every cost that there is, either way"
_REFUSED_ANYWAY = "what lies between is refused a step later: it is nested more than 64 deep, or has too many digits"
_SLOWER = "the general way, which is slower, to the same answer"
_THRESHOLD = "where the quicker way changes: both ways lead to the same"

EQUIVALENT: dict[Key, str] = {
    Key("conditions/parser.py", "_Parser._either", "if not found:", "if: never"): _SHORT_CUT,
    Key("conditions/parser.py", "_Parser._both", "if not found:", "if: never"): _SHORT_CUT,
    Key("conditions/parser.py", "_Parser._term", "if self._table is not None:", "if: never"): _SLOW_WAY,
    Key("conditions/parser.py", "_Parser._term", "if found:", "if: never"): _SLOW_WAY,
    **dict.fromkeys(
        (
            Key(
                "conditions/parser.py", "_Parser._term", "leaf = self._table.leaves.get((path, symbol or word))", change
            )
            for change in ("or → and", "or: part 1 left out", "or: part 2 left out")
        ),
        _SLOW_WAY,
    ),
    Key(
        "conditions/parser.py",
        "_Parser._term",
        "if leaf is not None and leaf.op not in _NOT_ONE_VALUE:",
        "if: never",
    ): _SLOW_WAY,
    **dict.fromkeys(
        (
            *(
                Key("conditions/parser.py", "_Parser.__init__", "self._deepest = (0, 0)", c)
                for c in ("0 → 1", "0 → 1 (no. 2)")
            ),
            *(
                Key(
                    "conditions/parser.py",
                    "_Parser.whole",
                    "if 2 * depth >= MAX_DEPTH and nesting(condition) > MAX_DEPTH:",
                    c,
                )
                for c in ("and: part 1 left out", ">= → >", "2 → 3")
            ),
        ),
        "a short cut: what has few parentheses is not looked through for its depth",
    ),
    Key(
        "conditions/limits.py", "", "_MOST_BITS: Final = 1024", "1024 → 1025"
    ): "far from all that matters on either side",
    Key(
        "conditions/limits.py",
        "check_document",
        "size += len(node if isinstance(node, str | bytes) else str(node))",
        "if: never",
    ): "a short cut: written out, bytes are longer still",
    **dict.fromkeys(
        (
            Key("conditions/limits.py", "check_document", was, change)
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
    Key("rules/engine/access_path.py", "", "_NEVER = 99", "99 → 100"): _BEYOND,
    Key("rules/engine/access_path.py", "", "_LEAST = 9", "9 → 10"): _BEYOND,
    **dict.fromkeys(
        (
            Key("rules/engine/access_path.py", "best_access", "elif type(part) is Or and lowest > 0:", change)
            for change in ("and: part 2 left out", "> → >=", "0 → 1")
        ),
        "a short cut: an `or` costs at least 1, and of equals the first stays",
    ),
    Key(
        "rules/engine/access_path.py",
        "best_access",
        "if placement is not None and cost < lowest:",
        "and: part 1 left out",
    ): "for the type checker: where nothing is filed, the cost is beyond all others",
    **dict.fromkeys(
        (
            Key("rules/engine/access_path.py", "best_access", "if ranges is not None and lowest > _TWO_SIDED:", change)
            for change in ("and: part 2 left out", "> → >=")
        ),
        "a short cut: a range costs at least as much, and of equals the first stays",
    ),
    Key(
        "rules/engine/access_path.py",
        "_interval",
        "if type(part) is not Comparison or (bound := ENGINE_OPERATORS[part.op].bound) is None:",
        "or: part 1 left out",
    ): "for the type checker: only comparisons are at these positions",
    Key(
        "rules/engine/interval_tree.py", "IntervalTree.__init__", "self._size = 2 * len(bounds) + 1", "2 → 3"
    ): "a larger tree",
    Key(
        "rules/engine/interval_tree.py", "IntervalTree.__init__", "self._size = 2 * len(bounds) + 1", "1 → 2"
    ): "a larger tree",
    **dict.fromkeys(
        (
            Key("rules/engine/index.py", "", "_CROWD = 8", "8 → 9"),
            Key("rules/engine/index.py", "", "_DEEPEST = 4", "4 → 5"),
            Key("rules/engine/index.py", "", "_TOGETHER = 32", "32 → 33"),
            *(
                Key("rules/engine/index.py", "", '_FEWEST = {"=": 2, "^": 8, "$": 8, "*": 32, "-": 24}', change)
                for change in ("2 → 3", "8 → 9", "8 → 9 (no. 2)", "32 → 33", "24 → 25")
            ),
            *(
                Key("rules/engine/index.py", "_NodeBuilder.build", was, change)
                for was, change in (
                    (
                        "alone = len(entries) < _CROWD or self._depth == _DEEPEST  # every one is tested by itself",
                        "or: part 1 left out",
                    ),
                    (
                        "alone = len(entries) < _CROWD or self._depth == _DEEPEST  # every one is tested by itself",
                        "< → <=",
                    ),
                    ("if placement is None or (self._depth and _spread(placement) > 1):", "1 → 2"),
                )
            ),
            Key("rules/engine/index.py", "_NodeBuilder._steps", "if self._depth:", "if: always"),
            Key("rules/engine/index.py", "_NodeBuilder._steps", "if self._depth:", "if: never"),
            Key(
                "rules/engine/index.py",
                "_NodeBuilder._below",
                "return IndexNode(entries, self._table, self._zone, self._depth + 1)",
                "1 → 2",
            ),
            Key(
                "rules/engine/index.py",
                "_small_groups",
                "small = [place for place, members in groups.items() if len(members) < _FEWEST[place[0]]]",
                "for … if: never",
            ),
            Key(
                "rules/engine/index.py",
                "_small_groups",
                "small = [place for place, members in groups.items() if len(members) < _FEWEST[place[0]]]",
                "< → <=",
            ),
            Key("rules/engine/lookups.py", "", "_SHORT, _LONG = SHORTEST_NEEDLE, 6", "6 → 7"),
            Key(
                "rules/engine/lookups.py",
                "by_grams",
                "needles = [needle for needle in places if (len(needle) >= _LONG) is wanted]",
                ">= → >",
            ),
            Key(
                "rules/ruleset.py",
                "RuleSet._replace",
                "if len(self._changes) + len(self._superseded) > _MOST_CHANGES:",
                "> → >=",
            ),
            Key(
                "rules/ruleset.py",
                "RuleSet.match",
                "if index.booking or changes.booking:",
                "if: always",
            ),
            Key("rules/engine/codegen.py", "", "_KEPT = 2048", "2048 → 2049"),
            Key("rules/ruleset.py", "", "_MOST_CHANGES = 128", "128 → 129"),
            Key("rules/ruleset.py", "", "_MOST_RESOLUTIONS = 4096", "4096 → 4097"),
        ),
        _THRESHOLD,
    ),
    **dict.fromkeys(
        (
            Key("rules/engine/index.py", "IndexNode.collect", "if self.always:", "if: always"),
            Key("rules/engine/lookups.py", "by_grams", "if not needles:", "if: never"),
            Key("rules/engine/lookups.py", "contained", "for at in range(len(text) - length + 1):", "- → +"),
            Key("rules/engine/lookups.py", "contained", "for at in range(len(text) - length + 1):", "1 → 2"),
            Key(
                "rules/ruleset.py",
                "RuleSet.match",
                "resolution = self._resolution(tuple(hits)) if hits else NO_MATCH",
                "if: always",
            ),
            Key(
                "rules/ruleset.py",
                "RuleSet.match",
                "return resolution.of_one_line if lines == 1 else resolution.match(lines)",
                "if: never",
            ),
            Key("rules/ruleset.py", "_choices", "if not actions:", "if: never"),
        ),
        _SHORT_CUT,
    ),
    **dict.fromkeys(
        (
            Key(
                "rules/engine/source.py",
                "values_of",
                'null = f"None if {plain} is None else " if nullable else ""',
                "if: always",
            ),
            Key("rules/engine/source.py", "SourceWriter.present", "if value.use != value.name:", "if: always"),
            Key(
                "rules/engine/source.py",
                "SourceWriter.present",
                'return (f"{value.name} is not None and " if value.nullable else ""), value.name',
                "if: always",
            ),
            Key(
                "rules/engine/compiler.py",
                "_Writer._counted",
                "constant = self.parameter(frozenset(value) if op in LIST_OPERATORS else value)",
                "if: never",
            ),
            Key(
                "rules/engine/operators.py",
                "_days",
                "if not any(isinstance(each, SpecialDate) for each in values):",
                "if: never",
            ),
        ),
        _SLOWER,
    ),
}
"""Why no test can tell."""
