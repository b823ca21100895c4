"""The tokens of the string form, and what was probably meant by text that is none of them."""

import re
from collections.abc import Iterable

from autobook.domain.conditions.errors import near_miss
from autobook.domain.conditions.operators import SPELLINGS

LEAF = re.compile(
    r"""\s*([A-Za-z_][A-Za-z0-9_.]*)(?:\s*(<=|>=|!=|=|<|>)|\s+([A-Za-z]+))\s*"""
    r"""(?:"([^"\\]*)"|'([^'\\]*)'|(-?[0-9]+(?:\.[0-9]+)?)(?![\w.+:-]))"""
)
SPACE = re.compile(r"\s*")
AND = re.compile(r"\s*and\b", re.IGNORECASE)
OR = re.compile(r"\s*or\b", re.IGNORECASE)
NOT = re.compile(r"not\b(?!\s*[=<>!.])", re.IGNORECASE)
NAME = re.compile(r"[^\W\d][\w.]*")
SYMBOL = re.compile(r"[=<>!~&|]+")
WORD = re.compile(r"[A-Za-z]+")
STRING = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'""", re.DOTALL)
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?![\w.+:-])")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?)?(?![\w.+:-])")
VALUE = re.compile(r"""["'0-9]""")
BARE = re.compile(r"[\w.+:-]+")
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t", "%": "%", "_": "_"}
LIKE_ESCAPES = ESCAPES | {"%": "\\%", "_": "\\_"}
"""`like` reads these two itself; to the other operators they are characters like any other."""
QUOTES = "„“”‚‘’«»‹›`´"
"""What word processors make of quotation marks."""

_FIRST_LINK = re.compile(r"(?:and|or)\b(?!\s*[=<>!.])", re.IGNORECASE)
_FOLLOWING = re.compile(r"\s*([=<>!~&|]+|[A-Za-z]+)")
_DIGITS = re.compile(r"-?[0-9][0-9.]*$")
_DECIMALS = re.compile(r"[0-9]+")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})+")
_TODAY = re.compile(r"\btoday\s*$", re.IGNORECASE)
_NEAR = 40
"""Characters before and after an error that are looked at."""


def is_connective(text: str, at: int) -> bool:
    """Whether `and` or `or` stands where a condition should begin."""
    return _FIRST_LINK.match(text, at) is not None


def suggestion(word: str, text: str, at: int) -> str:
    """What was probably meant by a word that cannot stand at that place."""
    before, after = text[max(0, at - _NEAR) : at], text[at + 1 : at + 1 + _NEAR]
    if word[0] in QUOTES:
        return "write texts in plain quotation marks"
    if word == ",":
        number, decimals = _DIGITS.search(before), _DECIMALS.match(after)
        if number and decimals:
            written = with_point(number[0], decimals[0])
            return f"write {written}" if written else ""
        return "did you mean and?"
    if word[0] in "+-" and _TODAY.search(before):
        return f"write e.g. today{word[0]}5d, without spaces"
    return {
        "&&": "did you mean and?",
        "&": "did you mean and?",
        "||": "did you mean or?",
        "!": "did you mean not?",
    }.get(word, near_miss(word, ("and", "or")))


def with_point(whole: str, decimals: str) -> str:
    """`1.234` and `56`, from either side of a decimal comma, as a number with a point; empty if they make none."""
    if _THOUSANDS.fullmatch(whole):
        whole = whole.replace(".", "")
    return "" if "." in whole else f"{whole}.{decimals}"


_OTHER_LANGUAGES = {
    "==": "did you mean =?",
    "===": "did you mean =?",
    "equals": "did you mean =?",
    "is": "did you mean is null or is not null?",
    "<>": "did you mean !=?",
    "=!": "did you mean !=?",
    "!": "did you mean !=?",
    "=<": "did you mean <=?",
    "=>": "did you mean >=?",
    "~": "did you mean contains?",
    "has": "did you mean contains?",
    "includes": "did you mean contains?",
    "matches": "did you mean like?",
    "between": "write >= … and <= …, each with its field",
}


def nearest_operator(spelling: str, others: Iterable[str] = ()) -> str:
    """A suggestion: what another language's operator is called here, or the nearest spelling of ours (or `others`)."""
    return _OTHER_LANGUAGES.get(spelling.lower()) or near_miss(spelling, (*SPELLINGS, *others))


def without_not(name: str, text: str, at: int) -> str:
    """How `title not contains "x"` and `title not null` are written; `at` is after the `not`."""
    subject = name if len(name) <= _NEAR else "…"
    found = _FOLLOWING.match(text, at)
    following = found[1].lower() if found else ""
    if following in ("null", "isnull"):
        return f"write {subject} is not null"
    if following in ("=", "eq"):
        return f"write {subject} != …"
    if following in SPELLINGS:
        return f"write not ({subject} {following} …)"
    return f"write not ({subject} …), or {subject} is not null"
