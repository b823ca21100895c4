"""How texts are compared: as they look by `=`, folded besides by `contains`, `like`, `startswith`, `endswith`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, Literal
from unicodedata import normalize

from autobook.domain.conditions.look_alikes import plain

FOLDED: Final = "~"
"""Prefix of the key under which a field's folded text is kept."""

_MOST_DIGITS = 30
"""Amounts with more digits than this stay in scientific notation: written out, one could fill the memory."""
PlainTest = Literal["eq", "contains", "startswith", "endswith"]
"""The simpler tests that a `like` pattern may come down to."""


def fold(text: str) -> str:
    """Plain (`look_alikes`) and case-folded, so that `STRASSE` finds `Straße` and a decomposed `ü` a composed one."""
    if text.isascii():
        return text.lower()
    return normalize("NFC", plain(text).casefold())


def amount_text(amount: Decimal) -> str:
    """An amount as text for `contains` and its like: plain notation, at least two decimals (`119.00`).

    Assumption: Kanbert's database compares the text of a decimal column, which has two.
    """
    if not -_MOST_DIGITS < amount.adjusted() < _MOST_DIGITS:
        return str(amount)
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


class Pattern:
    """A `like` pattern: `%` any text, `_` any one character, backslash before either takes it literally."""

    __slots__ = ("_segments", "inner", "plain", "prefix", "suffix")

    def __init__(self, pattern: str) -> None:
        segments = self._segments = _segments(fold(pattern))
        self.prefix = _until_wildcard(segments[0])
        """Literal text that every match starts with."""
        self.suffix = _until_wildcard(segments[-1][::-1])[::-1]
        """Literal text that every match ends with."""
        self.inner = tuple([run for segment in segments for run in _runs(segment)])
        """Literal texts, in order, that every match has somewhere in it; prefix and suffix are among them."""
        self.plain = _plain(segments)
        """The simpler operator that says the same (`eq` of the folded text, `startswith`, …), and its folded text."""

    def matcher(self) -> Callable[[str], bool]:
        """Whether a (folded) text matches as a whole; linear in the text for every pattern: no backtracking."""
        return _Automaton(self._segments).matches


class _Automaton:
    """Shift-and: bit i stands for "the first i items are matched"; a `%` before item i keeps bit i set."""

    __slots__ = ("_accept", "_chars", "_loops", "_other")

    def __init__(self, segments: list[list[str | None]]) -> None:
        self._loops = 0
        self._chars: dict[str, int] = {}
        self._other = 0
        items = [item for segment in segments for item in segment]
        for i, item in enumerate(items):
            if item is None:
                self._other |= 1 << i
            else:
                self._chars[item] = self._chars.get(item, 0) | 1 << i
        for item in self._chars:
            self._chars[item] |= self._other
        at = 0
        for segment in segments[:-1]:
            at += len(segment)
            self._loops |= 1 << at
        self._accept = 1 << len(items)

    def matches(self, folded: str) -> bool:
        chars, other, loops, state = self._chars, self._other, self._loops, 1
        for char in folded:
            state = (state & chars.get(char, other)) << 1 | state & loops
            if not state:
                return False
        return bool(state & self._accept)


def _segments(pattern: str) -> list[list[str | None]]:
    """The pattern split at `%`; None stands for `_`."""
    segments: list[list[str | None]] = [[]]
    chars = iter(pattern)
    for char in chars:
        if char == "\\":
            segments[-1].append(next(chars, "\\"))
        elif char == "%":
            segments.append([])
        else:
            segments[-1].append(None if char == "_" else char)
    # `%%` is `%`.
    return [segment for n, segment in enumerate(segments) if segment or n in (0, len(segments) - 1)]


_PLAIN: dict[tuple[bool, ...], PlainTest] = {
    (False,): "eq", (True,): "eq", (True, False): "startswith", (False, True): "endswith",
    (False, False): "contains", (False, True, False): "contains",
}  # fmt: skip
"""By the segments that are not empty, those between the `%`."""


def _plain(segments: list[list[str | None]]) -> tuple[PlainTest, str] | None:
    op = _PLAIN.get(tuple([bool(segment) for segment in segments]))
    text = _literal([char for segment in segments for char in segment])
    return None if op is None or text is None else (op, text)


def _literal(segment: list[str | None]) -> str | None:
    """Its text, if there is no `_` in it."""
    return None if None in segment else "".join(map(str, segment))


def _runs(segment: list[str | None]) -> list[str]:
    """The literal texts of a segment, between its `_`."""
    runs = [""]
    for char in segment:
        if char is None:
            runs.append("")
        else:
            runs[-1] += char
    return [run for run in runs if run]


def _until_wildcard(segment: list[str | None]) -> str:
    literal: list[str] = []
    for char in segment:
        if char is None:
            break
        literal.append(char)
    return "".join(literal)
