"""A backtest as one HTML page, for a screen of any size and for paper: nothing is loaded, and nothing runs in it."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Final
from xml.etree.ElementTree import Element

from autobook_cli.agreement import CONFIDENCE
from autobook_cli.backtest.charts import coverage_chart, outcome_bar
from autobook_cli.backtest.elements import Content, element, page, style
from autobook_cli.backtest.figures import Difference, Figures, MonthFigures, RuleFigures
from autobook_cli.backtest.report import Report, about_figures, share
from autobook_cli.backtest.report_text import OTHERWISE
from autobook_cli.rule_output import counted

_SHOWN: Final = 50
"""Differences of a rule that the page shows."""
_ON_PAPER: Final = 15
"""Differences of a rule that are printed on paper (page.css)."""
_OPEN: Final = 10
"""A rule with more differences is folded, on a screen."""
_SHOWN_UNREADABLE: Final = 50
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""A browser that opens the page fetches nothing, whatever is in it."""
_TITLE: Final = "What rules would have booked"


def html_page(report: Report) -> str:
    """The whole page."""
    sheet = files("autobook_cli.backtest").joinpath("page.css").read_text("utf-8")
    head = element(
        "head",
        {},
        element("meta", {"charset": "utf-8"}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("title", {}, _title(report)),
        style(sheet),
    )
    return page(element("html", {"lang": "en"}, head, element("body", {}, element("main", {}, *_parts(report)))))


def _title(report: Report) -> str:
    return f"{_TITLE} since {report.since}" if report.since else _TITLE


def _parts(report: Report) -> Iterator[Element]:
    figures = report.figures
    yield element(
        "header",
        {},
        element("h1", {}, _title(report)),
        *(element("p", {"class": "quiet"}, f"{each[0].upper()}{each[1:]}.") for each in about_figures(report)),
        element("p", {"class": "quiet"}, f"Made on {report.made_at:%Y-%m-%d at %H:%M}."),
    )
    yield _tiles(figures)
    yield _coverage(figures)
    yield _rules(figures)
    differing = sorted(figures.rules.values(), key=lambda each: -each.differed)
    if differing := [each for each in differing if each.differences]:
        yield _differences(differing)
    if figures.unreadable:
        yield _unreadable(figures)
    yield _how_to_read()


# --- the figures that matter most --------------------------------------------------------------------------------


def _tiles(figures: Figures) -> Element:
    total, rules = figures.total, figures.rules.values()
    before = share(total.covered_before, total.lines)
    decided, invoices = counted(total.judged, "line"), counted(total.invoices, "invoice")
    fired = counted(sum(each.fired for each in rules), "time")
    tiles = (
        ("Lines booked by rules", share(total.covered_after, total.lines), f"before {before}"),
        ("Booked as people did", share(total.agreed, total.judged), f"{total.agreed:,} of {decided} people decided"),
        ("Handed to accounting", f"{total.handed_over_after:,}", f"of {invoices}, before {total.handed_over_before:,}"),
        ("Differences to look at", f"{sum(each.differed for each in rules):,}", f"of {fired} that a rule fired"),
    )
    return element("dl", {"class": "tiles"}, *(_tile(*each) for each in tiles))


def _tile(name: str, value: str, beside: str) -> Element:
    return element("div", {}, element("dt", {}, name), element("dd", {}, value, element("small", {}, beside)))


# --- coverage ----------------------------------------------------------------------------------------------------


def _coverage(figures: Figures) -> Element:
    headings = ("Month", "Lines", "Before", "After", "Agreed")
    table = element(
        "table",
        {},
        element("caption", {}, "The same in figures. Agreed: of the lines that people decided"),
        _head(headings, first_number=1),
        element("tbody", {}, *(_month(name, each) for name, each in figures.by_month)),
        element("tfoot", {}, _month("All", figures.total)),
    )
    return _section(
        "Coverage by month",
        "How many of each month's lines rules give an account.",
        _legend((("before", "before"), ("after", "after, with the rules on trial"))),
        element("div", {"class": "beside"}, coverage_chart(figures.by_month), table),
    )


def _month(name: str, month: MonthFigures) -> Element:
    cells = (
        f"{month.lines:,}",
        share(month.covered_before, month.lines),
        share(month.covered_after, month.lines),
        share(month.agreed, month.judged),
    )
    return element(
        "tr", {}, element("th", {"scope": "row", "class": "month"}, name), *(_number(each) for each in cells)
    )


# --- rules -------------------------------------------------------------------------------------------------------


def _rules(figures: Figures) -> Element:
    most = max((each.fired for each in figures.rules.values()), default=0)
    rows = [_rule(each, most) for each in sorted(figures.rules.values(), key=lambda each: -each.fired)]
    headings = ("Rule", "", "Fired", "Agreed", "Differed", "Others", "Agreement")
    table = element(
        "table",
        {"class": "cards"},
        element("caption", {}, "Counts of lines; of a rule that sets nothing line by line, of invoices"),
        _head(headings, first_number=2),
        element("tbody", {}, *rows),
    )
    nothing = element("p", {}, "There is no rule on trial.")
    return _section(
        "Rules on trial",
        "How often each rule's condition was true, and what people booked there.",
        _legend((("agreed", "agreed"), ("differed", "differed"), ("others", "others: nothing to compare"))),
        table if rows else nothing,
    )


def _rule(rule: RuleFigures, most: int) -> Element:
    others = rule.fired - rule.judged
    why = [f"{rule.outcomes[each]:,} {words}" for each, words in OTHERWISE.items() if rule.outcomes[each]]
    sets = ", ".join(f"{name} {_value_text(value)}" for name, value in rule.rule.sets.items())
    if rule.rule.review:
        sets = ", ".join(filter(None, (sets, "asks for a review")))
    agreement = share(rule.agreed, rule.judged)
    bound = [element("small", {}, f"at least {rule.bound:.1%}".replace("%", " %"))] if rule.judged else []
    return element(
        "tr",
        {},
        element("th", {"scope": "row"}, rule.rule.rule_id, element("small", {}, sets)),
        element("td", {"class": "chart"}, outcome_bar(rule, most)),
        _labelled("Fired", f"{rule.fired:,}"),
        _labelled("Agreed", f"{rule.agreed:,}"),
        _labelled("Differed", f"{rule.differed:,}"),
        _labelled("Others", f"{others:,}", *(element("small", {}, each) for each in why), kind="wrap"),
        _labelled("Agreement", agreement, *bound),
    )


def _value_text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


# --- differences -------------------------------------------------------------------------------------------------


def _differences(rules: list[RuleFigures]) -> Element:
    return _section(
        "Where people booked something else",
        "Look here first: either the rule is wrong, or the booking was.",
        *(_differences_of(each) for each in rules),
    )


def _differences_of(rule: RuleFigures) -> Element:
    displayed = rule.differences[:_SHOWN]
    table = element(
        "table",
        {"class": "cards long"},
        _head(("Invoice", "Supplier", "Amount", "The rule gives", "People booked"), first_number=99),
        element("tbody", {}, *(row for each in displayed for row in _difference(each))),
    )
    opened = {"open": "open"} if rule.differed <= _OPEN else {}
    more = rule.differed - len(displayed)
    rest = [element("p", {"class": "quiet"}, f"… and {more:,} more; --json has them.")] if more else []
    if rule.differed > _ON_PAPER:
        rest.append(element("p", {"class": "quiet paper"}, f"On paper only the first {_ON_PAPER}."))
    summary = element(
        "summary",
        {},
        element("h3", {}, rule.rule.rule_id),
        element("span", {"class": "quiet"}, f"{counted(rule.differed, 'difference')} in {rule.judged:,}"),
    )
    return element("details", opened, summary, table, *rest)


def _difference(difference: Difference) -> Iterator[Element]:
    invoice, outcome = difference.invoice, difference.outcome
    line = f", line {outcome.booking_id}" if outcome.booking_id else ""
    day = f"{invoice.day} · " if invoice.day else ""
    for value in outcome.compared:
        if not value.agrees:
            name = element("small", {}, f"{day}{invoice.id}{line}")
            yield element(
                "tr",
                {},
                element("th", {"scope": "row"}, invoice.number or "no number", name),
                _labelled("Supplier", invoice.supplier or "-", number=False),
                _labelled("Amount", f"{outcome.value:,.2f}" if outcome.value is not None else "-"),
                _labelled("The rule gives", value.ruled, element("small", {}, value.field), number=False, kind="ruled"),
                _labelled("People booked", value.booked, number=False),
            )


# --- what could not be read, and how to read all this ------------------------------------------------------------


def _unreadable(figures: Figures) -> Element:
    named = figures.unreadable[:_SHOWN_UNREADABLE]
    items = [element("li", {}, f"{identifier}: {reason}") for identifier, reason in named]
    if more := figures.unreadable_total - len(named):
        items.append(element("li", {}, f"… and {more:,} more"))
    return _section(
        "Invoices that could not be read",
        "They are in no figure above.",
        element("ul", {"class": "plain"}, *items),
    )


def _how_to_read() -> Element:
    return element(
        "footer",
        {},
        element(
            "p",
            {},
            "Each invoice was decided as if nobody had booked it: open, its lines without account, position, project, "
            "client and type; everything else as it is today. What people booked is what a person set, or what was "
            "there when a person handed the invoice over.",
        ),
        element(
            "p",
            {},
            f"“At least” is the lower end of the exact {CONFIDENCE:.0%} interval of Clopper and Pearson: 5 of 5 says "
            "less than 500 of 500.".replace("95%", "95 %"),
        ),
    )


# --- pieces ------------------------------------------------------------------------------------------------------


def _section(title: str, about: str, *content: Content) -> Element:
    identifier = title.lower().replace(" ", "-")
    heading = element("h2", {"id": identifier}, title)
    return element(
        "section", {"aria-labelledby": identifier}, heading, element("p", {"class": "quiet"}, about), *content
    )


def _legend(kinds: Iterable[tuple[str, str]]) -> Element:
    items = (element("li", {}, element("i", {"class": kind, "aria-hidden": "true"}), text) for kind, text in kinds)
    return element("ul", {"class": "legend"}, *items)


def _head(names: Iterable[str], *, first_number: int) -> Element:
    cells = []
    for number, name in enumerate(names):
        if not name:
            cells.append(element("td", {}))
            continue
        is_number = number >= first_number or name == "Amount"
        cells.append(element("th", {"scope": "col"} | ({"class": "number"} if is_number else {}), name))
    return element("thead", {}, element("tr", {}, *cells))


def _number(text: str) -> Element:
    return element("td", {"class": "number"}, text)


def _labelled(label: str, text: str, *more: Content, number: bool = True, kind: str = "") -> Element:
    """A cell that names its column where the columns are gone: on a narrow screen."""
    classes = " ".join(filter(None, ("number" if number else "", kind)))
    attributes = {"data-label": label} | ({"class": classes} if classes else {})
    return element("td", attributes, element("span", {}, text, *more))
