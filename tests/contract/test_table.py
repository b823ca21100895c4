"""The table itself."""

import json
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
    """Names are separated from types, and scopes, sorts, filters, limits and enums are found."""
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


def test_table_holds_the_operations_of_both_sections_in_their_order(tmp_path: Path) -> None:
    """The table is made of all operations of the incoming invoices' section, then of the outgoing ones'."""
    for name, path in (("incoming-invoices.txt", "/in/{id}"), ("outgoing-invoices.txt", "/out/{id}")):
        (tmp_path / name).write_text(PAGE.replace("/things/{id}", path) * 2, encoding="utf-8")
    assert [each["path"] for each in table(tmp_path)] == ["/in/{id}"] * 2 + ["/out/{id}"] * 2


def test_committed_table_is_whole_and_sorted() -> None:
    """All 14 operations of the two sections, in the form in which `extract.py` writes them: a diff shows changes."""
    text = TABLE.read_text(encoding="utf-8")
    committed = json.loads(text)
    assert len({(each["method"], each["path"]) for each in committed}) == 14
    assert text == json.dumps(committed, indent=1, sort_keys=True) + "\n"
