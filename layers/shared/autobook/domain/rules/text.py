"""How texts are compared: exactly by `=`, folded by `contains`, `like`, `startswith`, `endswith`."""

from decimal import Decimal
from unicodedata import normalize

_MOST_DIGITS = 30
"""Amounts with more digits than this are told as they came: written out, one could fill the memory."""


def fold(text: str) -> str:
    """NFC and case-folded, so that `STRASSE` finds `Straße` and a decomposed `ü` a composed one."""
    if text.isascii():
        return text.lower()
    return normalize("NFC", normalize("NFC", text).casefold())


def amount_text(amount: Decimal) -> str:
    """An amount as text for `contains` and its like: plain notation, at least two decimals (`119.00`).

    Assumption: Kanbert's database compares the text of a decimal column, which has two.
    """
    if not -_MOST_DIGITS < amount.adjusted() < _MOST_DIGITS:
        return str(amount)
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


class Pattern:
    """A `like` pattern: `%` any text, `_` any one character, backslash before either takes it literally.

    Matching is linear in the text for every pattern, however hostile: no backtracking.
    """

    __slots__ = ("_accept", "_chars", "_loops", "_other", "inner", "plain", "prefix", "suffix")

    def __init__(self, pattern: str) -> None:
        segments = _segments(fold(pattern))
        literal = ["".join(c or "\0" for c in segment) for segment in segments]
        single = [None in segment for segment in segments]
        self.prefix = _until_wildcard(segments[0])
        """Literal text that every match starts with."""
        self.suffix = _until_wildcard(segments[-1][::-1])[::-1]
        """Literal text that every match ends with."""
        self.inner: tuple[str, ...] = tuple(
            text for text, has_single in zip(literal[1:-1], single[1:-1], strict=True) if text and not has_single
        )
        """Literal texts, in order, between the first and the last `%`."""
        self.plain = _plain(segments)
        """The simpler operator that says the same (`eq` of the folded text, `startswith`, …), and its folded text."""
        self._loops = 0
        self._chars: dict[str, int] = {}
        self._other = 0
        self._accept = 0
        self._automaton(segments)

    def _automaton(self, segments: list[list[str | None]]) -> None:
        """Shift-and: bit i stands for "the first i items are matched"; a `%` before item i keeps bit i set."""
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
        """Whether the (already folded) text matches as a whole."""
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
    return segments


_PLAIN: dict[tuple[bool, ...], str] = {
    (True,): "eq", (True, False): "startswith", (False, True): "endswith", (False, True, False): "contains",
}  # fmt: skip
"""By the segments that are not empty, those between the `%`."""


def _plain(segments: list[list[str | None]]) -> tuple[str, str] | None:
    op = _PLAIN.get(tuple([bool(segment) for segment in segments]))
    text = [char for segment in segments for char in segment]
    return None if op is None or None in text else (op, "".join(map(str, text)))


def _until_wildcard(segment: list[str | None]) -> str:
    literal: list[str] = []
    for char in segment:
        if char is None:
            break
        literal.append(char)
    return "".join(literal)
