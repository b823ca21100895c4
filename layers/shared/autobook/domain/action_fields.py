"""The fields that a rule can set: one row each, from which reading, writing, undoing and checking follow.

A rule's reader (rules/rule.py), the request bodies (service/apply_decision.py), the undo of an incomplete run
(resumption.py), the decision (decision.py) and the table in docs/rules.md are all derived from these rows. A row that
says too little does not import, and one that Kanbert's API contradicts fails in a test (test_action_fields.py).
Lengths and API names: docs/kanbert-api.md, "Incoming invoices".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, get_args

from pydantic import BaseModel

from autobook.domain.kanbert import Booking, BookingType, IncomingInvoice, InvoiceStatus
from autobook.domain.plain_text import plain_text
from autobook.domain.provenance import FieldValue, Written


class FieldScope(StrEnum):
    """Where a field stands."""

    BOOKING = "booking line"
    INVOICE = "invoice"


class FieldKind(StrEnum):
    """What a rule may write there."""

    REFERENCE = "reference"
    """Another object: a code that a person knows, or `id:…`."""
    TEXT = "text"
    """Text with placeholders."""
    ENUM = "enum"
    """One of the row's `values`."""
    TAGS = "tags"
    """A list of texts."""


_MODELS: Final[Mapping[FieldScope, type[BaseModel]]] = {
    FieldScope.BOOKING: Booking,
    FieldScope.INVOICE: IncomingInvoice,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionField:
    """One field. Raises ValueError, when this module is imported, for a row that leaves out what its kind needs.

    `api_name` is the field of the PATCH body. `read_from` is the attribute in which the API shows the value, with a dot
    where it shows an object with its id; None where it shows nothing. `max_length` in characters.

    `write_once`: written whatever stands there, but only once. `appended`: written below what stands there.
    `initial` is what Kanbert puts there itself: as good as empty, as long as the attribute `undecided_without` (where
    one is named) is empty too. `shown_with` are attributes that the API shows along with the value.

    `order`: Kanbert's values in the order in which it passes through them by itself: a later one is no other decision.
    `follows`: fields of the same scope along with which Kanbert may change this one by itself.
    """

    name: str
    scope: FieldScope
    api_name: str
    read_from: str | None
    kind: FieldKind
    max_length: int | None = None
    values: tuple[str, ...] = ()
    write_once: bool = False
    appended: bool = False
    initial: str | None = None
    undecided_without: str | None = None
    shown_with: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        attributes = {self.attribute, self.undecided_without, *self.shown_with} - {None}
        if unknown := attributes - _MODELS[self.scope].model_fields.keys():
            raise ValueError(f"{self.name}: a {self.scope} has no {', '.join(sorted(map(str, unknown)))}")
        if (self.kind is FieldKind.TEXT) != (self.max_length is not None):
            raise ValueError(f"{self.name}: a text, and nothing else, has a max_length")
        if (self.kind is FieldKind.ENUM) != bool(self.values):
            raise ValueError(f"{self.name}: an enum, and nothing else, has values")
        if self.read_from is None and not self.write_once:
            raise ValueError(f"{self.name}: what cannot be read can only be written once")
        if self.appended and self.kind is not FieldKind.TEXT:
            raise ValueError(f"{self.name}: only a text can be appended")
        if self.order and not {*self.values, self.initial} <= {*self.order}:
            raise ValueError(f"{self.name}: each of the values, and the initial one, has a place in the order")

    @property
    def attribute(self) -> str | None:
        """The model's attribute that changes with the value; None where the API does not show it."""
        return self.read_from.partition(".")[0] if self.read_from else None

    def read(self, holder: Booking | IncomingInvoice) -> str | None:
        """The value in this line or invoice; None where it is empty, undecided or not shown."""
        if self.read_from is None:
            return None
        value: Any = holder
        for step in self.read_from.split("."):
            value = getattr(value, step, None)
        undecided = self.undecided_without is None or not getattr(holder, self.undecided_without)
        return None if not value or (undecided and value == self.initial) else value

    def holds(self, present: FieldValue, value: FieldValue) -> bool:
        """True if `present`, as `read` returned it, is or contains this value, or is later in Kanbert's order.

        What cannot be read is taken to be.
        """
        if self.read_from is None:
            return True
        if self.order:
            return not self._is_earlier(self.initial if present is None else present, value)
        if self.appended:
            return isinstance(present, str) and plain_text(str(value)) in plain_text(present)
        return value == (self.initial if present is None else present)

    def _is_earlier(self, present: FieldValue, value: FieldValue) -> bool:
        """One that Kanbert's order does not have is not: nobody has taken a step back."""
        return present in self.order and value in self.order and self.order.index(present) < self.order.index(value)

    def is_as_before(self, present: FieldValue, before: FieldValue) -> bool:
        """True if a decision that found `before` there still holds. What Kanbert puts there itself is as good as
        empty."""
        return present == before or (before is None and present == self.initial)

    def after_writing(self, value: FieldValue, present: FieldValue) -> str | list[str] | None:
        """What the request body carries to write this value where `present` stands."""
        if self.appended and present:
            return f"{present}\n{value}"
        return list(value) if isinstance(value, tuple) else value

    def fits(self, value: FieldValue, present: FieldValue) -> bool:
        """False if Kanbert would refuse it for its length."""
        before = len(present) + 1 if self.appended and present else 0
        return self.max_length is None or before + len(value or "") <= self.max_length

    def undone(self, before: FieldValue) -> dict[str, Any]:
        """The model's attributes as they were when `before` stood there.

        Of an object only the id was kept: the object is left as it is unless there was none before.
        """
        if self.attribute is None:
            return {}
        if self.attribute != self.read_from:
            return {self.attribute: None} if before is None else {}
        return {self.attribute: before or self.initial} | dict.fromkeys(self.shown_with)


_LINE, _INVOICE = FieldScope.BOOKING, FieldScope.INVOICE
_REFERENCE, _TEXT, _ENUM, _TAGS = FieldKind.REFERENCE, FieldKind.TEXT, FieldKind.ENUM, FieldKind.TAGS
_BOOKING_TYPES: Final[tuple[str, ...]] = get_args(BookingType)[1].values
_STATUSES: Final[tuple[str, ...]] = get_args(InvoiceStatus)[1].values
"""As the reference lists them."""

# fmt: off
ACCOUNT: Final = ActionField(
    name="account", scope=_LINE, api_name="chart_of_account_id", read_from="chart_of_account_id", kind=_REFERENCE,
    shown_with=("chart_of_account",),
)
# Every line starts as `account`: until an account is chosen, nobody has decided on the type.
BOOKING_TYPE: Final = ActionField(
    name="booking_type", scope=_LINE, api_name="type", read_from="type", kind=_ENUM,
    values=_BOOKING_TYPES, initial="account", undecided_without="chart_of_account_id", follows=("account",),
)
STATUS: Final = ActionField(
    name="status", scope=_INVOICE, api_name="status", read_from="status", kind=_ENUM,
    values=("ready_for_accounting",), initial="open", order=_STATUSES,
)
"""Written last of all, and only where nothing is left for a person (decision.py)."""

ACTION_FIELDS: Final = (
    ACCOUNT,
    # A position belongs to an account, a project to a client.
    ActionField(
        name="position", scope=_LINE, api_name="position_id", read_from="position_id", kind=_REFERENCE,
        follows=("account",),
    ),
    ActionField(
        name="project", scope=_LINE, api_name="project_id", read_from="project_id", kind=_REFERENCE,
        follows=("client",),
    ),
    ActionField(
        name="client", scope=_LINE, api_name="client_id", read_from="client_id", kind=_REFERENCE, follows=("project",)
    ),
    ActionField(name="booking_title", scope=_LINE, api_name="title", read_from="title", kind=_TEXT, max_length=255),
    BOOKING_TYPE,
    STATUS,
    ActionField(name="tags", scope=_INVOICE, api_name="tags", read_from=None, kind=_TAGS, write_once=True),
    ActionField(name="editor", scope=_INVOICE, api_name="editor_id", read_from="editor.id", kind=_REFERENCE),
    ActionField(
        name="payment_account", scope=_INVOICE, api_name="payment_account_id", read_from="payment_account.id",
        kind=_REFERENCE,
    ),
    ActionField(
        name="invoice_title", scope=_INVOICE, api_name="title", read_from="title", kind=_TEXT, max_length=255,
        initial="",
    ),
    ActionField(
        name="note", scope=_INVOICE, api_name="notes", read_from="notes", kind=_TEXT, max_length=10_000,
        write_once=True, appended=True,
    ),
)
# fmt: on

BY_NAME: Final[Mapping[str, ActionField]] = {field.name: field for field in ACTION_FIELDS}
"""The row of each field."""

FOLLOWERS: Final[Mapping[str, tuple[ActionField, ...]]] = {
    name: tuple(row for row in ACTION_FIELDS if name in row.follows) for name in BY_NAME
}
"""The rows that Kanbert may change along with each field."""

BOOKING_FIELDS: Final = tuple(field.name for field in ACTION_FIELDS if field.scope is FieldScope.BOOKING)
INVOICE_FIELDS: Final = tuple(field.name for field in ACTION_FIELDS if field.scope is FieldScope.INVOICE)
"""Names of what a rule sets line by line, and once per invoice."""


@dataclass(frozen=True, slots=True)
class FieldValues:
    """The values of one invoice, by the names that rules use."""

    invoice: IncomingInvoice
    _lines: dict[str, Booking] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find every line once: an invoice may have thousands."""
        for line in reversed(self.invoice.bookings or ()):
            self._lines[line.id] = line  # of two with one id the first

    def booking(self, booking_id: str) -> Booking | None:
        """The line with this id; None if it is gone."""
        return self._lines.get(booking_id)

    def present(self, booking_id: str | None, field: str) -> FieldValue:
        """The value of a field, None where it is empty.

        `booking_id` is None for the invoice's own fields, and for a line that does not exist, which is empty.
        """
        row = BY_NAME[field]
        holder = self.invoice if row.scope is FieldScope.INVOICE else self.booking(booking_id or "")
        return row.read(holder) if holder is not None else None

    def still_holds(self, written: Written) -> bool:
        """True if a value that we wrote is still there."""
        return self.holds(*written.place, written.value)

    def holds(self, booking_id: str | None, field: str, value: FieldValue) -> bool:
        """True if this value is there. Tags cannot be read and are taken to be."""
        return BY_NAME[field].holds(self.present(booking_id, field), value)
