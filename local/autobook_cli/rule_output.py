"""What the `autobook rules` commands print: matches and findings, as text for people and as data for programs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.rules import Choice, Conflict, Match, Verdicts, by_line
from autobook.rule_analysis.lint import Finding
from autobook_cli.console import say_json
from autobook_cli.formats import exact_json

_SHOWN = 20
"""Findings of one kind that are printed for people."""


def print_json(data: Any) -> None:
    """Print as JSON, amounts with every digit."""
    say_json(exact_json.write(data))


def counted(number: int, noun: str) -> str:
    """`1 rule`, `2,000 rules`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# --- findings of the linter --------------------------------------------------------------------------------------


def findings_data(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """All of them."""
    return [
        {
            "rule_id": each.rule_id, "kind": each.kind, "message": each.message, "others": list(each.others),
            "others_total": each.others_total,
        }
        for each in findings
    ]  # fmt: skip


def findings_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """By kind, the first of each: of thousands that say the same, nobody reads more."""
    kinds: dict[str, list[Finding]] = {}
    for each in findings:
        kinds.setdefault(each.kind, []).append(each)
    for kind, alike in kinds.items():
        for each in alike[:_SHOWN]:
            yield f"warning: {each.rule_id or 'the set'}: {each.message}"
        if len(alike) > _SHOWN:
            yield f"warning: … and {len(alike) - _SHOWN:,} more of the kind {kind.replace('_', ' ')}; see --json"


# --- matches -----------------------------------------------------------------------------------------------------


def match_data(invoice: IncomingInvoice, match: Match) -> dict[str, Any]:
    """Which rule decides each field, and what suggestions would add."""
    return {
        "id": invoice.id,
        "invoice_number": invoice.invoice_number,
        "supplier": invoice.supplier.name if invoice.supplier else None,
        "invoice": _verdicts_data(match.invoice),
        "bookings": _bookings_data(by_line(invoice, match.bookings)),
        "suggestions": {
            "invoice": _verdicts_data(match.suggestions.invoice),
            "bookings": _bookings_data(each for each in by_line(invoice, match.suggestions.bookings) if each[1]),
        },
    }


def _bookings_data(bookings: Iterable[tuple[str | None, Verdicts]]) -> list[dict[str, Any]]:
    return [{"id": line, "fields": _verdicts_data(fields)} for line, fields in bookings]


def _verdicts_data(verdicts: Verdicts) -> dict[str, Any]:
    return {
        field: verdict._asdict()
        if isinstance(verdict, Choice)
        else {"conflict": [choice._asdict() for choice in verdict.choices]}
        for field, verdict in verdicts.items()
    }


def match_lines(invoice: IncomingInvoice, match: Match) -> Iterator[str]:
    """The same for people."""
    supplier = invoice.supplier.name if invoice.supplier else "no supplier"
    yield f"{invoice.invoice_number or invoice.id}  {supplier}  {invoice.sum_gross:f}"
    lines = list(_verdict_lines("invoice", match.invoice))
    for line, fields in by_line(invoice, match.bookings):
        lines.extend(_verdict_lines(line or "no booking line", fields))
    lines.extend(_verdict_lines("invoice", match.suggestions.invoice, "suggested: "))
    for line, fields in by_line(invoice, match.suggestions.bookings):
        lines.extend(_verdict_lines(line or "no booking line", fields, "suggested: "))
    yield from lines or ["  no rule decides anything; see why with: autobook rules explain"]


def _verdict_lines(where: str, verdicts: Verdicts, note: str = "") -> Iterator[str]:
    for field, verdict in verdicts.items():
        yield f"  {where}  {note}{_verdict_text(field, verdict)}"


def _verdict_text(field: str, verdict: Choice | Conflict) -> str:
    if isinstance(verdict, Choice):
        return f"{field} = {_value_text(verdict)}  by {verdict.rule_id}"
    wanted = " or ".join(f"{_value_text(choice)} ({choice.rule_id})" for choice in verdict.choices)
    return f"{field}: CONFLICT, nothing is written: {wanted}"


def _value_text(choice: Choice) -> str:
    return choice.value if isinstance(choice.value, str) else ", ".join(choice.value)
