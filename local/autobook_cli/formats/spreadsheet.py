"""Texts in cells of a CSV table: what a spreadsheet would take for something else is shielded by an apostrophe.

A spreadsheet that opens a CSV file guesses what each cell is: `0650` becomes 650, `1E5` 100000, `20.5` or `MAR-1` a
date, `true` WAHR, and `=…`, `+…`, `-…`, `@…` a formula. With an apostrophe before it, it is a text. Some programs keep
the apostrophe in the cell and some take it out on opening; the text is read back the same either way.
"""

import re
from typing import Final

_MARK: Final = "'"
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,14}")
"""A number that every spreadsheet gives back digit by digit."""
_BEGINNINGS: Final = "=+-@'#.,%0123456789\uff1d\uff0b\uff0d\uff20−"
_WORDS: Final = frozenset(
    ("true", "false", "wahr", "falsch", "vrai", "faux", "verdadero", "verdadeiro", "waar", "onwaar")
)
_MONTH: Final = re.compile(
    r"(?:jan|gen|ene|feb|f[ée]v|m[aäå]r|mrz|apr|abr|avr|ma[iyjg]|jun|jui|giu|jul|lug|aug|ago|ao[uû]|sep|set|o[kc]t|ott|"
    r"out|nov|de[zc]|d[ée]c|dic)\w*[ .,/-]*[0-9]",
    re.IGNORECASE,
)
_LONGEST_DATE: Final = 30


def shielded(text: str) -> str:
    """The text as it is written into a cell."""
    return f"{_MARK}{text}" if _is_taken_otherwise(text) else text


def unshielded(cell: str) -> str:
    """The text of a cell: without the apostrophe, where one was put there."""
    return cell[1:] if cell.startswith(_MARK) and _is_taken_otherwise(cell[1:]) else cell


def _is_taken_otherwise(text: str) -> bool:
    seen = text.strip()
    if seen != text and seen and _WHOLE.fullmatch(seen):
        return True
    if not seen or _WHOLE.fullmatch(seen):
        return False
    if seen[0] in _BEGINNINGS or text[0] in "\t\r\n" or seen.casefold() in _WORDS:
        return True
    return len(seen) <= _LONGEST_DATE and _MONTH.match(seen) is not None
