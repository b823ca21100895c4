"""The tokens of the string form, and what was probably meant by text that is none of them."""

import re
from collections.abc import Iterable

from autobook.domain.conditions.errors import ConditionError, near_miss
from autobook.domain.conditions.look_alikes import as_typed, described, plain
from autobook.domain.conditions.operators import SPELLINGS

LEAF = re.compile(
    r"""\s*([A-Za-z_][A-Za-z0-9_.]*)(?:\s*(<=|>=|!=|=|<|>)|\s+([A-Za-z]+))\s*"""
    r"""(?:"([^"\\]*)"|'([^'\\]*)'|(-?[0-9]+(?:\.[0-9]+)?)(?!\w)(?=\s*(?:$|\)|and\b|or\b|AND\b|OR\b)))"""
)
SPACE = re.compile(r"\s*")
AND = re.compile(r"\s*and\b", re.IGNORECASE)
OR = re.compile(r"\s*or\b", re.IGNORECASE)
NOT = re.compile(r"not\b(?!\s*[=<>!.])", re.IGNORECASE)
NAME = re.compile(r"[^\W\d][\w.]*")
SYMBOL = re.compile(r"[=<>!~&|≤≥≠⩽⩾≦≧＝＜＞！]+")
WORD = re.compile(r"[A-Za-z]+")
STRING = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'""", re.DOTALL)
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?![\w.+:-])")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?)?(?![\w.+:-])")
VALUE = re.compile(r"""["'0-9]""")
NUMBER_LIST = re.compile(r"[\[(]([-0-9.,\s]{1,4000})[\])]")
IN_PARENTHESES = re.compile(r"\(([^()]{1,60})\)")
BARE = re.compile(r"[\w.+:-]+")
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t", "%": "%", "_": "_"}
LIKE_ESCAPES = ESCAPES | {"%": "\\%", "_": "\\_"}
"""`like` reads these two itself; to the other operators they are characters like any other."""
QUOTES = "„“”‚‘’«»‹›`´＂＇"
"""What word processors make of quotation marks."""

_FIRST_LINK = re.compile(r"(?:and|or)\b(?!\s*[=<>!.])", re.IGNORECASE)
_FOLLOWING = re.compile(r"\s*([=<>!~&|]+|[A-Za-z]+)")
_TODAY = re.compile(r"\btoday\s*$", re.IGNORECASE)
_QUOTED = re.compile(rf"""[{QUOTES}"']([^{QUOTES}"'\\\n]{{1,60}})[{QUOTES}"']""")
_NEAR = 40
"""Characters before and after an error that are looked at."""


def is_connective(text: str, at: int) -> bool:
    """Whether `and` or `or` stands where a condition should begin."""
    return _FIRST_LINK.match(text, at) is not None


def suggestion(word: str, text: str, at: int) -> str:
    """What was probably meant by a word that cannot stand at that place."""
    before = text[max(0, at - _NEAR) : at]
    if word[0] in QUOTES:
        return in_plain_quotes(text, at)
    if word == ",":
        return "did you mean and?"
    sign = as_typed(word[0])
    if sign in ("+", "-") and _TODAY.search(before):
        return f"write e.g. today{sign}5d, without spaces"
    return {
        "&&": "did you mean and?",
        "&": "did you mean and?",
        "||": "did you mean or?",
        "!": "did you mean not?",
        **dict.fromkeys(("+", "-", "*", "/"), "a condition compares, it does not calculate"),
    }.get(word, near_miss(word, ("and", "or")))


def look_alike_error(text: str, error: ConditionError) -> ConditionError | None:
    """The error about a character before the place of this one that is not what it looks like; None if there is none.

    In quotes such characters do no harm.
    """
    if error.offset is None or text.isascii() or error.hint.startswith("write"):
        return None
    quoted = {at for found in STRING.finditer(text) for at in range(*found.span())}
    for at, char in enumerate(text[: error.offset + error.length + 1]):
        typed = plain(char)
        if typed != char and not char.isspace() and at not in quoted and not (typed and error.hint):
            hint = f"write {typed}" if typed else "delete it"
            return ConditionError(f"{described(char)} outside quotes", hint=hint, source=text, offset=at)
    return None


def in_plain_quotes(text: str, at: int) -> str:
    """How a text between typographic quotation marks is written; `at` is the first of them."""
    found = _QUOTED.match(text, at)
    return f'write "{found[1]}"' if found else "write texts in plain quotation marks"


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
    typed = as_typed(spelling).strip()
    if typed != spelling and typed.lower() in SPELLINGS:
        return f"write {typed}"
    return _OTHER_LANGUAGES.get(typed.lower()) or near_miss(typed, (*SPELLINGS, *others))


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
