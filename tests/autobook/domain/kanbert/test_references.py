"""Related objects, however Kanbert shows them: as an object, without its id, as its id alone."""

from typing import Any

import pytest

from autobook.domain.action_fields import ACTION_FIELDS, BY_NAME, FieldKind, FieldScope, FieldValues
from autobook.domain.event_values import plain_value
from autobook.domain.fingerprints import fingerprint
from autobook.domain.kanbert import IncomingInvoice
from tests.autobook.service.processing import reasons, rule, run, system
from tests.fake_kanbert import booking, incoming

REFERENCES = {
    "account": ("chart_of_account", "chart_of_account_id"),
    "position": ("position", "position_id"),
    "project": ("project", "project_id"),
    "client": ("client", "client_id"),
    "editor": ("editor", "editor_id"),
    "payment_account": ("payment_account", "payment_account_id"),
}
"""The object and the id by which Kanbert shows each reference that a rule can set."""
WAYS = {
    "an object": ({"id": "x1", "code": "7380"}, None, "x1"),
    "an object without its id": ({"id": None, "code": "7380", "title": "Cloud"}, None, "code:7380"),
    "an object with its name only": ({"name": "Ada"}, None, "name:Ada"),
    "an object that we know nothing of": ({"uuid": "17"}, None, "object:without id"),
    "an object with its id only": ({"id": "x1"}, None, "x1"),
    "its id alone": (None, "x1", "x1"),
    "a number for an id": ({"id": 17}, None, "17"),
    "an id in the object's place": ("x1", None, "x1"),
    "both": ({"id": "x1", "code": "7380"}, "x1", "x1"),
    "an object in the id's place": (None, {"id": "x1"}, "x1"),
    "an object without its id there": (None, {"code": "7380"}, "code:7380"),
    "an object whose id is odd": ({"id": ["x1"], "code": "7380"}, None, "code:7380"),
}
EMPTY: dict[str, tuple[Any, Any]] = {
    "null": (None, None),
    "an empty list": ([], None),
    "an empty object": ({}, ""),
    "an object of nulls": ({"id": None, "code": None}, None),
}


def showing(field: str, related: Any, identifier: Any) -> dict[str, Any]:
    """An invoice that shows the field so; the object's place is left out where it is empty."""
    name, id_name = REFERENCES[field]
    here = {id_name: identifier} | ({name: related} if related is not None else {})
    return incoming(bookings=[booking(**here)]) if _on_line(field) else incoming(bookings=[booking()], **here)


def _on_line(field: str) -> bool:
    return BY_NAME[field].scope is FieldScope.BOOKING


def present(field: str, document: dict[str, Any]) -> Any:
    """The field's value, as rules and provenance see it."""
    values = FieldValues(IncomingInvoice.model_validate(document))
    return values.present("b1" if _on_line(field) else None, field)


def test_every_reference() -> None:
    """The table names every reference that a rule can set."""
    assert REFERENCES.keys() == {row.name for row in ACTION_FIELDS if row.kind is FieldKind.REFERENCE}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("field", REFERENCES)
def test_counts_as_set(field: str, way: str) -> None:
    """It is there, it counts in the fingerprint, and no rule writes over it."""
    related, identifier, expected = WAYS[way]
    document = showing(field, related, identifier)
    assert present(field, document) == expected
    nothing = fingerprint(IncomingInvoice.model_validate(showing(field, None, None)))
    assert fingerprint(IncomingInvoice.model_validate(document)) != nothing
    made = system(rule(**{field: "id:ours"}, overwrite=True))
    made.kanbert.incoming["inv1"] = document
    run(made)
    assert made.kanbert.patches == []
    if field == "account":
        assert made.publisher.types == ["invoice.received"], "the line has an account"


@pytest.mark.parametrize("way", EMPTY)
@pytest.mark.parametrize("field", REFERENCES)
def test_counts_as_empty(field: str, way: str) -> None:
    """Nothing is there, and a rule may write."""
    related, identifier = EMPTY[way]
    assert present(field, showing(field, related, identifier)) is None
    made = system(rule(**{field: "id:ours"}))
    made.kanbert.incoming["inv1"] = showing(field, related, identifier)
    run(made)
    assert [fields for _, _, fields in made.kanbert.patches] == [{REFERENCES[field][1]: "ours"}]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("when", "true"),
    [
        ("booking.chart_of_account_id is null", False),
        ("booking.chart_of_account.id is null", False),
        ("booking.chart_of_account_id is not null", True),
        ("bookings.any(chart_of_account_id is null)", False),
    ],
)
def test_conditions(way: str, when: str, true: bool) -> None:
    """Conditions see an account, whichever way it is shown."""
    related, identifier, _ = WAYS[way]
    made = system(rule(when=when, tags=["seen"]))
    made.kanbert.incoming["inv1"] = showing("account", related, identifier)
    run(made)
    assert bool(made.kanbert.tags) is true


@pytest.mark.parametrize("supplier", [{"supplier": {"name": "Hetzner"}}, {"supplier": None, "supplier_id": "s1"}])
def test_supplier(supplier: dict[str, Any]) -> None:
    """A supplier without an id, and an id alone, are one supplier as against none, and against another."""
    state = fingerprint(IncomingInvoice.model_validate(incoming(**supplier)))
    others: list[dict[str, Any]] = [
        {"supplier": None},
        {"supplier": {"name": "Other"}},
        {"supplier": {"id": "s2", "name": "Hetzner"}},
    ]
    assert state not in {fingerprint(IncomingInvoice.model_validate(incoming(**each))) for each in others}


@pytest.mark.parametrize("empty", [[], "", False])
def test_no_supplier(empty: Any) -> None:
    """PHP's empty list is no supplier, as null is none."""
    assert IncomingInvoice.model_validate(incoming(supplier=empty)).supplier is None


@pytest.mark.parametrize("field", REFERENCES)
def test_correction(field: str) -> None:
    """A person's other value is a correction, although it is shown without an id."""
    made = system(rule(account="7380"), rule("more", **{field: "id:ours"}, priority=1))
    run(made)
    name, id_name = REFERENCES[field]
    line = "b1" if _on_line(field) else None
    made.kanbert.edit("inv1", line, **{name: {"code": "theirs"}, id_name: None})
    run(made)
    (event,) = made.publisher.of("booking.corrected")
    assert [(c["field"], c["present"]) for c in event.data["corrections"]] == [(field, {"code": "theirs"})]


class TestReferenceLines:
    EVERYTHING: dict[str, Any] = {  # noqa: RUF012
        "account": "7380", "position": "id:p", "project": "id:p", "client": "id:c", "booking_title": "t",
        "booking_type": "account_other",
    }  # fmt: skip

    @pytest.mark.parametrize("mode", ["apply", "suggest"])
    @pytest.mark.parametrize("field", EVERYTHING)
    @pytest.mark.parametrize(
        "line",
        [{"type": "reference"}, {"type": None, "outgoing_invoice": {"id": "o1"}}, {"type": "reference", "title": "x"}],
    )
    def test_left_alone(self, line: dict[str, Any], field: str, mode: str) -> None:
        """Nothing is written to a line that points at an outgoing invoice, suggested for it, or asked about it."""
        made = system(rule(**{field: self.EVERYTHING[field]}, mode=mode, overwrite=True), bookings=[booking(**line)])
        run(made)
        assert made.kanbert.patches == []
        assert made.publisher.types == ["invoice.received"]

    def test_unresolvable(self) -> None:
        """Neither an unknown code nor a conflict is a problem there."""
        made = system(
            rule("a", account="9999", project="A"), rule("b", project="B"), bookings=[booking(type="reference")]
        )
        run(made)
        assert made.publisher.types == ["invoice.received"]

    def test_the_others_are_booked(self) -> None:
        """A line beside it is booked, and the invoice handed over."""
        lines = [booking("b1", type="reference"), booking("b2", value=0)]
        made = system(rule(account="7380", status="ready_for_accounting"), bookings=lines)
        run(made)
        assert [(line, fields) for _, line, fields in made.kanbert.patches] == [
            ("b2", {"chart_of_account_id": "acc-7380"}),
            (None, {"status": "ready_for_accounting"}),
        ]

    def test_becomes_one(self) -> None:
        """A line that a rule makes a reference gets that type and nothing else, and needs no account."""
        made = system(rule(**self.EVERYTHING | {"booking_type": "reference"}))
        run(made)
        assert made.kanbert.patches == [("inv1", "b1", {"type": "reference"})]
        assert made.publisher.types == ["invoice.received", "invoice.booked"]
        made.kanbert.edit("inv1", title="touched")
        run(made)
        assert len(made.kanbert.patches) == 1

    def test_rule_corrected(self) -> None:
        """A type that was our mistake is replaced by the corrected rule with `overwrite`, and the line is booked."""
        made = system(rule(account="7380", booking_type="reference"))
        run(made)
        made.rule_repository.items = [rule(account="7380", booking_type="account_other", overwrite=True)]
        made.kanbert.edit("inv1", title="touched")
        run(made)
        line = made.kanbert.line("inv1")
        assert (line["type"], line["chart_of_account_id"]) == ("account_other", "acc-7380")

    def test_would_book(self) -> None:
        """Without a line, the booking that we would have made is of that type and has nothing else."""
        made = system(rule(**self.EVERYTHING | {"booking_type": "reference"}), bookings=[])
        run(made)
        (review,) = made.publisher.of("invoice.needs_review")
        assert [(v["field"], plain_value(v["value"])) for v in review.data["would_book"]] == [
            ("booking_type", "reference")
        ]
        assert reasons(made) == [("no_booking_line", None, None)]
