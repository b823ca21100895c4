"""Numbers and dates as people write them elsewhere, and how a condition writes them: `1.234,56 €` is `1234.56`.

Nothing here is accepted: it only makes the hint of an error. Where a text may be read in two ways, both are offered.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from autobook.domain.conditions.look_alikes import plain

NUMERIC_KINDS: Final = frozenset(("currency", "number", "count"))

_UNIT: Final = r"(?:[€$£¥%‰]|(?:EUR|Euro|CHF|USD|GBP|Prozent|percent)\b)"
_SIGN: Final = "[+\u2212\u2013\u2014-]"
_BLANK: Final = "[ \u00a0\u2007\u2009\u202f]"
_NUMBER: Final = re.compile(
    rf"(?:{_UNIT}\s?)?(?P<sign>{_SIGN})?\s?(?:{_UNIT}\s?)?"
    rf"(?P<digits>[0-9]+(?:[.,'’´][0-9]+|{_BLANK}[0-9]{{3}}(?![0-9]))*|[.,][0-9]+)(?:[.,][\u2013\u2014-]|\.)?"
    rf"(?:\s?{_UNIT})?",
    re.IGNORECASE,
)
_MORE: Final = re.compile(r"[\w:+-]|[.,'’´](?=\w)")
"""What goes on after a number, so that it is none."""
_SEPARATOR: Final = re.compile(r"[^0-9]")
_GROUPS: Final = re.compile(r"[0-9]{1,3}(?:[^0-9][0-9]{3})+")
_DECIMALS: Final = re.compile(r"[0-9]{1,2}|0[0-9]*")
_DAY: Final = re.compile(
    r"(?P<year>[0-9]{4})[./](?P<month>[0-9]{1,2})[./](?P<day>[0-9]{1,2})"
    r"|(?P<d>[0-9]{1,2})(?P<separator>[./-])[ ]?(?P<m>[0-9]{1,2})[./-][ ]?(?P<y>[0-9]{4}|[0-9]{2})"
)
_CLEAR: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.(?:[0-9]{1,2}|[0-9]{4,}))?")
_AMOUNTS: Final = re.compile(r"[^,]+,[^,]+|[^,]+,[0-9]{2}(?:,[^,]+,[0-9]{2})*")
_LONGEST: Final = 60
"""Characters of what is looked at as a number, or listed in a hint."""


def number_at(text: str, at: int, *, within_list: bool) -> str:
    """What looks like a number there, with sign, separators and unit; empty if nothing does.

    In a list a comma ends it.
    """
    end = text.find(",", at) if within_list else -1
    found = _NUMBER.match(text, at, end if end >= 0 else len(text))
    return found[0] if found and not _MORE.match(text, found.end(), end if end >= 0 else len(text)) else ""


def date_at(text: str, at: int) -> str:
    """What looks like a date there; empty if nothing does."""
    found = _DAY.match(text, at)
    return found[0] if found else ""


def readings(written: str) -> tuple[str, ...]:
    """How the number is written in a condition: one way, two where it is ambiguous, none where it is no number."""
    found = _NUMBER.fullmatch(plain(written).strip()) if len(written) <= _LONGEST else None
    if found is None:
        return ()
    minus = "-" if found["sign"] not in (None, "+") else ""
    return tuple(minus + each for each in _readings(found["digits"]))


def _readings(digits: str) -> tuple[str, ...]:
    separators = _SEPARATOR.findall(digits)
    *whole, last = _SEPARATOR.split(digits)
    grouped = _GROUPS.fullmatch(digits) and len({*separators}) == 1
    together = "".join([*whole, last])
    if not separators or (grouped and (len(separators) > 1 or separators[0] not in ".,")):
        return (together,)
    if grouped and whole[0].strip("0"):
        return together, f"{whole[0]}.{_written_out(last)}"
    ungrouped = len(whole) > 1 and not _GROUPS.fullmatch(digits[: -len(last) - 1])
    if separators[-1] not in ".," or separators[-1] in separators[:-1] or ungrouped:
        return ()
    return (f"{''.join(whole) or '0'}.{last}",)


def _written_out(decimals: str) -> str:
    """Decimals of a number that cannot be taken for thousands: two of them, or four."""
    return decimals[:2] if decimals.endswith("0") else f"{decimals}0"


def number_hint(written: str, *, quoted: bool = False) -> str:
    """The hint for a text where a number belongs; empty if it looks like none."""
    found = readings(written)
    if len(found) == 2:
        return f"{found[0]} or {found[1]}?"
    return f"write {found[0]}{' without quotes' if quoted else ''}" if found else ""


def is_ambiguous(number: Decimal) -> bool:
    """Whether a number with a point may have been meant with thousands: `5.000`."""
    return number.as_tuple().exponent == -3 and 1 <= abs(number) < 1000


def date_hint(written: str) -> str:
    """The hint for a text where a date belongs; empty if it looks like none."""
    found = _DAY.fullmatch(plain(written).strip()) if len(written) <= _LONGEST else None
    if found is None:
        return ""
    if found["year"]:
        days = [_day(found["year"], found["month"], found["day"])]
    else:
        year = found["y"] if len(found["y"]) == 4 else f"20{found['y']}"
        if found["separator"] == "-" and year != found["y"]:
            return ""
        days = [_day(year, found["m"], found["d"])]
        if found["separator"] == "/":
            days.append(_day(year, found["d"], found["m"]))
    possible = list(dict.fromkeys(each for each in days if each))
    return f'write "{possible[0]}"' if len(possible) == 1 else " or ".join(possible) + "?" if possible else ""


def _day(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


class AmbiguousCommas(NamedTuple):
    """Commas in a list that may stand between numbers, or before decimals."""

    start: int
    """Where in the list's text the first such number stands."""
    written: str
    hint: str


def ambiguous_commas(inner: str, *, compact_is_clear: bool = False) -> AmbiguousCommas | None:
    """The first number in a list that may be one with decimals or two: `5,5, 7` (what is between the brackets).

    A comma without a blank is ambiguous beside one with a blank, and where all numbers make amounts in pairs: `5,5`,
    `99,90,49,90`. With `compact_is_clear`, as in JSON, which programs write without blanks, only the first is.
    """
    pieces = list(re.finditer(r"[^,\s](?:,(?=\S)|[^,])*", inner))
    tight = [each for each in pieces if re.search(r"[0-9],[0-9]", each[0])]
    if not tight or not all(re.fullmatch(r"[-0-9.,\s]*", each[0]) for each in pieces):
        return None
    if len(pieces) == 1 and (compact_is_clear or not _pairs(inner) or not _AMOUNTS.fullmatch(inner.strip())):
        return None
    separate = [number.strip() for piece in pieces for number in piece[0].split(",")]
    joined = [number for piece in pieces for number in _pairs(piece[0]) or [piece[0].strip()]]
    lists = [f"[{', '.join(each)}]" for each in (joined, separate) if all(map(_CLEAR.fullmatch, each))]
    hint = "write decimals with a point, and a blank after each comma"
    if lists and len(inner) <= _LONGEST:
        hint = f"{lists[0]} or {lists[1]}?" if len(lists) > 1 else f"write {lists[0]}"
    return AmbiguousCommas(tight[0].start(), tight[0][0].strip(), hint)


def _pairs(piece: str) -> list[str]:
    """The numbers of which every two make one with decimals: `5,5` → `5.5`; none if they do not."""
    numbers = piece.split(",")
    if len(numbers) % 2 or not all(_DECIMALS.fullmatch(each.strip()) for each in numbers[1::2]):
        return []
    found = [readings(f"{whole},{decimals}") for whole, decimals in zip(numbers[::2], numbers[1::2], strict=True)]
    return [each[0] for each in found] if all(found) else []
