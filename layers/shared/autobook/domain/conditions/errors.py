"""What is wrong with a rule, where, and what to do about it."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Self
from unicodedata import category, east_asian_width

_LONGEST_NAME = 64
"""Names longer than this get no suggestion: comparing them takes time and helps nobody."""
_WIDTH = 100
"""Characters of the offending line that are shown around the place."""


class RuleError(ValueError):
    """A rule that cannot be used; `str(error)` is a sentence for the admin who wrote it.

    `attribute` names the attribute of the rule item, `line` and `column` (from 1, in characters) the place in
    it, both None where the attribute has no inner place.
    """

    def __init__(
        self,
        problem: str,
        *,
        hint: str = "",
        attribute: str = "when",
        rule_id: str = "",
        source: str = "",
        offset: int | None = None,
        length: int = 1,
    ) -> None:
        self.problem = problem
        self.hint = hint
        self.attribute = attribute
        self.rule_id = rule_id
        self.source = source
        self.offset = offset
        self.length = max(1, length)
        super().__init__(self.message)

    @property
    def line(self) -> int | None:
        """Line of the fault in the attribute's text, from 1."""
        return None if self.offset is None else self.source.count("\n", 0, self.offset) + 1

    @property
    def column(self) -> int | None:
        """Column of the fault in its line, from 1, counted in characters."""
        return None if self.offset is None else self.offset - self.source.rfind("\n", 0, self.offset)

    @property
    def message(self) -> str:
        """One sentence: what is wrong, at which line and column, and the cure where one is near."""
        place = "" if self.offset is None else f" at {self.line}:{self.column}"
        return f"{self.problem}{place}{', ' + self.hint if self.hint else ''}"

    def of(self, rule_id: str, attribute: str | None = None) -> Self:
        """The same error, told about this rule (and attribute)."""
        return type(self)(
            self.problem,
            hint=self.hint,
            attribute=attribute or self.attribute,
            rule_id=rule_id,
            source=self.source,
            offset=self.offset,
            length=self.length,
        )

    def caret(self) -> str:
        """The offending line with a caret under the place, as a terminal shows it; empty where there is no place."""
        if self.offset is None:
            return ""
        start = self.source.rfind("\n", 0, self.offset) + 1
        end = self.source.find("\n", self.offset)
        end = len(self.source) if end < 0 else end
        left = max(start, self.offset - _WIDTH // 2)
        right = min(end, left + _WIDTH)
        before = "…" if left > start else ""
        after = "…" if right < end else ""
        line = "".join(c if c.isprintable() else " " for c in self.source[left:right])
        at = self.offset - left
        marks = "^" * max(1, _columns(line[at : at + self.length]))
        return f"{before}{line}{after}\n{' ' * (len(before) + _columns(line[:at]))}{marks}"

    def render(self) -> str:
        """The whole report for a terminal: rule and attribute, sentence, and the place with its caret."""
        where = ", ".join(part for part in (self.rule_id, self.attribute) if part)
        text = f"{where}: {self.message}" if where else self.message
        caret = self.caret()
        return text + "".join(f"\n    {line}" for line in caret.splitlines()) if caret else text


def _columns(text: str) -> int:
    """How many columns of a terminal the text fills: wide signs (漢) take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if category(c) in ("Mn", "Me") else 2 if east_asian_width(c) in ("W", "F") else 1 for c in text)


def near_miss(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` for the known word nearest to this one, or nothing."""
    if len(word) > _LONGEST_NAME:
        return ""
    by_folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"did you mean {by_folded[near[0]]}?" if near else ""
