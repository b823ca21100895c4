"""What is wrong with a condition, where, and what to do about it."""

from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import category, east_asian_width

_LONGEST_NAME = 64
"""Names longer than this get no suggestion: comparing them takes time and helps nobody."""
_WIDTH = 100
"""Characters of the offending line that are shown around the place."""


class SourceError(ValueError):
    """Something that a person wrote cannot be used; `str(error)` is a sentence for that person.

    `line` and `column` (from 1, in characters) name the place in `source`, the text that was read; both are None
    where the text has no such place.
    """

    def __init__(
        self, problem: str, *, hint: str = "", source: str = "", offset: int | None = None, length: int = 1
    ) -> None:
        self.problem = problem
        self.hint = hint
        self.source = source
        self.offset = offset
        self.length = max(1, length)
        super().__init__(self.message)

    @property
    def line(self) -> int | None:
        """Line of the error in the text, from 1."""
        return None if self.offset is None else self.source.count("\n", 0, self.offset) + 1

    @property
    def column(self) -> int | None:
        """Column of the error in its line, from 1, counted in characters."""
        return None if self.offset is None else self.offset - self.source.rfind("\n", 0, self.offset)

    @property
    def message(self) -> str:
        """One sentence: what is wrong, at which line and column, and how to fix it where we can guess."""
        place = "" if self.offset is None else f" at {self.line}:{self.column}"
        return f"{self.problem}{place}{', ' + self.hint if self.hint else ''}"

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


class ConditionError(SourceError):
    """A condition that cannot be used."""


def _columns(text: str) -> int:
    """How many columns of a terminal the text fills: wide characters (漢) take two, combining ones none."""
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
