"""Learning rules from one supplier's lines: the supplier alone, or else words, rates and amounts that tell them apart.

A rule is learned where at least nine of ten lines that it is about are booked alike since it became so: a habit that
has changed counts from the change on. What a word or an amount seems to say must not be chance: it has to be more than
what the best of so many words would say by itself (the binomial tail times their number, as Bonferroni has it).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from autobook.domain.action_fields import ACCOUNT
from autobook_cli.agreement import at_least
from autobook_cli.suggest.features import (
    AnyLine,
    Band,
    Both,
    Feature,
    Rate,
    Word,
    amount,
    amount_field,
    limit_between,
    rates_in,
    words_in,
)
from autobook_cli.suggest.observations import LEARNED, Observation

FEWEST: Final = 4
"""Invoices from which something is learned."""
_LATEST: Final = 5
"""Lines that say what is booked nowadays."""
_PURE: Final = 0.9
_CHANCE: Final = 0.01
_MOST_RULES: Final = 8
"""Rules that one supplier may get."""
_MOST_WORDS: Final = 400
"""Words of one supplier that are looked at, the most frequent first."""
_PAIRED: Final = 12
"""Words that are looked at in pairs, the most frequent."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Lines of the supplier that meet `feature` get these values (ids by field, in the order of LEARNED)."""

    feature: Feature
    values: tuple[tuple[str, str], ...]
    support: int
    """Lines that it is learned from."""
    since: int
    """The month of the first of them."""

    @property
    def key(self) -> tuple[object, ...]:
        """The same for one habit, whenever it was learned."""
        return self.feature.key, self.values

    def says(self, line: Observation) -> bool:
        """True if people booked what it gives."""
        return all(line.booked.get(field) == value for field, value in self.values)


def learned(lines: Sequence[Observation], supplier: str) -> list[Learned]:
    """The rules of one supplier, the one that decides first first. `lines` in the order of their months."""
    alone = _rule(AnyLine(), lines)
    if alone is not None:
        exceptions = [line for line in lines if line.month >= alone.since and not alone.says(line)]
        first = list(_refined(exceptions, lines, supplier)) if len(exceptions) >= FEWEST else []
        return [*first, alone]
    return list(_refined(lines, lines, supplier))


def first_that_fits(rules: Iterable[Learned], line: Observation) -> Learned | None:
    """The rule that decides the line."""
    return next((rule for rule in rules if rule.feature.met(line)), None)


def _refined(wanted: Sequence[Observation], lines: Sequence[Observation], supplier: str) -> Iterator[Learned]:
    """Rules for the accounts of `wanted`, one after the other, that hold in all of the lines."""
    left = list(wanted)
    for _ in range(_MOST_RULES):
        found = None
        for account, count in Counter(_account(line) for line in left).most_common():
            if count >= FEWEST and (found := _best(account, left, lines, supplier)) is not None:
                break
        if found is None:
            return
        yield found
        left = [line for line in left if not found.feature.met(line)]


def _best(account: str, left: Sequence[Observation], lines: Sequence[Observation], supplier: str) -> Learned | None:
    """The simplest feature that tells this account's lines from others; of equally simple ones the most frequent."""
    its = [line for line in left if _account(line) == account]
    words, rates = _frequent(words_in(its, supplier), its), rates_in(lines)
    simple: tuple[Sequence[Feature], ...] = (
        [word for word in words if word.field == "booking.title"],
        [word for word in words if word.field == "title"],
        rates,
    )
    for features in simple:
        if found := _most_supported(features, account, lines, len(features)):
            return found
    if found := _most_supported(list(_bands(account, lines)), account, lines, len(lines)):
        return found
    pairs = _pairs(words, rates, its)
    return _most_supported(pairs, account, lines, len(pairs))


def _frequent(words: Iterable[Word], its: Sequence[Observation]) -> list[Word]:
    counted = [(sum(map(word.met, its)), word) for word in words]
    often = sorted((each for each in counted if each[0] >= FEWEST), key=lambda each: (-each[0], each[1].key))
    return [word for _, word in often[:_MOST_WORDS]]


def _pairs(words: Sequence[Word], rates: Sequence[Rate], its: Sequence[Observation]) -> list[Both]:
    most = words[:_PAIRED]
    pairs = [Both(one, other) for number, one in enumerate(most) for other in most[number + 1 :]]
    pairs += [Both(word, rate) for word in most for rate in rates]
    return [pair for pair in pairs if sum(map(pair.met, its)) >= FEWEST]


def _most_supported(
    features: Sequence[Feature], account: str, lines: Sequence[Observation], candidates: int
) -> Learned | None:
    share = sum(_account(line) == account for line in lines) / len(lines)
    best: Learned | None = None
    for feature in features:
        rule = _rule(feature, lines)
        if rule is None or rule.values[0][1] != account or (best is not None and rule.support <= best.support):
            continue
        matched = [line for line in lines if line.month >= rule.since and feature.met(line)]
        hits = sum(_account(line) == account for line in matched)
        if candidates * at_least(hits, len(matched), share) < _CHANCE:
            best = rule
    return best


def _bands(account: str, lines: Sequence[Observation]) -> Iterator[Band]:
    """The span of amounts in which this account prevails most: each other line costs as much as nine of its own."""
    field = amount_field(lines)
    known = sorted((found, _account(line) == account) for line in lines if (found := amount(line, field)) is not None)
    best, total, start, span = 0.0, 0.0, 0, (0, -1)
    for number, (_, own) in enumerate(known):
        total += 1 - _PURE if own else -_PURE
        if total <= 0:
            total, start = 0.0, number + 1
        elif total > best:
            best, span = total, (start, number)
    first, last = span
    if last < first or (first == 0 and last == len(known) - 1):
        return
    low = limit_between(known[first - 1][0], known[first][0]) if first else None
    high = limit_between(known[last][0], known[last + 1][0]) if last + 1 < len(known) else None
    if (low is None or low > known[first - 1][0]) and (high is None or high > known[last][0]):
        yield Band(field, low, high)


def _rule(feature: Feature, lines: Sequence[Observation]) -> Learned | None:
    """What the lines that meet the feature get; None where they are not booked alike, or are too few."""
    met = [line for line in lines if feature.met(line)]
    account, start = _habit([_account(line) for line in met])
    recent = met[start:]
    if account is None or len({line.invoice_id for line in recent}) < FEWEST:
        return None
    its = [line for line in recent if _account(line) == account]
    values = [(ACCOUNT.name, account)]
    for field in LEARNED[1:]:
        value, count = Counter(line.booked.get(field) for line in its).most_common(1)[0]
        # All of it has to agree for a line to count: a field that often differs is better left to people.
        if value is not None and count >= _PURE * len(its):
            values.append((field, value))
    return Learned(feature, tuple(values), len(recent), recent[0].month)


def _habit(values: Sequence[str]) -> tuple[str | None, int]:
    """What is booked nowadays, and from which place on it is at least nine of ten; None where nothing is."""
    latest = Counter(values[-_LATEST:]).most_common(1)
    if not latest:
        return None, 0
    value, hits, start = latest[0][0], 0, len(values)
    for place in range(len(values) - 1, -1, -1):
        hits += values[place] == value
        if values[place] == value and hits >= _PURE * (len(values) - place):
            start = place
    return (value, start) if start < len(values) else (None, 0)


def _account(line: Observation) -> str:
    return line.booked[ACCOUNT.name]
