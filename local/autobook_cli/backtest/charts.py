"""Charts as inline SVG. Widths are in percent and heights in pixels, so that texts keep their size on every screen."""

from collections.abc import Sequence
from math import ceil
from typing import Final
from xml.etree.ElementTree import Element

from autobook_cli.backtest.elements import element
from autobook_cli.backtest.figures import MonthFigures, RuleFigures
from autobook_cli.backtest.report import share

_TOP, _PLOT, _BOTTOM = 18, 250, 26
"""Pixels above, of, and below the plot."""
_LEFT: Final = 12.0
"""Percent of the width for the labels of the scale."""
_MOST_LABELS, _MOST_LABELS_NARROW = 12, 6
_MOST_VALUES: Final = 8
"""Months with a value written over each bar, on a narrow screen."""


def coverage_chart(months: Sequence[tuple[str, MonthFigures]]) -> Element:
    """For each month how many of its lines rules book, before and after."""
    title = element("title", {"id": "coverage-title"}, "Lines that rules book, by month")
    description = element("desc", {"id": "coverage-text"}, _described(months))
    chart = element(
        "svg",
        {
            "class": "chart",
            "role": "img",
            "aria-labelledby": "coverage-title coverage-text",
            "width": "100%",
            "height": str(_TOP + _PLOT + _BOTTOM),
        },
        title,
        description,
    )
    for percent in (0, 25, 50, 75, 100):
        height = _y(percent / 100)
        chart.append(_line(height))
        chart.append(_text("0", height + 4, f"{percent} %", "scale", anchor="start"))
    slot = (100 - _LEFT) / max(1, len(months))
    for number, (month, figures) in enumerate(months):
        chart.extend(_month_bars(number, len(months), slot, month, figures))
    return element("div", {"class": "plot"}, chart)


def _month_bars(number: int, count: int, slot: float, month: str, figures: MonthFigures) -> list[Element]:
    lines = figures.lines or 1
    before, after = figures.covered_before / lines, figures.covered_after / lines
    start, width = _LEFT + number * slot, min(slot, 12.0)
    left = start + (slot - width) / 2
    drawn = [
        _bar(left + 0.12 * width, 0.36 * width, before, "before"),
        _bar(left + 0.52 * width, 0.36 * width, after, "after"),
    ]
    middle = f"{start + slot / 2:.2f}%"
    if figures.lines and count <= 2 * _MOST_LABELS:
        narrow = "" if count <= _MOST_VALUES else " wide"
        label = f"{100 * after:.0f}" if count > _MOST_VALUES else f"{100 * after:.0f} %"
        drawn.append(_text(f"{left + 0.7 * width:.2f}%", _y(after) - 5, label, f"value{narrow}"))
    if number % ceil(count / _MOST_LABELS) == 0:
        narrow = "" if number % ceil(count / _MOST_LABELS_NARROW) == 0 else " wide"
        drawn.append(_text(middle, _TOP + _PLOT + 18, month, f"month{narrow}"))
    return drawn


def _described(months: Sequence[tuple[str, MonthFigures]]) -> str:
    return "; ".join(
        f"{month}: before {share(each.covered_before, each.lines)}, after {share(each.covered_after, each.lines)}"
        for month, each in months
    )


def outcome_bar(rule: RuleFigures, most: int) -> Element:
    """How often a rule fired, beside the one that fired most: agreed, differed, others."""
    others = rule.fired - rule.judged
    text = f"{rule.agreed:,} agreed, {rule.differed:,} differed, {others:,} others"
    bar = element(
        "svg",
        {"class": "bar", "role": "img", "aria-label": text, "width": "100%", "height": "14"},
        element("title", {}, text),
        element("rect", {"class": "rail", "x": "0", "y": "0", "width": "100%", "height": "14", "rx": "3"}),
    )
    at = 0.0
    for kind, count in (("agreed", rule.agreed), ("differed", rule.differed), ("others", others)):
        width = 100 * count / max(1, most)
        if count:
            # What is not nothing can be seen.
            width = max(width, 0.8)
            place = {"x": f"{at:.3f}%", "y": "0", "width": f"{width:.3f}%", "height": "14"}
            bar.append(element("rect", {"class": kind} | place))
            at += width
    return bar


def _y(part: float) -> float:
    return _TOP + _PLOT * (1 - part)


def _bar(left: float, width: float, part: float, kind: str) -> Element:
    height = _PLOT * part
    if part:
        height = max(height, 1.5)
    place = {"x": f"{left:.3f}%", "y": f"{_TOP + _PLOT - height:.2f}", "width": f"{width:.3f}%"}
    return element("rect", {"class": kind, "height": f"{height:.2f}", "rx": "2"} | place)


def _line(height: float) -> Element:
    place = {"x1": f"{_LEFT}%", "x2": "100%", "y1": f"{height:.2f}", "y2": f"{height:.2f}"}
    return element("line", {"class": "grid"} | place)


def _text(x: str, y: float, text: str, kind: str, *, anchor: str = "middle") -> Element:
    return element("text", {"class": kind, "x": x, "y": f"{y:.2f}", "text-anchor": anchor}, text)
