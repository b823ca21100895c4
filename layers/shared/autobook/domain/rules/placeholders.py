"""`{invoice_number}`-style placeholders in titles and notes: checked with the rule, filled for an invoice."""

import re
from collections.abc import Collection
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import lru_cache

from autobook.domain.conditions import local_date, near_miss
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.rules.errors import RuleError
from autobook.domain.rules.rule_fields import BOOKING, rule_fields

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@lru_cache(maxsize=4096)
def check_template(text: str) -> None:
    """Refuse a placeholder that names no field. `{{` and `}}` stand for the braces themselves."""
    for found in _PIECE.finditer(text):
        if found[0] in ("{{", "}}"):
            continue
        place = {"source": text, "offset": found.start(), "length": len(found[0])}
        if found[1] is None:
            raise RuleError(f"a single {found[0]}", hint=f"write {found[0] * 2} for the brace itself", **place)  # type: ignore[arg-type]
        fields = rule_fields().fields
        if found[1] not in fields:
            hint = near_miss(found[1], fields)
            raise RuleError(f'unknown placeholder "{found[1][:60]}"', hint=hint, **place)  # type: ignore[arg-type]


def refuse_placeholders(text: str, names: Collection[str], problem: str, cure: str) -> None:
    """Refuse any of these placeholders in a sound template."""
    for found in _PIECE.finditer(text):
        if found[1] in names:
            place = {"source": text, "offset": found.start(), "length": len(found[0])}
            raise RuleError(problem, hint=f"leave out {found[0]}{cure}", **place)  # type: ignore[arg-type]


def fill(
    text: str, invoice: IncomingInvoice, booking: Booking | None, *, timezone: tzinfo, max_length: int | None = None
) -> str:
    """The text with every placeholder replaced; an empty field leaves nothing, dates are ISO local dates.

    Cut after `max_length` characters: no more than that is built, however long a field is.
    """

    def one(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        name = found[1] or ""
        subject: object = invoice
        if name.startswith(f"{BOOKING}."):
            subject, name = booking, name.removeprefix(f"{BOOKING}.")
        for step in name.split("."):
            subject = getattr(subject, step, None)
        return _formatted(subject, timezone)

    pieces, length, at = list[str](), 0, 0
    for found in (*_PIECE.finditer(text), None):
        end = found.start() if found is not None else len(text)
        for piece in (text[at:end], one(found) if found is not None else ""):
            pieces.append(piece if max_length is None else piece[: max_length - length])
            length += len(pieces[-1])
        if found is None or length == max_length:
            break
        at = found.end()
    return "".join(pieces)


def _formatted(value: object, timezone: tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return local_date(value, timezone).isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
