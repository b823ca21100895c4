"""What a backtest reports, in whichever form: its figures, and what was compared with what."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from autobook_cli.backtest.figures import Figures
from autobook_cli.rule_output import counted


@dataclass(frozen=True, slots=True)
class Report:
    """`compared` says what stands for before and after. `notes` is what could not be had."""

    figures: Figures
    since: date | None
    made_at: datetime
    compared: str
    notes: tuple[str, ...] = ()
    skipped_rules: tuple[str, ...] = field(default=())
    """Rules in error, each with its reason."""


def about_figures(report: Report) -> Iterator[str]:
    """What it is about, in sentences."""
    figures, total = report.figures, report.figures.total
    since = f" since {report.since}" if report.since else ""
    counts = f"{counted(total.invoices, 'invoice')}{since} with {counted(total.lines, 'line')}"
    yield f"{counts}, each decided as if unbooked"
    yield report.compared
    if figures.unread:
        yield f"{figures.unread:,} more not read by OCR: no rule is asked about them"
    if figures.without_lines:
        yield f"{figures.without_lines:,} of them without a line: nothing can be booked there"
    if figures.unreadable_total:
        yield f"{figures.unreadable_total:,} more could not be read"
    if total.handed_over_before or total.handed_over_after:
        before, after = total.handed_over_before, total.handed_over_after
        yield f"handed to accounting by rules: before {before:,}, after {after:,} invoices"
    yield from report.notes
    yield from (f"skipped: {each}" for each in report.skipped_rules)


def share(part: int, whole: int) -> str:
    """`41.2 %`; `-` of nothing. Never rounded to 100 or to 0 where it is not."""
    if not whole:
        return "-"
    percent = 100 * part / whole
    displayed = f"{percent:.1f}"
    if displayed == "100.0" and part < whole:
        displayed = "99.9"
    elif displayed == "0.0" and part:
        displayed = "0.1"
    return f"{displayed} %"
