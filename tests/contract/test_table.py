"""The table itself."""

import json
import os
from pathlib import Path

from tests.contract.extract import operations, table
from tests.contract.reference import TABLE

PAGE = """
Request

Required scopes: thing:read, thing:write

Query
sortstring

Available sorts are title, created_at.
You can sort by multiple options by separating them with a comma.

page[size]integer

filterstring

Allowed filter fields (with allowed operators):

FieldTypeOperators
titlestringin, nin, eq
linesRelation
- price (currency)
any, none

Filtering expression.
Bodyapplication/json
typestring or null

Invoice or Credit

Default "Invoice"
Enum"Invoice""Credit"
titlestring<= 255 characters
curl -i -X PATCH \\
  'https://api.kanbert.com/api/v1/things/{id}?find_by=id' \\

Responses

Bodyapplication/json
idstringrequired
supplierSupplierData (object) or nullrequired
Any of:
supplier.created_atstring or null(date-time)required
lines[].valuenumberrequired
Response
"""


def test_extraction_reads_a_page() -> None:
    """Names are told from types, and scopes, sorts, filters, limits and enums are found."""
    (thing,) = operations(PAGE)
    assert (thing["method"], thing["path"]) == ("PATCH", "/things/{id}")
    assert thing["scopes"] == ["thing:read", "thing:write"]
    assert thing["sorts"] == ["title", "created_at"]
    assert thing["query"] == ["filter", "page[size]", "sort"]
    assert thing["filters"] == {"title": "string: in, nin, eq", "lines": {"price": "currency"}}
    assert thing["body"] == {"type": "string nullable enum=Invoice,Credit", "title": "string max=255"}
    assert thing["response"] == {
        "id": "string required",
        "supplier": "object nullable required",
        "supplier.created_at": "date-time nullable required",
        "lines[].value": "number required",
    }


def test_table_is_what_the_reference_says() -> None:
    """Where the reference texts are at hand (AUTOBOOK_REFERENCE), the committed table is what they give."""
    committed = json.loads(TABLE.read_text(encoding="utf-8"))
    assert len(committed) == 14
    if directory := os.environ.get("AUTOBOOK_REFERENCE"):
        assert table(Path(directory)) == committed
