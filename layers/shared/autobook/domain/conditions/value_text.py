"""Values as the string form writes them, as short as can be: what the size of a condition is measured by."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from autobook.domain.conditions.ast import FieldReference, Scalar
from autobook.domain.conditions.dates import SpecialDate
from autobook.domain.conditions.operators import OperatorName

_LIKE_BACKSLASH: Final = re.compile(r"\\(?![%_])")


def shortest_value(value: Scalar | FieldReference, op: OperatorName) -> str:
    """The value after this operator, with no character that could be left out."""
    if isinstance(value, FieldReference):
        return value.path
    if isinstance(value, datetime):
        return _shortest_instant(value)
    if isinstance(value, date):
        return str(value)
    if isinstance(value, str):
        mark = "'" if value.count('"') > value.count("'") else '"'
        return f"{mark}{with_backslashes(value, op).replace(mark, '\\' + mark)}{mark}"
    return bare_value(value)


def _shortest_instant(value: datetime) -> str:
    local = value.replace(tzinfo=None)
    written = local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")
    if local.microsecond:
        written = written.rstrip("0")
    offset = value.isoformat().removeprefix(local.isoformat()).replace(":", "")
    return f"{written}{'Z' if offset == '+0000' else offset}"


def bare_value(value: Decimal | SpecialDate | bool) -> str:
    """A value that stands without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def with_backslashes(value: str, op: OperatorName) -> str:
    """The text with backslashes doubled, except those before the wildcards of `like`, which reads them itself."""
    return _LIKE_BACKSLASH.sub(r"\\\\", value) if op == "like" else value.replace("\\", "\\\\")
