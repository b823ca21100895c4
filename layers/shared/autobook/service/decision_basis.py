"""What open invoices are decided by, as it is now: the rules, and what Kanbert has by the codes they depend on.

Read once in a run of the sweep, which must find documents whether or not this can be read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from autobook.domain.action_fields import STATUS
from autobook.domain.codes import Code, digest_of
from autobook.domain.documents import Document, DocumentContent, Unreadable
from autobook.domain.errors import GiveUp, RetryLater
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.present_rules import PresentRules
from autobook.domain.rules import RuleSet
from autobook.domain.sweeping import KnownState
from autobook.service.document_sources import SOURCES
from autobook.service.ports import CodeResolver, RuleRepository

MOST_LOOKUPS: Final = 20
"""Codes in a run that take a request each (projects, clients); accounts and positions come in one list."""
_LISTED: Final = frozenset(("account", "position"))


@dataclass
class DecisionBasis:
    """`unread` is why rules or codes could not be read, "" where they could."""

    rule_repository: RuleRepository
    code_resolver: CodeResolver
    unread: str = ""
    _rules: RuleSet | None = None
    _digests: dict[Code, str] = field(default_factory=dict)
    _lookups: int = MOST_LOOKUPS

    def read_rules(self, now: datetime) -> None:
        """Read them as they stand now. Whatever keeps them from being read is reported with the run."""
        try:
            self._rules = self.rule_repository.rules(now)
        except Exception as error:
            self.unread = f"{error!r:.500}"

    def decide_again(
        self, page: Mapping[Document, DocumentContent | Unreadable], known: Mapping[Document, KnownState], now: datetime
    ) -> Mapping[Document, str]:
        """The documents that would be decided differently now, each with what names the change."""
        invoices = {document: invoice for document, each in page.items() if (invoice := _open(document, each))}
        states = {document: known.get(document, KnownState()) for document in invoices}
        present = PresentRules(self._rules, self._present(states.values()), now)
        return {document: present.decide_again(invoice, states[document]) for document, invoice in invoices.items()}

    def _present(self, states: Iterable[KnownState]) -> Mapping[Code, str]:
        """Digests of what Kanbert has by the codes on which these depend."""
        wanted = dict.fromkeys(code for state in states for code in _codes(state) if code not in self._digests)
        asked = [code for code in wanted if code[0] in _LISTED]
        by_themselves = [code for code in wanted if code[0] not in _LISTED][: self._lookups]
        self._lookups -= len(by_themselves)
        if asked or by_themselves:
            try:
                found = self.code_resolver.candidates([*asked, *by_themselves], fresh=True)
                self._digests |= {code: digest_of(candidates) for code, candidates in found.items()}
            except (RetryLater, GiveUp) as error:
                self.unread = self.unread or str(error)[:500]
        return self._digests


def _open(document: Document, content: DocumentContent | Unreadable) -> IncomingInvoice | None:
    """The invoice that rules may be about; None where they are not."""
    invoice = None if isinstance(content, Unreadable) else SOURCES[document.kind].bookable(content)
    return invoice if invoice is not None and invoice.status == STATUS.initial else None


def _codes(state: KnownState) -> Iterable[Code]:
    depended_on = state.record.depended_on if state.record else None
    return [(field, code) for field, code, _ in depended_on.codes] if depended_on else []
