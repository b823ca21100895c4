"""Hypatos: every operation and field of its reference, in our model and in the simulator, by name.

`hypatos.json` is the table that `extract_hypatos.py` made from Hypatos' API reference (docs/hypatos-api.md).
"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel, to_snake

from autobook.domain.hypatos import CURRENCIES, LANGUAGES, HypatosInvoice, HypatosModel
from autobook_sim.hypatos.app import OPERATIONS, PREFIX
from autobook_sim.hypatos.fields import INVOICE, InvoiceField
from autobook_sim.hypatos.validation import Detail, faults_of
from autobook_sim.kanbert.wire import from_json
from tests.contract.extract_hypatos import operation
from tests.contract.reference import Described, fits, walk

TABLE = Path(__file__).with_name("hypatos.json")
OPERATION: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
FIELDS = {name: Described.of(text) for name, text in OPERATION["request"].items()}
SAMPLES: dict[str, Any] = {"string": "x", "number": Decimal("1.5"), "boolean": True, "object": {}, "array": ()}
SPECIAL: dict[str, Any] = {
    "documentId": "63cac12c37bb02accb396cae",
    "documents.id": "63cac12c37bb02accb396cae",
    "documents": [{"type": "invoice"}],
    "issuedDate": "2026-01-31",
    "receivedDate": "2026-01-31",
    "postingDate": "2026-01-31",
}
"""Samples of fields that have a form of their own: stricter than the reference's type, see docs/hypatos-api.md."""
DATES = {"issuedDate", "receivedDate", "postingDate"}
WRONG: dict[str, list[Any]] = {
    "string": [1, True, [], {}],
    "number": ["1.5x", True, [], {}, "NaN"],
    "boolean": ["true", 1, []],
    "object": ["x", 1, []],
    "array": ["x", 1, {"a": 1}],
}

by_name = pytest.mark.parametrize("name", FIELDS)


def body_with(name: str, value: Any) -> dict[str, Any]:
    """An invoice in which the field at this path has this value, and everything else is in order."""
    body: dict[str, Any] = {"externalId": "kanbert-1", "invoiceLines": []}
    place = body
    *parents, last = name.split(".")
    path = ""
    for parent in parents:
        path = f"{path}.{parent}".strip(".")
        inner: dict[str, Any] = {}
        place[parent] = [inner] if FIELDS[path].type == "array" else inner
        place = inner
    place[last] = value
    return body


def sample(name: str) -> Any:
    """A value that the field takes."""
    described = FIELDS[name]
    return SPECIAL.get(name, described.enum[0] if described.enum else SAMPLES[described.type])


def model_takes(name: str, value: Any) -> bool:
    """Whether our model takes it."""
    try:
        HypatosInvoice.model_validate(body_with(name, value))
    except ValidationError:
        return False
    return True


def simulator_faults(name: str, value: Any) -> list[Detail]:
    """What the simulator finds wrong, given what would be on the wire."""
    return faults_of(from_json(json.dumps(body_with(name, value), default=float).encode()))


def simulated(name: str) -> InvoiceField:
    """The simulator's field at this path."""
    fields, found = INVOICE, None
    for part in name.split("."):
        found = next(each for each in fields if each.name == part)
        fields = found.fields
    assert found is not None
    return found


def test_the_table_is_whole() -> None:
    """One operation with 69 request fields, its answers, and the form in which `extract_hypatos.py` writes it."""
    assert len(FIELDS) == 69
    assert set(OPERATION["responses"]) == {"200", "422", "429"}
    assert TABLE.read_text(encoding="utf-8") == json.dumps(OPERATION, indent=1, sort_keys=True) + "\n"


def test_the_page_is_read(tmp_path: Path) -> None:
    """On one line or on several; lists of codes, null and required are kept."""
    page = (
        "# Insert thing Endpoint: POST /things Version: 2.51.0 Security: OAuth2 ## Request fields (application/json): "
        '- `externalId` (string, required) The id Example: "a-1" - `code` (string,null) A code Enum: "A", "B", null '
        "- `lines` (array) - `lines.price` (number) Price (net)\nExample: 1 ## Response 200 fields (application/json): "
        "- `id` (string, required) ## Response 429 fields"
    )
    assert operation(page) == operation(page.replace(" - `", "\n- `")) == {
        "method": "POST", "path": "/things", "version": "2.51.0", "security": "OAuth2",
        "media_type": "application/json",
        "request": {
            "externalId": "string required", "code": "string nullable enum=A,B", "lines": "array",
            "lines.price": "number",
        },
        "responses": {"200": {"id": "string required"}, "429": {}},
    }  # fmt: skip
    assert tmp_path.exists()


def test_the_operation_is_simulated() -> None:
    """Method and path; and the token endpoint that its security needs."""
    assert (OPERATION["method"], PREFIX + OPERATION["path"]) in OPERATIONS.values()
    assert OPERATION["security"] == "OAuth2"
    assert ("POST", f"{PREFIX}/auth/token") in OPERATIONS.values()


def test_nothing_else_is_modelled() -> None:
    """Neither the model nor the simulator has a field that the reference does not list."""
    assert set(paths_of_model(HypatosInvoice)) == set(FIELDS)
    assert set(paths_of_simulator(INVOICE)) == set(FIELDS)


def paths_of_model(model: type[HypatosModel], prefix: str = "") -> list[str]:
    """Every path of the model, as on the wire."""
    found: list[str] = []
    for name in model.model_fields:
        path = prefix + to_camel(name)
        found.append(path)
        for inner in walk(model, name).types:
            if isinstance(inner, type) and issubclass(inner, HypatosModel):
                found += paths_of_model(inner, f"{path}.")
    return found


def paths_of_simulator(fields: tuple[InvoiceField, ...], prefix: str = "") -> list[str]:
    """Every path that the simulator knows."""
    return [
        path
        for field in fields
        for path in (prefix + field.name, *paths_of_simulator(field.fields, f"{prefix}{field.name}."))
    ]


@by_name
def test_model_field(name: str) -> None:
    """The field has its type, takes what it may hold, and refuses any other type."""
    described = FIELDS[name]
    found = walk(HypatosInvoice, ".".join(map(to_snake, name.split("."))))
    assert found.types == (date,) if name in DATES else fits(described, found)
    assert model_takes(name, sample(name))
    for wrong in WRONG[described.type]:
        assert not model_takes(name, wrong), wrong


@by_name
def test_simulator_field(name: str) -> None:
    """The same of the simulator: what it refuses stands at the field's place."""
    described = FIELDS[name]
    assert simulator_faults(name, sample(name)) == []
    for wrong in (each for each in WRONG[described.type] if each != "NaN"):
        (fault, *_) = simulator_faults(name, wrong)
        assert [each for each in fault.loc if isinstance(each, str)][1:] == name.split(".")


@by_name
def test_null(name: str) -> None:
    """Null is taken where the reference says so, by both, and nowhere else."""
    nullable = FIELDS[name].nullable
    assert model_takes(name, None) is nullable
    assert (simulator_faults(name, None) == []) is nullable
    assert simulated(name).nullable is nullable


@by_name
def test_required(name: str) -> None:
    """Both want `externalId` and `invoiceLines`, and nothing else."""
    assert simulated(name).required is FIELDS[name].required
    if "." in name:
        assert not FIELDS[name].required
        return
    body = {"externalId": "kanbert-1", "invoiceLines": []}
    without = {key: value for key, value in body.items() if key != name}
    refused = [each.loc for each in faults_of(without)]
    assert refused == ([("body", name)] if FIELDS[name].required else [])
    assert HypatosInvoice.model_fields[to_snake(name)].is_required() is FIELDS[name].required


@pytest.mark.parametrize(
    ("name", "codes"), [("currency", CURRENCIES), ("paymentTerms.descriptions.language", LANGUAGES)]
)
def test_codes(name: str, codes: frozenset[str]) -> None:
    """Every listed code is taken by both, and no other."""
    assert set(FIELDS[name].enum) == codes
    assert simulated(name).enum == codes
    for code in FIELDS[name].enum:
        assert model_takes(name, code)
        assert simulator_faults(name, code) == []
    for wrong in ("", "x", FIELDS[name].enum[0].swapcase(), " " + FIELDS[name].enum[0]):
        assert not model_takes(name, wrong)
        assert simulator_faults(name, wrong)


@by_name
def test_wire(name: str) -> None:
    """What the model was given is on the wire under the reference's name, exactly, and nothing that was not."""
    body = body_with(name, sample(name))
    assert plain(HypatosInvoice.model_validate(body).wire()) == plain(body)


def plain(value: Any) -> Any:
    """Lists as lists."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("name", ["colour", "invoiceLines.colour", "invoiceLines.taxCode.colour"])
def test_unknown_fields_are_not_sent(name: str) -> None:
    """A field that the reference does not list is refused before anything is sent."""
    body: dict[str, Any] = {"externalId": "kanbert-1", "invoiceLines": [{"taxCode": {}}]}
    *parents, last = name.split(".")
    place: Any = body
    for parent in parents:
        place = place[parent][0] if isinstance(place[parent], list) else place[parent]
    place[last] = "red"
    with pytest.raises(ValidationError, match="Extra inputs"):
        HypatosInvoice.model_validate(body)


def test_every_part_is_a_model() -> None:
    """Each object of the reference but the free ones is a model of ours."""
    objects = {name for name, each in FIELDS.items() if each.type in ("object", "array")}
    free = {"customFields", "customMetadata"}
    for name in objects - free:
        (inner,) = walk(HypatosInvoice, ".".join(map(to_snake, name.split(".")))).types
        assert issubclass(inner, BaseModel)
