"""The API as data: every operation with its parameters, the elements that it takes and those that it answers.

docs/billomat-api.md says which of it is documented. The contract tests compare it with the table of the reference.
"""

from dataclasses import dataclass
from typing import Final, Literal

type ElementType = Literal["INT", "ALNUM", "DATE", "FLOAT", "BASE64FILE", "CURRENCY"]
type ParameterType = Literal["text", "id", "ids", "date", "statuses", "tags", "group_by", "page", "per_page", "format"]
MOST_PER_PAGE: Final = 1000
STATUSES: Final = ("OPEN", "PAID", "OVERDUE")
GROUP_KEYS: Final = ("supplier", "status", "day", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class BodyElement:
    """An element of a request body. `mandatory` where a record is created."""

    name: str
    type: ElementType = "ALNUM"
    mandatory: bool = False
    default: str = ""
    """What Billomat takes where it is not given: `supplier` for the supplier's own value, or a value."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `answers`: elements of the record, with the `type` attribute ("" for none)."""

    id: str
    method: str
    path: str
    root: str = ""
    body: tuple[BodyElement, ...] = ()
    params: tuple[tuple[str, ParameterType], ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    documented: bool = True


_FILTERS: Final[tuple[tuple[str, ParameterType], ...]] = (
    ("supplier_id", "id"), ("incoming_number", "text"), ("number", "text"), ("status", "statuses"), ("from", "date"),
    ("to", "date"), ("note", "text"), ("tags", "tags"),
)  # fmt: skip
_PAGING: Final[tuple[tuple[str, ParameterType], ...]] = (
    ("page", "page"),
    ("per_page", "per_page"),
    ("order_by", "text"),
)
INCOMING: Final = (
    BodyElement("supplier_id", "INT", mandatory=True),
    BodyElement("address", default="supplier"),
    BodyElement("number", mandatory=True),
    BodyElement("date", "DATE", mandatory=True),
    BodyElement("due_date", "DATE"),
    BodyElement("note"),
    BodyElement("total_net", "FLOAT"),
    BodyElement("total_gross", "FLOAT"),
    BodyElement("currency_code", "CURRENCY", default="supplier"),
    BodyElement("quote", "FLOAT", default="1.0000"),
    BodyElement("base64file", "BASE64FILE"),
    BodyElement("expense_account_number", "INT"),
    BodyElement("label"),
    BodyElement("client_number"),
    BodyElement("category"),
)
INCOMING_ANSWER: Final = (
    ("id", "integer"), ("supplier_id", "integer"), ("created", "datetime"), ("number", ""), ("client_number", ""),
    ("date", "date"), ("due_date", "date"), ("address", ""), ("status", ""), ("label", ""), ("category", ""),
    ("note", ""), ("total_gross", "float"), ("total_net", "float"), ("currency_code", ""), ("quote", "float"),
    ("paid_amount", "float"), ("open_amount", "float"), ("expense_account_number", "float"),
)  # fmt: skip
GROUP_ANSWER: Final = (("total_gross", "float"), ("total_net", "float"))
PDF_ANSWER: Final = (("id", "integer"), ("created", "datetime"), ("incoming_id", "integer"), ("base64file", ""))
SUPPLIER_ANSWER: Final = (
    ("id", "integer"), ("created", "datetime"), ("name", ""), ("email", ""), ("first_name", ""), ("last_name", ""),
    ("country_code", ""), ("creditor_identifier", ""), ("vat_number", ""), ("bank_iban", ""), ("currency_code", ""),
    ("note", ""), ("client_number", ""),
)  # fmt: skip
TAG_ANSWER: Final = (("id", "integer"), ("incoming_id", "integer"), ("name", ""))

OPERATIONS: Final = (
    # `group_by` turns the list into the aggregated one.
    Operation(
        "incomings.index", "GET", "/incomings", params=(*_FILTERS, ("group_by", "group_by"), *_PAGING),
        answers=INCOMING_ANSWER,
    ),
    Operation(
        "incomings.create", "POST", "/incomings", "incoming", INCOMING, answers=INCOMING_ANSWER, status=201
    ),
    Operation("incomings.show", "GET", "/incomings/{id}", answers=INCOMING_ANSWER),
    Operation("incomings.edit", "PUT", "/incomings/{id}", "incoming", INCOMING, answers=INCOMING_ANSWER),
    Operation("incomings.delete", "DELETE", "/incomings/{id}"),
    Operation("incomings.pdf", "GET", "/incomings/{id}/pdf", params=(("format", "format"),), answers=PDF_ANSWER),
    Operation(
        "suppliers.index", "GET", "/suppliers",
        params=(
            ("name", "text"), ("email", "text"), ("first_name", "text"), ("last_name", "text"),
            ("country_code", "text"), ("creditor_identifier", "text"), ("note", "text"), ("client_number", "text"),
            ("incoming_id", "ids"), ("tags", "tags"), *_PAGING,
        ),
        answers=SUPPLIER_ANSWER,
    ),
    Operation("suppliers.show", "GET", "/suppliers/{id}", answers=SUPPLIER_ANSWER),
    Operation(
        "tags.index", "GET", "/incoming-tags", params=(("incoming_id", "id"), *_PAGING), answers=TAG_ANSWER,
        documented=False,
    ),
    Operation(
        "tags.create", "POST", "/incoming-tags", "incoming-tag",
        (BodyElement("incoming_id", "INT", mandatory=True), BodyElement("name", mandatory=True)), answers=TAG_ANSWER,
        status=201, documented=False,
    ),
)  # fmt: skip
