"""What the data of events is made of: values with their names, and enums that are ours.

Amounts are strings, so that no reader rounds them. An enum may get further values; a reader takes one that it does not
know for `other`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from autobook.domain.documents import DocumentKind

KindName = Annotated[
    DocumentKind, WithJsonSchema({"enum": [kind.value for kind in DocumentKind], "title": "Kind", "type": "string"})
]

type FieldName = Literal[
    "account",
    "position",
    "project",
    "client",
    "booking_title",
    "booking_type",
    "status",
    "tags",
    "editor",
    "payment_account",
    "invoice_title",
    "note",
    "review",
]
"""What a rule can set: the rows of action_fields.py, and `review`."""

type ReasonCode = Literal[
    "no_rule",
    "conflict",
    "unknown_code",
    "held",
    "no_booking_line",
    "refused",
    "no_room",
    "implausible_sums",
    "duplicate",
    "unusual_amount",
    "review_rule",
    "status_withheld",
    "not_read",
    "in_doubt",
]
"""Why a person has to look: those of problems.ProblemCode."""

type ChangedField = Literal[
    "type",
    "status",
    "payment_status",
    "invoice_title",
    "invoice_number",
    "note",
    "supplier",
    "editor",
    "payment_account",
    "sum_net",
    "sum_tax",
    "sum_gross",
    "vats",
    "date_of_invoice",
    "due_date",
    "date_of_start",
    "date_of_end",
    "external_id",
    "external_origin",
    "booking_type",
    "booking_title",
    "value",
    "account",
    "position",
    "project",
    "client",
    "outgoing_invoice",
]
"""What an invoice or a line says; a field that a rule can set has the rule's name for it."""

type SummaryType = Literal["invoice", "credit_note", "other"]
type SummaryStatus = Literal["open", "ready_for_accounting", "booked", "other"]
type SummaryPayment = Literal["open", "partly_paid", "paid", "cancelled", "other"]
type OutgoingSummaryStatus = Literal["estimate", "open", "bookable", "booked", "other"]
type LineChangeKind = Literal["added", "removed", "changed"]
type FileState = Literal["archived", "not_offered", "missing"]


class Data(BaseModel):
    """What an event says. A field that has a default came later, or is left out where it has nothing to say."""

    model_config = ConfigDict(frozen=True)


class DocumentRef(Data):
    """Which document, in which state: `state` is the SHA-256 of what it says, whatever the order of its lines."""

    kind: KindName
    id: str
    state: str


class Value(Data):
    """One value.

    An account, project, supplier … has Kanbert's `id`, and the `code` and `title` that people know it by, where they
    are known; without an id where Kanbert shows none, or a rule's code stands for nothing. Any other value is a `text`
    (also an enum, an amount, a date), or several `texts`. Long texts are cut, and end with an ellipsis then.
    """

    id: str | None = None
    code: str | None = None
    title: str | None = None
    text: str | None = None
    texts: list[str] | None = None


_NAMES: Final = frozenset(("id", "code", "title"))


def facts(data: Any) -> Any:
    """The same without what objects are called: they may be renamed, which is no other fact."""
    if isinstance(data, Mapping):
        named = "id" in data and data.keys() <= _NAMES
        return {"id": data["id"]} if named else {name: facts(each) for name, each in data.items()}
    return [facts(each) for each in data] if isinstance(data, list) else data


class InvoiceSummary(Data):
    """Enough to recognise an incoming invoice; the rest is in Kanbert and in the archive.

    Texts are cut after 1,000 characters. What is empty in Kanbert is null.
    """

    type: SummaryType | None
    title: str | None
    status: SummaryStatus | None
    payment_status: SummaryPayment | None
    invoice_number: str | None
    supplier: Value | None
    date_of_invoice: datetime | None
    sum_net: str | None
    sum_tax: str | None
    sum_gross: str | None


class OutgoingInvoiceSummary(Data):
    """Enough to recognise an outgoing invoice; as above. Sums are in its `currency` (ISO 4217, as Kanbert has it)."""

    type: SummaryType
    title: str | None
    status: OutgoingSummaryStatus | None
    payment_status: SummaryPayment | None
    invoice_number: str | None
    client: Value | None
    date_of_invoice: datetime | None
    currency: str | None
    sum_net: str | None
    sum_tax: str | None
    sum_gross: str | None


class SetValue(Data):
    """A value and the rule that gave it. `booking_id` null: on the invoice itself, or a line that does not exist.

    A suggestion of the field `review` is the text of a rule that would have a person look. `before`: what stood there.
    `rule_version` names what the rule said (docs/rules.md, "Its history"). `accepted_by`: the person who accepted it as
    a suggestion; left out where the rule wrote it by itself.
    """

    booking_id: str | None
    field: FieldName
    value: Value | None
    before: Value | None
    rule_id: str
    rule_version: str = ""
    accepted_by: str = ""


class ReviewReason(Data):
    """Why a person has to look: `code`, and a sentence in `message`.

    `rule_versions` names what each of the rules said, as in SetValue.
    """

    code: ReasonCode
    message: str
    booking_id: str | None
    field: FieldName | None
    rule_ids: list[str]
    rule_versions: list[str] = []


class CorrectedValue(Data):
    """`ours` was written by `rule_id`; a person put `present` in its place.

    `line_deleted`: a person deleted the line that it stood on; `present` is null then.
    """

    booking_id: str | None
    field: FieldName
    ours: Value | None
    present: Value | None
    rule_id: str
    line_deleted: bool = False
    rule_version: str = ""


class UndoneValue(Data):
    """`ours` was written by `rule_id`, and was taken back: `restored` stands there again, null where it is empty."""

    booking_id: str | None
    field: FieldName
    ours: Value | None
    restored: Value | None
    rule_id: str
    rule_version: str = ""


class FieldChange(Data):
    """A field that says something else; null where it is empty."""

    field: ChangedField
    before: Value | None
    after: Value | None


class LineChange(Data):
    """A line that is new, gone, or says something else: what of it."""

    booking_id: str
    change: LineChangeKind
    fields: list[FieldChange]


class Changes(Data):
    """What differs from the state `since`, which was announced before; what this run wrote is among it.

    `complete` is false where not every line had room.
    """

    since: str
    fields: list[FieldChange]
    lines: list[LineChange]
    complete: bool


class ArchivedObject(Data):
    """One object of the archive; `size` in bytes."""

    key: str
    sha256: str
    size: int
    media_type: str
