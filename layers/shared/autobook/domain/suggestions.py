"""The suggestions of an invoice, for as long as they stand."""

from collections.abc import Iterable
from datetime import datetime

from autobook.domain.action_fields import STATUS
from autobook.domain.decision import Decision
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import OpenSuggestion


def open_suggestions(
    invoice: IncomingInvoice | None, decision: Decision, before: Iterable[OpenSuggestion], now: datetime
) -> tuple[OpenSuggestion, ...]:
    """Those of this decision, each since it was made first: by this version of the rule, with this value.

    None where the run has left the invoice in another status than `open`.
    """
    if invoice is None or invoice.status != STATUS.initial:
        return ()
    codes = {(each.field, each.code) for each in decision.unresolved}
    known = {each.write: each.since for each in before}
    return tuple(
        OpenSuggestion(each, known.get(each) or now, is_code=(each.field, each.value) in codes)
        for each in decision.suggestions
    )
