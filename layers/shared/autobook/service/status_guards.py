"""Looking at a supplier's other invoices before one is handed to accounting (domain/guards.py)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from autobook.domain.decision import Decision
from autobook.domain.documents import Unreadable
from autobook.domain.errors import BrokenPaging, GiveUp
from autobook.domain.guards import (
    LAST_INVOICES,
    Guards,
    duplicate,
    filter_for_duplicates,
    filter_for_supplier,
    grants_status,
    unusual_amount,
    with_status_withheld,
)
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.problems import ProblemCode
from autobook.service.ports import DocumentLists

_PAGE_SIZE: Final = 50
_MOST_COMPARED: Final = 500
"""Invoices that may be the same: of a number such as 1 there may be many."""
_MOST_READ: Final = 3 * LAST_INVOICES
"""Of a supplier's last invoices: some are credit notes, or were withdrawn."""


@dataclass(frozen=True, slots=True)
class StatusGuards:
    """The guards that are on, and the lists that they look at.

    RetryLater of these is raised: the document waits. A list that cannot be had withholds the status.
    """

    lists: DocumentLists
    guards: Guards
    zone: ZoneInfo

    def checked(self, decision: Decision, invoice: IncomingInvoice) -> Decision:
        """The decision, without the status where a guard holds. Asks Kanbert only where the status would be set."""
        if not grants_status(decision):
            return decision
        held = list(self._held(invoice))
        return with_status_withheld(decision, held) if held else decision

    def _held(self, invoice: IncomingInvoice) -> Iterator[tuple[ProblemCode, str]]:
        if self.guards.duplicates and (where := filter_for_duplicates(invoice, self.zone)):
            try:
                alike = islice(self._listed(where, "created_at"), _MOST_COMPARED)
                reason = duplicate(invoice, alike, self.zone)
            except (GiveUp, BrokenPaging) as error:
                reason = f"Kanbert could not be asked for duplicates: {error}"
            if reason:
                yield ProblemCode.DUPLICATE, reason
        if self.guards.tolerance is not None and (where := filter_for_supplier(invoice)):
            try:
                reason = unusual_amount(invoice, self._last(where), self.guards.tolerance)
            except GiveUp as error:
                reason = f"Kanbert could not be asked for the supplier's invoices: {error}"
            if reason:
                yield ProblemCode.UNUSUAL_AMOUNT, reason

    def _last(self, where: str) -> Iterator[IncomingInvoice]:
        """The supplier's last invoices. Where the list breaks off, those before are enough to compare with."""
        with suppress(BrokenPaging):
            yield from islice(self._listed(where, "-date_of_invoice"), _MOST_READ)

    def _listed(self, where: str, sort: str) -> Iterator[IncomingInvoice]:
        """Those that can be read: one odd invoice holds up no other."""
        found = self.lists.list_incoming_invoices(
            filter=where, sort=sort, page_size=_PAGE_SIZE, cursor=None, on_page=None
        )
        for each in found:
            if not isinstance(each, Unreadable):
                yield each
