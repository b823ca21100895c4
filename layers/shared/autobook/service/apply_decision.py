"""Writing a decision into Kanbert: a PATCH per line, then one for the invoice, then the status alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from autobook.domain import problems
from autobook.domain.action_fields import STATUS, FieldValues
from autobook.domain.errors import AutobookError, NotFound, RetryLater
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.known_invoice import KnownInvoice
from autobook.domain.problems import Problem
from autobook.domain.provenance import Written
from autobook.domain.refusals import RefusedWrite
from autobook.service.invoice_writer import InvoiceWriter
from autobook.service.journal import Journal
from autobook.service.ports import Clock, IncomingInvoices


@dataclass(frozen=True, slots=True)
class AppliedDecision:
    """What became of a decision.

    `invoice` in the state in which the writes left it; what a person changed meanwhile is not in it, so that the
    document is looked at again. `written` are values as they stand in Kanbert, `refused` those that it did not take.
    `side_effects`: what it changed by itself along with ours (provenance.ProvenanceRecord).
    `stopped`: why the rest was not written, where it has to be tried again. `withheld`: a status that was not set
    because something was refused.
    """

    invoice: IncomingInvoice
    written: tuple[Written, ...] = ()
    refused: tuple[RefusedWrite, ...] = ()
    side_effects: tuple[Written, ...] = ()
    stopped: AutobookError | None = None
    withheld: tuple[Written, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """For a person: what Kanbert did not take, and the status that was not set for it."""
        withheld = (problems.status_withheld((write.rule_id,)) for write in self.withheld)
        return (*map(problems.refused, self.refused), *withheld)


def apply_decision(
    kanbert: IncomingInvoices,
    journal: Journal,
    clock: Clock,
    invoice: IncomingInvoice,
    looked_at: datetime,
    writes: Iterable[Written],
) -> AppliedDecision:
    """Write the lines, then the invoice, then the status, if everything before it is done and nothing else has changed.

    `invoice` as it was at `looked_at`. Raises what provenance raises; an error of Kanbert's is the result's `stopped`.
    """
    lines, own, status = dict[str, list[Written]](), list[Written](), list[Written]()
    for write in writes:
        if write.booking_id is not None:
            lines.setdefault(write.booking_id, []).append(write)
        else:
            (status if write.field == STATUS.name else own).append(write)
    writer = InvoiceWriter(kanbert, journal, clock, KnownInvoice(invoice), FieldValues(invoice), looked_at)
    stopped: AutobookError | None = None
    try:
        writer.write_lines(lines)
        writer.write_own(own)
        writer.write_status(status)
    except NotFound as error:
        stopped = RetryLater("the document or one of its lines was deleted while it was being booked")
        stopped.__cause__ = error
    except AutobookError as error:
        stopped = error
    journal.close(writer.in_doubt)
    withheld = writer.refused and not any(each.write in status for each in writer.refused)
    return AppliedDecision(
        writer.known.whole(),
        tuple(writer.written),
        tuple(writer.refused),
        tuple(writer.side_effects),
        stopped,
        withheld=tuple(status) if withheld else (),
    )
