"""Functions made of source: all tests and look-ups of one place in the index, in one function.

Python spends most of the time of a small test on calling it. So what a subject meets at one place is written
out as one function, with the fields it reads in local variables. Conditions that differ only in their constants
share one, which gets the constants as rows.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any

from autobook.domain.conditions import Span, amount_text, as_day, as_span, fold, instant, local_date, plain
from autobook.domain.rules.engine import lookups as lookups
from autobook.domain.rules.engine.source import Shape, SourceValue

Collect = Callable[[Any, Any, datetime, list[Any], tuple[Any, ...]], None]
"""`(subject, companion, now, hits, arguments)`: appends to `hits` the head of every row whose test is true."""
Lookup = tuple[str, tuple[SourceValue, ...]]
"""How to look up (a key of `LOOKUPS`), and the values that takes, last the one to be found."""

LOOKUPS = {
    "=": """\
place = {table}.get({value})
if place is not None:
    hits.extend(place.always)
    for function, rest in place.steps:
        function(i, b, now, hits, rest)""",
    "^": "lookups.started({value}, {table}, i, b, now, hits)",
    "$": "lookups.ended({value}, {table}, i, b, now, hits)",
    "*": "lookups.contained({value}, {table}, i, b, now, hits)",
    "-": "lookups.ranged({value}, {table}, i, b, now, hits)",
}
"""The source of each kind of look-up."""
_KEPT = 2048
"""Functions, and days and spans, that are remembered."""


@lru_cache(_KEPT)
def collector(shapes: tuple[Shape, ...], looked_up: tuple[Lookup, ...], zone: tzinfo) -> Collect:
    """The function for these shapes and look-ups. Its arguments: for each shape its rows, for each look-up its table.

    A row is a head and the parameters of its shape.
    """
    values: dict[SourceValue, None] = {}
    arguments, body = "", []
    for n, shape in enumerate(shapes):
        values.update(dict.fromkeys(shape.values))
        arguments += f"r{n}, "
        row = "".join([f"p{k}, " for k in range(shape.parameters)])
        body += [f"for head, {row}in r{n}:", f"    if {shape.test}:", "        hits.append(head)"]
    for n, (how, needed) in enumerate(looked_up):
        values.update(dict.fromkeys(needed))
        arguments += f"q{n}, "
        body += LOOKUPS[how].format(value=needed[-1].use, table=f"q{n}").splitlines()
    lines = [f"{arguments}= arguments", *(value.first for value in values), *body]
    source = "\n    ".join(["def collect(i, b, now, hits, arguments):", *lines])
    names = _NAMES | {"zone": zone}
    exec(compile(source, "<rules>", "exec"), names)  # noqa: S102 - made of our own field names, see `source`
    collect: Collect = names["collect"]
    return collect


def predicate(shape: Shape, parameters: tuple[Any, ...], zone: tzinfo) -> Callable[[Any, Any, datetime], bool]:
    """One test by itself: whether it is true of `(subject, companion, now)`."""
    collect = collector((shape,), (), zone)
    arguments = (((None, *parameters),),)

    def test(subject: Any, companion: Any, now: datetime) -> bool:
        hits: list[None] = []
        collect(subject, companion, now, hits, arguments)
        return bool(hits)

    return test


# --- what the source calls -----------------------------------------------------------------------------------

_known_day = lru_cache(_KEPT)(as_day)
_known_span = lru_cache(_KEPT)(as_span)


def _day(value: Any, now: datetime, zone: tzinfo) -> date:
    return _known_day(value, instant(now, UTC), zone)


def _span(value: Any, now: datetime, zone: tzinfo) -> Span:
    # In UTC no two instants are equal; in a zone the hour that comes twice is.
    return _known_span(value, instant(now, UTC), zone)


def _days(values: Sequence[Any], now: datetime, zone: tzinfo) -> list[date]:
    return [_day(value, now, zone) for value in values]


def _within(found: datetime, values: Sequence[Any], now: datetime, zone: tzinfo) -> bool:
    for value in values:
        first, last = _span(value, now, zone)
        if first <= found <= last:
            return True
    return False


class ListTest:
    """A test of a list's elements. It remembers what it said of the last list.

    A rule that also looks at the current line asks again for every line of an invoice; the list is gone through once.
    A test is asked one of its questions only: the condition that it was made for has but one.
    """

    __slots__ = ("_last", "_test")

    def __init__(self, test: Callable[[Any, Any, datetime], bool]) -> None:
        self._test = test
        self._last: tuple[object, object, Any] = (None, None, None)

    def ask[T](self, question: Callable[[Iterator[bool]], T], elements: Sequence[Any], now: datetime) -> T:
        """`any`, `all` or `sum` of the test over the elements."""
        asked_of, at, known = self._last
        if asked_of is elements and at is now:
            return known  # type: ignore[no-any-return]
        answer = question(self._test(each, None, now) for each in elements)
        self._last = elements, now, answer
        return answer


def _any_holds(test: ListTest, elements: Sequence[Any] | None, now: datetime) -> bool:
    return elements is not None and test.ask(any, elements, now)


def _all_hold(test: ListTest, elements: Sequence[Any], now: datetime) -> bool:
    return test.ask(all, elements, now)


def _how_many(test: ListTest, elements: Sequence[Any], now: datetime) -> int:
    return test.ask(sum, elements, now)


_NAMES: dict[str, Any] = {
    "lookups": lookups, "unset": object(), "fold": fold, "plain": plain, "amount_text": amount_text,
    "local_date": local_date, "day": _day, "days": _days, "span": _span, "within": _within,
    "any_holds": _any_holds, "all_hold": _all_hold, "how_many": _how_many,
}  # fmt: skip
