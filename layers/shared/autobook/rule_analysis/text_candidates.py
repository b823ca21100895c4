"""Tests on the text of one field, of many rows: which can meet, and which hold wherever others do.

Sets of rows as in `crossing`. Texts are looked up by their starts, ends and substrings, not held against each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from autobook.domain.conditions import OperatorName
from autobook.rule_analysis.constraints import Line, Positives, Test, passes, positives, text_of

Tests = frozenset[Test]
_Needle = tuple[OperatorName, str]


class CrossingTexts:
    """Rows with tests on a field's text, and rows that have only a few values there."""

    def __init__(self, entries: list[tuple[int, Any]]) -> None:
        self._rows: dict[Tests, int] = defaultdict(int)
        few: dict[str, int] = defaultdict(int)
        self._few = 0
        self._unsure = 0
        for position, part in entries:
            row = 1 << position
            if not isinstance(part, Line):
                self._rows[part] |= row
                continue
            self._few |= row
            for value in part.allowed or ():
                text = text_of(value)
                if text is None:
                    self._unsure |= row
                else:
                    few[text] |= row
        self._tested = 0
        self._refusing = 0
        """Rows without a text that must be there."""
        self._positives = {tests: positives(tests) for tests in self._rows}
        self._filed: dict[_Needle, list[Tests]] = defaultdict(list)
        self._unfiled: list[Tests] = []
        for tests, rows in self._rows.items():
            self._tested |= rows
            needle = max(_needles(self._positives[tests]), key=lambda each: len(each[1]), default=None)
            if needle is None:
                self._unfiled.append(tests)
                self._refusing |= rows
            else:
                self._filed[needle].append(tests)
        self._lengths: dict[str, list[int]] = {}
        for op in ("startswith", "endswith", "contains"):
            self._lengths[op] = sorted({len(text) for each, text in self._filed if each == op})
        self._inner = [text for op, text in self._filed if op == "contains"]
        self._accepting: dict[str, int] = {}
        """By text: the rows whose tests it passes."""
        self._accepted: dict[Tests, int] = defaultdict(int)
        """By tests: the rows with a value whose text passes them."""
        for text, rows in few.items():
            accepting = 0
            for tests in (*self._implied(Positives([text], [text], [])), *self._unfiled):
                if passes(text, tests):
                    accepting |= self._rows[tests]
                    self._accepted[tests] |= rows
            self._accepting[text] = accepting
        self._apart = self._disagreeing()
        self._containing: dict[Tests, int] = {}

    def meeting(self, part: Line | Tests) -> int:
        """Rows that have something in common with this part; among values, `""` decides."""
        if not isinstance(part, Line):
            return self._accepted.get(part, 0) | self._unsure | self._tested & ~self._apart.get(part, 0)
        rows = self._few
        for value in part.allowed or ():
            text = text_of(value)
            rows |= self._tested if text is None else self._accepting[text]
        return rows

    def containing(self, part: Line | Tests) -> int:
        """Rows that may hold wherever this part does."""
        if not isinstance(part, Line):
            known = self._containing.get(part)
            if known is None:
                known = self._refusing
                for tests in self._implied(self._positives[part]):
                    known |= self._rows[tests]
                self._containing[part] = known
            return known
        rows = self._tested
        for value in part.allowed or ():
            text = text_of(value)
            rows &= 0 if text is None else self._accepting[text]
        return rows | self._few

    def fills(self, part: Line | Tests | None, rows: int) -> bool:
        """Whether these rows together may hold wherever this part does: not if each demands some text."""
        return isinstance(part, Line) or bool(rows & self._refusing)

    def _implied(self, known: Positives) -> Iterator[Tests]:
        """Tests filed under something that holds for all texts with these starts, ends and inner parts."""
        found: set[_Needle] = set()
        for text in known.starts:
            found.update(("startswith", text[:n]) for n in _up_to(self._lengths["startswith"], len(text)))
        for text in known.ends:
            found.update(("endswith", text[len(text) - n :]) for n in _up_to(self._lengths["endswith"], len(text)))
        for text in {*known.starts, *known.ends, *known.inner}:
            found.update(("contains", each) for each in self._within(text))
        for needle in found:
            yield from self._filed.get(needle, ())

    def _within(self, text: str) -> Iterable[str]:
        """Candidates for the needles that occur in the text: whatever is the shorter way."""
        lengths = _up_to(self._lengths["contains"], len(text))
        if sum(len(text) - n + 1 for n in lengths) < len(self._inner):
            return (text[i : i + n] for n in lengths for i in range(len(text) - n + 1))
        return (each for each in self._inner if each in text)

    # --- tests that no text passes together ------------------------------------------------------------------------

    def _disagreeing(self) -> dict[Tests, int]:
        """By tests: rows with others that nothing passes besides."""
        apart: dict[Tests, int] = defaultdict(int)
        self._not_nested(apart, {t: max(p.starts, key=len) for t, p in self._positives.items() if p.starts})
        self._not_nested(apart, {t: max(p.ends, key=len)[::-1] for t, p in self._positives.items() if p.ends})
        refusing: dict[_Needle, list[Tests]] = defaultdict(list)
        for tests in self._rows:
            for op, text, wanted in tests:
                if not wanted and op != "like":
                    refusing[op, text].append(tests)
        if not refusing:
            return apart
        starts = [(text, tests) for tests, known in self._positives.items() for text in known.starts]
        ends = [(text, tests) for tests, known in self._positives.items() for text in known.ends]
        inner = [(text, tests) for tests, known in self._positives.items() for text in known.inner]
        for (op, refused), owners in refusing.items():
            if op == "startswith":
                offending = [tests for text, tests in starts if text.startswith(refused)]
            elif op == "endswith":
                offending = [tests for text, tests in ends if text.endswith(refused)]
            else:
                offending = [tests for texts in (starts, ends, inner) for text, tests in texts if refused in text]
            owning = 0
            for tests in owners:
                owning |= self._rows[tests]
            offenders = 0
            for tests in offending:
                apart[tests] |= owning
                offenders |= self._rows[tests]
            for tests in owners:
                apart[tests] |= offenders
        return apart

    def _not_nested(self, apart: dict[Tests, int], starts: dict[Tests, str]) -> None:
        """Starts of which neither is the start of the other."""
        at: dict[str, int] = defaultdict(int)
        everywhere = 0
        for tests, start in starts.items():
            at[start] |= self._rows[tests]
            everywhere |= self._rows[tests]
        nested: dict[str, int] = {}
        # In alphabetical order, what a text starts with stands before it: above it on the stack of open ones.
        stack: list[str] = []
        below = dict(at)

        def close() -> None:
            done = stack.pop()
            nested[done] |= below[done]
            if stack:
                below[stack[-1]] |= below[done]

        for start in sorted(at):
            while stack and not start.startswith(stack[-1]):
                close()
            nested[start] = at[start] | (nested[stack[-1]] if stack else 0)
            stack.append(start)
        while stack:
            close()
        for tests, start in starts.items():
            apart[tests] |= everywhere & ~nested[start]


def _needles(known: Positives) -> list[_Needle]:
    return [
        *(("startswith", text) for text in known.starts),
        *(("endswith", text) for text in known.ends),
        *(("contains", text) for text in known.inner),
    ]


def _up_to(lengths: list[int], longest: int) -> list[int]:
    return [each for each in lengths if each <= longest]
