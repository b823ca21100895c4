"""Values as the string form writes them."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from autobook.domain.conditions.ast import Scalar
from autobook.domain.conditions.dates import SpecialDate
from autobook.domain.conditions.operators import OperatorName

_LIKE_BACKSLASH: Final = re.compile(r"\\(?![%_])")


def quoted(text: str) -> str:
    """The text in double quotes, to stand in a condition: `f"shortcode = {quoted(code)}"`. Not for `like`."""
    return written_value(text, "eq")


def written_value(value: Scalar, op: OperatorName) -> str:
    """The value after this operator, the way people write it."""
    if isinstance(value, date):
        return f'"{value}"'
    if isinstance(value, str):
        escaped = _backslashes(value, op).replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return f'"{escaped}"'
    return _bare(value)


def shortest_value(value: Scalar, op: OperatorName) -> str:
    """The value after this operator, with no character that could be left out."""
    if isinstance(value, datetime):
        return _shortest_instant(value)
    if isinstance(value, date):
        return str(value)
    if isinstance(value, str):
        mark = "'" if value.count('"') > value.count("'") else '"'
        return f"{mark}{_backslashes(value, op).replace(mark, '\\' + mark)}{mark}"
    return _bare(value)


def _shortest_instant(value: datetime) -> str:
    local = value.replace(tzinfo=None)
    written = local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")
    if local.microsecond:
        written = written.rstrip("0")
    offset = value.isoformat().removeprefix(local.isoformat()).replace(":", "")
    return f"{written}{'Z' if offset == '+0000' else offset}"


def _bare(value: Decimal | SpecialDate | bool) -> str:
    """A value that stands without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _backslashes(value: str, op: OperatorName) -> str:
    """Doubled, except those before the wildcards of `like`, which reads them itself."""
    return _LIKE_BACKSLASH.sub(r"\\\\", value) if op == "like" else value.replace("\\", "\\\\")
