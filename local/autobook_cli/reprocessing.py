"""The invoices that `autobook reprocess` is about, what deciding them now would write, and having that done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from autobook.domain.documents import Change, Document, DocumentKind, DocumentMessage, Unreadable
from autobook.domain.fingerprints import shows_lines
from autobook.domain.kanbert import ChartOfAccount, IncomingInvoice, Position
from autobook.domain.provenance import FieldValue
from autobook.domain.rules import RuleSet
from autobook.domain.sweeping import created_since
from autobook.service.ports import DocumentQueue, ListedDocuments
from autobook.service.process import ProcessDocument
from autobook_cli.invoice_finder import find_invoice, listed
from autobook_cli.target import NoTarget

_FILTERED = range(1901, 2200)
"""Years that Kanbert is asked for; the days of others are compared here alone."""


class KanbertLists(ListedDocuments, Protocol):
    """Documents, the lists of them, and the chart of accounts."""

    def chart_of_accounts(self) -> Iterator[ChartOfAccount]:
        """Every account with its positions."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person named: each narrows the others down. Without a document only open invoices are meant."""

    document: str | None = None
    rule: str | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Reprocessing:
    """On a deployed system. Every method may raise NoTarget with a sentence for people, and what the ports raise."""

    process: ProcessDocument
    kanbert: KanbertLists
    queue: DocumentQueue

    def select(self, selection: Selection) -> Iterator[IncomingInvoice | Unreadable]:
        """The invoices that are meant, lazily."""
        rule = None if selection.rule is None else self._only(selection.rule)
        if selection.document is not None:
            found: Iterator[IncomingInvoice | Unreadable] = iter((find_invoice(self.kanbert, selection.document),))
        else:
            found = self._list(_open_since(selection.since))
        for each in found:
            if isinstance(each, Unreadable) or (
                self._is_since(each, selection.since) and (rule is None or self._concerns(rule, selection.rule, each))
            ):
                yield each

    def submit(self, invoice: IncomingInvoice) -> None:
        """Have it decided by the rules as they stand now."""
        now = self.process.clock().isoformat()
        kind = DocumentKind.INCOMING_INVOICE
        self.queue.send(DocumentMessage(kind, invoice.id, Change.DECIDE, now, f"reprocess-{now}"))

    def titles(self) -> dict[str, str]:
        """Code and title of every account and position, by their ids."""
        found = {}
        for account in self.kanbert.chart_of_accounts():
            found[account.id] = _code_and_title(account)
            found |= {each.id: _code_and_title(each) for each in account.listed_positions if each.id}
        return found

    def _only(self, rule_id: str) -> RuleSet:
        rules = self.process.rule_repository.rules(self.process.clock())
        for error in rules.errors:
            if error.rule_id == rule_id:
                raise NoTarget(f"the rule is in error: {error}")
        try:
            if rules[rule_id].mode == "off":
                raise NoTarget(f"the rule {rule_id} is off")
            return rules.only(rule_id)
        except KeyError:
            raise NoTarget(f"the rules table has no rule {rule_id}") from None

    def _list(self, wanted: str) -> Iterator[IncomingInvoice | Unreadable]:
        for each in listed(self.kanbert, wanted):
            # A list may leave out the lines that rules look at.
            if isinstance(each, Unreadable) or shows_lines(each):
                yield each
            else:
                yield self.kanbert.get_incoming_invoice(each.id)

    def _is_since(self, invoice: IncomingInvoice, since: date | None) -> bool:
        if since is None or invoice.created_at is None:
            return True
        return invoice.created_at >= datetime.combine(since, time(), self.process.zone)

    def _concerns(self, alone: RuleSet, rule_id: str | None, invoice: IncomingInvoice) -> bool:
        """True if the rule fires, or has written something."""
        match = alone.match(invoice, now=self.process.clock())
        suggestions = match.suggestions
        chosen = (match.invoice, *match.bookings, suggestions.invoice, *suggestions.bookings)
        if any(chosen) or match.reviews or suggestions.reviews:
            return True
        record = self.process.provenance.get(Document(DocumentKind.INCOMING_INVOICE, invoice.id))
        return any(written.rule_id == rule_id for written in record.written)


def _open_since(since: date | None) -> str:
    wanted = 'status = "open"'
    if since is None or since.year not in _FILTERED:
        return wanted
    # Kanbert's filter looks a day further back; what it finds is compared once more.
    return f"{wanted} and {created_since(datetime.combine(since, time()))}"


def _code_and_title(named: ChartOfAccount | Position) -> str:
    return " ".join(part for part in (named.code, named.title) if part)


def value_text(value: FieldValue, titles: dict[str, str]) -> str:
    """A value for people: an account or position with its code and title, a list with commas, nothing as `-`."""
    if value is None or value == "":
        return "-"
    if isinstance(value, tuple):
        return ", ".join(value)
    return titles.get(value) or value
