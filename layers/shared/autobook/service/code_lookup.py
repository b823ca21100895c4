"""Deciding with the codes that rules name looked up in Kanbert: at most twice, and never by an old "not there"."""

from zoneinfo import ZoneInfo

from autobook.domain.decision import Decision, codes, decide
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.rules import Match
from autobook.service.ports import CodeResolver


def decide_with_codes(
    resolver: CodeResolver, invoice: IncomingInvoice, match: Match, record: ProvenanceRecord, zone: ZoneInfo
) -> Decision:
    """The decision. Where it lacks a code that was answered from memory, the code is looked up anew first."""
    candidates = dict(resolver.candidates(codes(invoice, match, record, zone)))
    decision = decide(invoice, match, record, candidates, zone)
    lacking = {(each.field, each.code) for each in decision.unresolved}
    if doubtful := {code for code in lacking if candidates.get(code)}:
        candidates |= resolver.candidates(doubtful, fresh=True)
        decision = decide(invoice, match, record, candidates, zone)
    return decision
