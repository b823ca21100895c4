"""Deciding with the codes that rules name looked up in Kanbert: at most twice, and never by an old "not there"."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from autobook.domain.chosen_values import code_of
from autobook.domain.codes import Candidate, Code, digest_of
from autobook.domain.decision import Decision, codes, decide
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.problems import Problem
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.rules import Choice, Match
from autobook.service.ports import CodeResolver

_MOST_CODES: Final = 50
"""Codes of one decision that are remembered."""


def decide_with_codes(
    resolver: CodeResolver,
    invoice: IncomingInvoice,
    match: Match,
    record: ProvenanceRecord,
    zone: ZoneInfo,
    problems: Sequence[Problem] = (),
    doubted: Collection[Code] = (),
) -> tuple[Decision, Mapping[Code, Sequence[Candidate]]]:
    """The decision, and what was found by each code. `problems` are there already.

    `doubted` are codes that are looked up anew in any case. So is a code that was answered from memory, and without
    which something cannot be written.
    """
    wanted = codes(invoice, match, record, zone)
    candidates = dict(resolver.candidates(wanted))
    if known := {code for code in wanted.intersection(doubted) if candidates.get(code)}:
        candidates |= resolver.candidates(known, fresh=True)
    decision = decide(invoice, match, record, candidates, zone, problems)
    lacking = {(each.field, each.code) for each in decision.unresolved}
    if doubtful := {code for code in lacking - known if candidates.get(code)}:
        candidates |= resolver.candidates(doubtful, fresh=True)
        decision = decide(invoice, match, record, candidates, zone, problems)
    return decision, candidates


def codes_that_may_change(
    match: Match, decision: Decision, candidates: Mapping[Code, Sequence[Candidate]]
) -> tuple[tuple[str, str, str], ...]:
    """The codes on which the decision depends from here on, with what was found by them (domain/dependence.py).

    Those that are unresolved, and those of rules with `overwrite`: what such a code stands for replaces what it stood
    for before.
    """
    every = (match.invoice, *match.bookings, match.suggestions.invoice, *match.suggestions.bookings)
    choices = (each for fields in every for each in fields.values() if isinstance(each, Choice) and each.overwrite)
    wanted = {code for choice in choices if (code := code_of(choice)) is not None}
    wanted |= {(each.field, each.code) for each in decision.unresolved}
    found = sorted(wanted.intersection(candidates))[:_MOST_CODES]
    return tuple((*code, digest_of(candidates[code])) for code in found)
