"""A backtest as data, for other programs."""

from decimal import Decimal
from typing import Any

from autobook_cli.backtest.evaluation import Outcome
from autobook_cli.backtest.figures import Difference, MonthFigures, RuleFigures
from autobook_cli.backtest.report import Report


def as_data(report: Report) -> dict[str, Any]:
    """JSON-ready, all differences that were kept included."""
    figures = report.figures
    return {
        "since": report.since,
        "made_at": report.made_at.isoformat(),
        "compared": report.compared,
        "notes": list(report.notes),
        "skipped_rules": list(report.skipped_rules),
        "total": _month(figures.total),
        "months": [{"month": month} | _month(each) for month, each in figures.by_month],
        "rules": [_rule(each) for each in figures.rules.values()],
        "not_read_by_ocr": figures.unread,
        "without_lines": figures.without_lines,
        "unreadable_total": figures.unreadable_total,
        "unreadable": [{"id": identifier, "reason": reason} for identifier, reason in figures.unreadable],
    }


def _month(month: MonthFigures) -> dict[str, Any]:
    return {
        "invoices": month.invoices,
        "lines": month.lines,
        "covered_before": month.covered_before,
        "covered_after": month.covered_after,
        "judged": month.judged,
        "agreed": month.agreed,
        "handed_over_before": month.handed_over_before,
        "handed_over_after": month.handed_over_after,
    }


def _rule(rule: RuleFigures) -> dict[str, Any]:
    return {
        "rule_id": rule.rule.rule_id,
        "fired": rule.fired,
        "invoices": rule.invoices,
        "last": rule.last,
        **{outcome.value: rule.outcomes[outcome] for outcome in Outcome},
        "agreement": _rounded(rule.agreed / rule.judged) if rule.judged else None,
        "agreement_at_least": _rounded(rule.bound) if rule.judged else None,
        "fields": {
            name: {"agreed": counts[True], "differed": counts[False]} for name, counts in sorted(rule.fields.items())
        },
        "months": [
            {"month": month, "fired": counts.total()} | {each.value: counts[each] for each in Outcome}
            for month, counts in sorted(rule.months.items())
        ],
        "differences": [_difference(each) for each in rule.differences],
    }


def _rounded(share: float) -> Decimal:
    return Decimal(f"{share:.6f}")


def _difference(difference: Difference) -> dict[str, Any]:
    invoice, outcome = difference.invoice, difference.outcome
    return {
        "invoice_id": invoice.id,
        "invoice_number": invoice.number,
        "supplier": invoice.supplier,
        "day": invoice.day,
        "booking_id": outcome.booking_id,
        "value": outcome.value,
        "fields": [
            {"field": each.field, "rule": each.ruled, "booked": each.booked, "agrees": each.agrees}
            for each in outcome.compared
        ],
    }
