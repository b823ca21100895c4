"""What the `autobook rules` commands print: matches and findings, as text for people and as data for programs."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any

from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.rules import Choice, Conflict, Match, Review, Verdicts, by_line
from autobook.rule_analysis import Finding
from autobook_cli.console import plain, say_json
from autobook_cli.formats import exact_json

_SHOWN = 20
"""Findings of one kind that are printed for people."""
_WIDTH = 80
"""Columns of a terminal."""


def print_json(data: Any) -> None:
    """Print as JSON, amounts with every digit."""
    say_json(exact_json.write(data))


def counted(number: int, noun: str) -> str:
    """`1 rule`, `2,000 rules`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# --- findings about a set of rules -------------------------------------------------------------------------------


def findings_data(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """All of them."""
    return [
        {
            "rule_id": each.rule_id, "kind": each.kind, "message": each.message, "others": list(each.others),
            "others_total": each.others_total,
        }
        for each in findings
    ]  # fmt: skip


def findings_counted(findings: Sequence[Finding]) -> str:
    """How many warnings, and how many rules that might be in conflict."""
    possible = sum(each.kind == "overlapping" for each in findings)
    warnings = counted(len(findings) - possible, "warning")
    return f"{warnings}, {counted(possible, 'possible conflict')}" if possible else warnings


def findings_lines(findings: Sequence[Finding], *, show_all: bool) -> Iterator[str]:
    """Warnings by kind, then the conflicts that are only possible, one line for each rule.

    Of thousands that say the same nobody reads more than the first; with `show_all` all are printed, and of a possible
    conflict a line for each pair.
    """
    most = None if show_all else _SHOWN
    kinds: dict[str, list[Finding]] = {}
    for each in findings:
        kinds.setdefault(each.kind, []).append(each)
    possible = kinds.pop("overlapping", [])
    for kind, alike in kinds.items():
        for each in alike[:most]:
            yield from wrapped(f"warning: {plain(each.rule_id or 'the set')}: {plain(each.message)}")
        if len(alike) > len(alike[:most]):
            yield f"warning: … and {len(alike) - _SHOWN:,} more of the kind {kind.replace('_', ' ')}; see --all"
    if possible:
        yield "possible conflicts (nothing is written for an invoice that meets both rules):"
    for each in possible[:most]:
        if show_all:
            yield from (f"  {plain(each.rule_id)} with {plain(other)}" for other in each.others)
        else:
            yield _folded(each)
    if len(possible) > len(possible[:most]):
        yield f"  … and {len(possible) - _SHOWN:,} more rules; see --all"


def wrapped(text: str) -> list[str]:
    """The text on lines that fit a terminal; all but the first are indented."""
    return wrap(text, _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _folded(finding: Finding) -> str:
    """The rule and as many of the others as fit on a line; the first, however long it is."""
    names = [plain(other) for other in finding.others]
    for fitting in range(len(names), 0, -1):
        hidden = finding.others_total - fitting
        listed = f"{', '.join(names[:fitting])} and {hidden:,} more" if hidden else _listed(names)
        line = f"  {plain(finding.rule_id)} with {listed}"
        if len(line) <= _WIDTH:
            break
    return line


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


# --- matches -----------------------------------------------------------------------------------------------------


def match_data(invoice: IncomingInvoice, match: Match) -> dict[str, Any]:
    """Which rule decides each field, and what suggestions would add."""
    return {
        "id": invoice.id,
        "invoice_number": invoice.invoice_number,
        "supplier": invoice.supplier.name if invoice.supplier else None,
        "invoice": _verdicts_data(match.invoice),
        "bookings": _bookings_data(by_line(invoice, match.bookings)),
        "reviews": _reviews_data(match.reviews),
        "suggestions": {
            "invoice": _verdicts_data(match.suggestions.invoice),
            "bookings": _bookings_data(each for each in by_line(invoice, match.suggestions.bookings) if each[1]),
            "reviews": _reviews_data(match.suggestions.reviews),
        },
    }


def _reviews_data(reviews: Iterable[Review]) -> list[dict[str, Any]]:
    return [{"rule_id": each.rule_id, "text": each.text} for each in reviews]


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
    supplier = (invoice.supplier.name if invoice.supplier else None) or "no supplier"
    gross = "no sum" if invoice.sum_gross is None else f"{invoice.sum_gross:f}"
    yield f"{invoice.invoice_number or invoice.id}  {supplier}  {gross}"
    lines = list(_verdict_lines("invoice", match.invoice))
    for line, fields in by_line(invoice, match.bookings):
        lines.extend(_verdict_lines(line or "no booking line", fields))
    lines.extend(_review_lines(match.reviews))
    lines.extend(_verdict_lines("invoice", match.suggestions.invoice, "suggested: "))
    for line, fields in by_line(invoice, match.suggestions.bookings):
        lines.extend(_verdict_lines(line or "no booking line", fields, "suggested: "))
    lines.extend(_review_lines(match.suggestions.reviews, "suggested: "))
    yield from lines or ["  no rule decides anything; see why with: autobook rules explain"]


def _review_lines(reviews: Iterable[Review], note: str = "") -> Iterator[str]:
    return (f"  invoice  {note}a person must look: {each.text}  by {each.rule_id}" for each in reviews)


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
