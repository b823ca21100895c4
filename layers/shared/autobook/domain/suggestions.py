"""The suggestions of an invoice, for as long as they stand."""

from collections.abc import Iterable
from datetime import datetime

from autobook.domain.decision import Decision
from autobook.domain.provenance import OpenSuggestion


def open_suggestions(decision: Decision, before: Iterable[OpenSuggestion], now: datetime) -> tuple[OpenSuggestion, ...]:
    """Those of this decision, each since it was made first: by this version of the rule, with this value."""
    codes = {(each.field, each.code) for each in decision.unresolved}
    known = {each.write: each.since for each in before}
    return tuple(
        OpenSuggestion(each, known.get(each) or now, is_code=(each.field, each.value) in codes)
        for each in decision.suggestions
    )
