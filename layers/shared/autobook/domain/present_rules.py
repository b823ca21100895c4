"""Whether the rules as they stand reach an invoice that was decided before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from autobook.domain.action_fields import STATUS
from autobook.domain.codes import Code
from autobook.domain.fingerprints import shows_lines
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.outcome import present_outcome
from autobook.domain.rules import RuleSet
from autobook.domain.sweeping import KnownState


@dataclass(frozen=True, slots=True)
class PresentRules:
    """The rules as they stand, and digests of what Kanbert has by some codes.

    `rules` is None where they cannot be read: then only codes and what is waited for count.
    """

    rules: RuleSet | None
    codes: Mapping[Code, str]
    now: datetime

    def decide_again(self, invoice: IncomingInvoice, known: KnownState) -> str:
        """Names what has changed since an invoice was decided, the same for the same change; "" where nothing has.

        Where the list leaves out its lines, or our values are not at hand, any change of the rules counts.
        """
        record = known.record
        if record is None or record.fingerprint is None or invoice.status != STATUS.initial:
            return ""
        depended_on = record.depended_on
        if depended_on is None:
            return "decided by a former version"
        if depended_on.is_due(self.now):
            return f"waits {depended_on.looks}"
        for field, code, digest in depended_on.codes:
            if (present := self.codes.get((field, code), digest)) != digest:
                return f"code {field} {code} {present}"
        if self.rules is None:
            return ""
        if not shows_lines(invoice) or not known.has_values:
            version = self.rules.version(self.now)
            return "" if depended_on.rule_set == version else f"rules {version}"
        present = present_outcome(self.rules, invoice, record, self.now)
        return "" if depended_on.outcome == present else f"outcome {present}"
