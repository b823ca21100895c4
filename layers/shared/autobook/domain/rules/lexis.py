"""What the words of the string form look like, and what was meant by those that are none of it."""

import re

from autobook.domain.rules.errors import near_miss
from autobook.domain.rules.syntax import OPERATORS

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
IS_NULL = re.compile(r"is\s+(not\s+)?null\b", re.IGNORECASE)
NOT_IN = re.compile(r"not\s+in\b", re.IGNORECASE)
STRING = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'""", re.DOTALL)
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?![\w.+:-])")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?)?(?![\w.+:-])")
BARE = re.compile(r"[\w.+:-]+")
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t", "%": "\\%", "_": "\\_"}
"""`\\%` and `\\_` stay as they are: `like` reads the backslash (as in MySQL)."""


def connective(word: str) -> str:
    """What `&&` and the like are called here."""
    return {
        "&&": "did you mean and?",
        "&": "did you mean and?",
        "||": "did you mean or?",
        "!": "did you mean not?",
    }.get(word, near_miss(word, ("and", "or")))


def nearest_operator(spelling: str) -> str:
    """What an operator of another language is called here, or the one that is spelled most alike."""
    symbols = {
        "==": "=",
        "===": "=",
        "<>": "!=",
        "=<": "<=",
        "=>": ">=",
        "=!": "!=",
        "~": "contains",
        "!": "!=",
    }
    if spelling in symbols:
        return f"did you mean {symbols[spelling]}?"
    if spelling.lower() == "is":
        return "did you mean is null or is not null?"
    return near_miss(spelling, OPERATORS)
