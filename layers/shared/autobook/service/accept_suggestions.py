"""Writing what was suggested, because a person accepts it: a run of `process` in which these rules are switched on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from autobook.domain.action_fields import BY_NAME, STATUS, FieldScope, FieldValues
from autobook.domain.decision import Decision
from autobook.domain.documents import Change, Document, DocumentKind, DocumentMessage
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.match_changes import Acceptance
from autobook.domain.provenance import OpenSuggestion, Written
from autobook.domain.rules import RuleSet
from autobook.service.process import ProcessDocument

type WantedSuggestion = Callable[[OpenSuggestion], bool]


@dataclass(frozen=True, slots=True)
class LeftSuggestion:
    """A suggestion that is not written, and why."""

    write: Written
    reason: str


@dataclass(frozen=True, slots=True)
class AcceptResult:
    """What is written of the suggestions that are meant, or would be, and what is left."""

    writes: tuple[Written, ...] = ()
    left: tuple[LeftSuggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptSuggestions:
    """The use case, on what `process` is made of. It may raise RetryLater or GiveUp; it is safe to repeat."""

    process: ProcessDocument
    by: str

    def preview(self, invoice_id: str, wanted: WantedSuggestion) -> tuple[IncomingInvoice, AcceptResult]:
        """What would be written now. Writes nothing."""
        suggestions = self._suggestions(invoice_id, wanted)
        invoice = self.process.kanbert.get_incoming_invoice(invoice_id)
        if not suggestions:
            return invoice, AcceptResult()
        decision = self._accepting(suggestions).preview(invoice)
        return invoice, self._result(invoice, suggestions, decision)

    def __call__(self, invoice_id: str, wanted: WantedSuggestion, trace_id: str) -> AcceptResult:
        """Write what is meant and still stands, through all that `process` does to lose nothing and nobody's value."""
        suggestions = self._suggestions(invoice_id, wanted)
        if not suggestions:
            return AcceptResult()
        now, kind = self.process.clock().isoformat(), DocumentKind.INCOMING_INVOICE
        _, planned = self.preview(invoice_id, wanted)
        if not planned.writes:
            return planned
        accepting = self._accepting([each for each in suggestions if each.write in planned.writes])
        accepting(DocumentMessage(kind, invoice_id, Change.DECIDE, now, trace_id))
        record = self.process.provenance.get(Document(kind, invoice_id))
        ours = {each.place: each for each in record.written if each.accepted_by}
        written = tuple(each for each in planned.writes if each.place in ours)
        faster = (each for each in planned.writes if each.place not in ours)
        left = (LeftSuggestion(each, "Kanbert did not take it, or a person was faster") for each in faster)
        return AcceptResult(written, (*planned.left, *left))

    def _suggestions(self, invoice_id: str, wanted: WantedSuggestion) -> list[OpenSuggestion]:
        record = self.process.provenance.get(Document(DocumentKind.INCOMING_INVOICE, invoice_id))
        return [each for each in record.suggestions if wanted(each)]

    def _accepting(self, suggestions: Iterable[OpenSuggestion]) -> ProcessDocument:
        known = tuple(each.write for each in suggestions if not each.is_code)
        return replace(self.process, acceptance=Acceptance(self.by, known))

    def _result(
        self, invoice: IncomingInvoice, suggestions: Iterable[OpenSuggestion], decision: Decision
    ) -> AcceptResult:
        decided = {each.place: each for each in decision.writes if each.accepted_by}
        rules = self.process.rule_repository.rules()
        writes = tuple(each.write for each in suggestions if each.write.place in decided)
        left = (
            LeftSuggestion(each.write, next(_reasons(invoice, each, decision, rules)))
            for each in suggestions
            if each.write.place not in decided
        )
        return AcceptResult(writes, tuple(left))


def _reasons(invoice: IncomingInvoice, suggestion: OpenSuggestion, decision: Decision, rules: RuleSet) -> Iterator[str]:
    """Why it is not written; the first is the one to say."""
    write, row = suggestion.write, BY_NAME[suggestion.write.field]
    if invoice.status != STATUS.initial:
        yield f"the invoice is {invoice.status or 'without a status'}, not open"
    if row.scope is FieldScope.BOOKING and write.booking_id is None:
        yield "the invoice has no booking line"
    if row.scope is FieldScope.BOOKING and FieldValues(invoice).booking(write.booking_id or "") is None:
        yield "the line was deleted"
    if not row.is_as_before(FieldValues(invoice).present(*write.place), write.before):
        yield "a person has decided there since"
    if rules.version_of(write.rule_id) != write.rule_version:
        yield "the rule has changed since"
    if suggestion.is_code:
        yield f"Kanbert has no {write.field} {write.value}, or several"
    if write.field == STATUS.name:
        yield from (each.message for each in decision.problems if each.field == STATUS.name)
    yield "the rule suggests it no longer"
