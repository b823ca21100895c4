"""A backtest for people at a terminal, in lines of at most 80 characters."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from autobook_cli.backtest.evaluation import Outcome
from autobook_cli.backtest.figures import Difference, Figures, MonthFigures, RuleFigures
from autobook_cli.backtest.report import Report, about_figures, share
from autobook_cli.console import plain

_WIDTH: Final = 80
_NAME: Final = 26
"""Columns of a rule's name; a longer one has a line of its own."""
_SHOWN: Final = 5
_SHOWN_UNREADABLE: Final = 20
OTHERWISE: Final[Mapping[Outcome, str]] = {
    Outcome.UNDECIDED: "not decided by a person yet",
    Outcome.CONFLICT: "in conflict with another rule",
    Outcome.UNKNOWN_CODE: "with a code that stands for nothing",
    Outcome.OUTRANKED: "where another rule comes first",
    Outcome.NOT_COMPARED: "with nothing to compare",
}
"""Why a rule that fired can be neither right nor wrong."""


def text_lines(report: Report, *, show_all: bool) -> Iterator[str]:
    """The whole report. Of each rule's differences the first are shown, or all that were kept."""
    figures = report.figures
    for sentence in about_figures(report):
        yield from _wrapped(sentence)
    yield ""
    yield from _coverage(figures)
    yield ""
    yield from _rules(figures)
    for each in figures.rules.values():
        if each.differences:
            yield ""
            yield from _differences(each, show_all=show_all)
    if figures.unreadable:
        yield ""
        yield from _unreadable(figures, show_all=show_all)


def _coverage(figures: Figures) -> Iterator[str]:
    yield "lines that rules book, and how many of those people booked alike"
    yield f"{'month':<8} {'lines':>8} {'before':>9} {'after':>9}   agreed"
    for month, each in (*figures.by_month, ("all", figures.total)):
        yield f"{month:<8} {_coverage_of(each)}"


def _coverage_of(month: MonthFigures) -> str:
    before, after = share(month.covered_before, month.lines), share(month.covered_after, month.lines)
    agreed = f"{share(month.agreed, month.judged):>7}  ({month.agreed:,} of {month.judged:,})" if month.judged else "-"
    return f"{month.lines:>8,} {before:>9} {after:>9}   {agreed}"


def _rules(figures: Figures) -> Iterator[str]:
    yield "rules on trial: how often each fired, and what people booked there"
    yield f"{'rule':<{_NAME}} {'fired':>7} {'agreed':>7} {'differed':>8} {'others':>7}  agreement"
    for each in figures.rules.values():
        name = plain(each.rule.rule_id)
        if len(name) > _NAME:
            yield from _wrapped(name)
            name = ""
        others = each.fired - each.judged
        line = f"{name:<{_NAME}} {each.fired:>7,} {each.agreed:>7,} {each.differed:>8,} {others:>7,}"
        if each.judged:
            line += f"  {share(each.agreed, each.judged)}, ≥ {100 * each.bound:.0f} %"
        yield line.rstrip()
        if others:
            yield from _wrapped(_others(each.outcomes), "  ")


def _others(outcomes: Counter[Outcome]) -> str:
    return "others: " + ", ".join(f"{outcomes[each]:,} {words}" for each, words in OTHERWISE.items() if outcomes[each])


def _differences(rule: RuleFigures, *, show_all: bool) -> Iterator[str]:
    yield from _wrapped(f"{rule.rule.rule_id} differs from what people booked on {rule.differed:,}:")
    displayed = rule.differences if show_all else rule.differences[:_SHOWN]
    for each in displayed:
        yield from _wrapped(where(each), "  ")
        for value in each.outcome.compared:
            if not value.agrees:
                yield from _wrapped(f"{value.field}: rule {value.ruled}; booked {value.booked}", "    ")
    if more := rule.differed - len(displayed):
        yield f"  … and {more:,} more" + ("" if show_all else "; see --all, --json or --html")


def where(difference: Difference) -> str:
    """The invoice and the line, in one line of text."""
    invoice, outcome = difference.invoice, difference.outcome
    day = f" of {invoice.day}" if invoice.day else ""
    line = f", line {outcome.booking_id}" if outcome.booking_id else ""
    value = f", {outcome.value:.2f}" if outcome.value is not None else ""
    supplier = invoice.supplier or "no supplier"
    return f"{invoice.number or 'no number'}{day}, {supplier}{value} ({invoice.id}{line})"


def _unreadable(figures: Figures, *, show_all: bool) -> Iterator[str]:
    yield f"could not be read: {figures.unreadable_total:,}"
    named = figures.unreadable if show_all else figures.unreadable[:_SHOWN_UNREADABLE]
    for identifier, reason in named:
        yield from _wrapped(f"{identifier}: {reason}", "  ")
    if more := figures.unreadable_total - len(named):
        yield f"  … and {more:,} more"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(plain(text), _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")
