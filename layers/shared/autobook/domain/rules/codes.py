"""A code as people type it into a rule, or a spreadsheet writes it there."""

import re
from decimal import Decimal
from typing import Any, Final

from autobook.domain.action_fields import BY_NAME, FieldKind
from autobook.domain.codes import normal_code
from autobook.domain.conditions import plain
from autobook.domain.rules.errors import RuleError, described

_LARGEST: Final = 10**18
"""Codes written as numbers are smaller than this."""
_LITERAL: Final = re.compile(r"id\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_SPREADSHEET: Final = (
    (re.compile(r"""=\s*"([^"]*)"|='([^']*)'"""), "a spreadsheet's formula"),
    (re.compile(r"""["“”„](.+)["“”]|['‘’‚](.+)['‘’]"""), "in quotation marks"),
    (re.compile(r"'(.+)"), "a spreadsheet's mark for text"),
    (re.compile(r"(\d+)[.,]0+"), "a number as spreadsheets write it"),
)
_EXPONENT: Final = re.compile(r"\d+([.,]\d+)?E\+\d+", re.IGNORECASE)


def read_code(value: Any) -> str:
    """A code or shortcode without blanks around it, or `id:` and an id.

    In the DynamoDB console `7380` easily becomes a number, which is taken for what it means. RuleError, with the cure,
    for what a spreadsheet makes of a code: a leading zero, or what was behind it, may have been lost there.
    """
    number = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, Decimal):
        number = value.is_finite()
    if number and -_LARGEST < value < _LARGEST and value == int(value):
        return str(int(value))
    if not isinstance(value, str):
        raise RuleError(f"expected a text, found {described(value)}")
    text = plain(value).strip()
    if literal := _LITERAL.fullmatch(text):
        text = f"id:{literal[1]}"
    if not text or text == "id:":
        raise RuleError("expected a code such as 7380, or id:…")
    for pattern, name in _SPREADSHEET:
        if found := pattern.fullmatch(text):
            meant = next(group for group in found.groups() if group is not None).strip()
            raise RuleError(f'"{text:.60}" is {name}', hint=f"write {meant:.60}")
    if _EXPONENT.fullmatch(text):
        raise RuleError(f'"{text:.60}" is a number cut by a spreadsheet', hint="write out the code, formatted as text")
    return text


def meaning(field: str, value: object) -> object:
    """The same for values that say the same: `P-42` and `p-42` are one code."""
    is_code = isinstance(value, str) and BY_NAME[field].kind is FieldKind.REFERENCE and not value.startswith("id:")
    return normal_code(str(value)) if is_code else value
