"""The fingerprint of a document's state: what counts is decided for every field that the models have."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeAliasType, Union, get_args, get_origin

import pytest
from pydantic import AwareDatetime, BaseModel

from autobook.domain.fingerprints import counted_fields, fingerprint, header, shows_lines
from autobook.domain.kanbert import IncomingInvoice, KanbertModel, OutgoingInvoice
from tests.fake_kanbert import booking, incoming, outgoing

NOT_COUNTED: Mapping[type[KanbertModel], frozenset[str]] = {
    IncomingInvoice: frozenset({"created_at", "updated_at", "payments", "bookings.created_at", "bookings.updated_at"}),
    OutgoingInvoice: frozenset(
        {"created_at", "updated_at", "computed_fields", "external_costs.created_at", "external_costs.updated_at"}
    ),
}
"""What does not count by itself. Of a related object nothing counts but its id."""
PARTS = {"vats", "bookings", "line_items", "discounts", "external_costs"}
A_DAY = "2026-01-31T00:00:00Z"


def kinds_of(annotation: Any) -> Iterator[Any]:
    """The types that a field may hold, without None."""
    if isinstance(annotation, TypeAliasType):
        annotation = annotation.__value__
    origin = get_origin(annotation)
    if isinstance(origin, TypeAliasType):
        yield from kinds_of(origin.__value__[get_args(annotation)])
    elif origin is Annotated:
        yield from kinds_of(get_args(annotation)[0])
    elif origin is Union or type(annotation).__name__ == "UnionType":
        for each in get_args(annotation):
            yield from kinds_of(each)
    elif origin is tuple:
        yield from (each for arg in get_args(annotation) for each in kinds_of(arg) if arg is not ...)
    elif origin is dict:
        yield dict
    elif annotation is not type(None):
        yield annotation


def example(kind: Any, number: int) -> Any:
    """A value of a type; another for another number."""
    if kind is str:
        return f"text-{number}"
    if kind is bool:
        return bool(number % 2)
    if issubclass(kind, Decimal | int):
        return kind(number)
    if kind is AwareDatetime:
        return (datetime.fromisoformat(A_DAY) + timedelta(days=number)).isoformat()
    return {f"key {number}": Decimal(number)}


def paths(model: type[BaseModel], prefix: str = "", *, around: tuple[type, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every field of the model and of all models in it, as a path, with its type."""
    for name, field in model.model_fields.items():
        kind = next(kinds_of(field.annotation), str)
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            yield prefix + name, kind
        elif kind not in around:
            yield from paths(kind, f"{prefix}{name}.", around=(*around, kind))


def filled(
    model: type[BaseModel], changed: str = "", prefix: str = "", around: tuple[type, ...] = ()
) -> dict[str, Any]:
    """A document with a value in every field; the one at `changed` has another."""
    document: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind = next(kinds_of(field.annotation), str)
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            document[name] = example(kind, 2 if prefix + name == changed else 1)
        elif kind not in around:
            inner = filled(kind, changed, f"{prefix}{name}.", (*around, kind))
            document[name] = [inner] if "tuple" in str(field.annotation) or "List" in str(field.annotation) else inner
    return document


FIELDS = [(model, path) for model in (IncomingInvoice, OutgoingInvoice) for path, _ in paths(model)]


def counts(model: type[KanbertModel], path: str) -> bool:
    """Whether a change there is a change of the document: its own fields, its parts', ids of related objects."""
    if path in NOT_COUNTED[model] or path.split(".")[0] in NOT_COUNTED[model]:
        return False
    *places, name = path.split(".")
    own = places[1:] if places and places[0] in PARTS else places
    return not own or (len(own) == 1 and name == "id")


@pytest.mark.parametrize(("model", "path"), FIELDS, ids=lambda each: each if isinstance(each, str) else each.__name__)
def test_every_field(model: type[KanbertModel], path: str) -> None:
    """Each field of each model counts or does not, and a new one is neither until somebody decides."""
    one = model.model_validate(filled(model))
    other = model.model_validate(filled(model, path))
    assert one != other, "the test changes the field"
    if path == "bookings.chart_of_account.id":
        return  # counts where the line does not show the id itself: test_account_as_an_object
    assert (fingerprint(one) != fingerprint(other)) is counts(model, path)  # type: ignore[arg-type]
    assert (path in set(counted_fields(one))) is counts(model, path)  # type: ignore[arg-type]
    in_lines = path.split(".")[0] in PARTS - {"vats"}
    assert (header(one) != header(other)) is (counts(model, path) and not in_lines)  # type: ignore[arg-type]


def test_the_models_are_walked() -> None:
    """The walk reaches lines, their related objects, and those of related objects."""
    found = {path for _, path in FIELDS}
    assert {"title", "vats.vat", "bookings.value", "bookings.chart_of_account.title", "editor.space.id"} <= found
    assert {"company.business_field.id", "line_items.metric.title", "external_costs.supplier.name"} <= found


def read(**fields: Any) -> IncomingInvoice:
    return IncomingInvoice.model_validate(incoming(**fields))


def state(**fields: Any) -> str:
    return fingerprint(read(**fields))


@pytest.mark.parametrize("spelling", ["100", "100.0", "1E+2"])
def test_amounts_by_value(spelling: str) -> None:
    """An amount counts by its value, not by its spelling."""
    assert state(sum_net=Decimal("100.00")) == state(sum_net=Decimal(spelling))


def test_moments_by_value() -> None:
    """A moment counts by when it is, not by its offset."""
    assert state(due_date="2026-03-01T00:00:00Z") == state(due_date="2026-03-01T01:00:00+01:00")


def test_account_as_an_object() -> None:
    """A line's account is the same whether the line shows its id, the account, or both."""
    plain = booking(chart_of_account_id="a")
    expanded = booking(chart_of_account={"id": "a", "title": "Hosting"})
    both = plain | {"chart_of_account": {"id": "a", "title": "Cloud"}}
    assert len({state(bookings=[each]) for each in (plain, expanded, both)}) == 1
    assert state(bookings=[booking(chart_of_account={"id": "b"})]) != state(bookings=[expanded])


@pytest.mark.parametrize("name", sorted(IncomingInvoice.model_fields.keys() - {"id"}))
@pytest.mark.parametrize("empty", [None, ""])
def test_absent_is_empty(name: str, empty: Any) -> None:
    """A field that is null or an empty text says as little as one that is not there."""
    without = {key: value for key, value in incoming().items() if key != name}
    if name in {"supplier", "payment_account", "editor", "bookings", "payments", "vats"}:
        empty = None
    model = IncomingInvoice.model_validate
    assert fingerprint(model(without)) == fingerprint(model(without | {name: empty}))


def test_no_lines() -> None:
    """No lines and lines that were left out are the same state; that a list left them out can be told."""
    assert state(bookings=None) == state(bookings=[])
    assert not shows_lines(read(bookings=None))
    assert shows_lines(read(bookings=[]))


def test_unknown_fields() -> None:
    """A field that we do not know may change by itself, anywhere in the document: it does not count."""
    assert state() == state(field_of_tomorrow=1, payments=[{"id": "p"}])
    assert state() == state(bookings=[booking(views=17)], supplier={"id": "sup1", "name": "Hetzner", "views": 17})


def test_order() -> None:
    """The order of fields, lines and VAT rates means nothing; which value stands in which line does."""
    lines = [booking("b1", title="one"), booking("b2", title="two")]
    vats = [{"vat": Decimal(10), "value": Decimal(1)}, {"vat": Decimal(20), "value": Decimal(2)}]
    one = state(bookings=lines, vats=vats)
    assert one == state(bookings=lines[::-1], vats=vats[::-1])
    assert one != state(bookings=[booking("b1", title="two"), booking("b2", title="one")], vats=vats)
    shuffled = IncomingInvoice.model_validate(dict(reversed(incoming().items())))
    assert fingerprint(shuffled) == state()


def test_an_editor_marries() -> None:
    """Another name of an editor does not change the invoice; another editor does."""
    ada = {"id": "u1", "last_name": "Byron"}
    assert state(editor=ada) == state(editor=ada | {"last_name": "King"})
    assert state(editor=ada) != state(editor=ada | {"id": "u2"})


def test_header_of_a_list_without_lines() -> None:
    """A list without lines shows the same header as the document itself; a change of a line alone does not show."""
    assert header(read()) == header(read(bookings=None)) == header(read(bookings=[booking(title="other")]))
    assert header(read()) != header(read(status="booked", bookings=None))
    sent = outgoing()
    bare = {name: value for name, value in sent.items() if name not in {"line_items", "discounts", "external_costs"}}
    assert header(OutgoingInvoice.model_validate(sent)) == header(OutgoingInvoice.model_validate(bare))


def test_now() -> None:
    """The fingerprint of this invoice stays this one: another would take every invoice for changed."""
    assert state() == "8484d28c350a4434dbe6ade6a33618b9e0e160682bfe05cac54945cef4d97ec0"
