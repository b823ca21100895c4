"""The rows of what a rule can set, against Kanbert's API, the rules' reader and the documentation."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from autobook.adapters.kanbert.requests import BookingUpdate, IncomingInvoiceUpdate, Write
from autobook.domain.action_fields import (
    ACTION_FIELDS,
    BOOKING_FIELDS,
    BY_NAME,
    INVOICE_FIELDS,
    ActionField,
    FieldKind,
    FieldScope,
    FieldValues,
)
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import FieldValue, ProvenanceRecord, Written
from autobook.domain.resumption import resume
from autobook.domain.rules import Rule, RuleError
from tests.autobook.service.processing import INVOICE, rule, run, system
from tests.fake_kanbert import booking, incoming
from tests.fakes import FakeCodeResolver

DOCS = Path(__file__).resolve().parents[3] / "docs" / "rules.md"
UPDATES: dict[FieldScope, type[Write]] = {
    FieldScope.BOOKING: BookingUpdate,
    FieldScope.INVOICE: IncomingInvoiceUpdate,
}
ROWS = [pytest.param(row, id=row.name) for row in ACTION_FIELDS]


def example(row: ActionField) -> tuple[Any, FieldValue]:
    """A value as a rule's item has it, and as it is written."""
    match row.kind:
        case FieldKind.REFERENCE:
            return "id:x1", "x1"
        case FieldKind.TEXT:
            return "some text", "some text"
        case FieldKind.ENUM:
            value = next(each for each in row.values if each != row.initial)
            return value, value
        case FieldKind.TAGS:
            return ["a", "b"], ("a", "b")


def empty() -> dict[str, Any]:
    """An invoice in which nobody has set anything that a rule can set."""
    line, invoice = _initial(FieldScope.BOOKING), _initial(FieldScope.INVOICE)
    return incoming(**invoice, bookings=[booking("b1", **line)])


def _initial(scope: FieldScope) -> dict[str, Any]:
    return {row.attribute: row.initial for row in ACTION_FIELDS if row.scope is scope and row.attribute}


class TestRows:
    def test_names(self) -> None:
        """No two rows have one name, and every row is in one of the two scopes."""
        assert len(BY_NAME) == len(ACTION_FIELDS)
        assert {*BOOKING_FIELDS, *INVOICE_FIELDS} == BY_NAME.keys()
        assert not {*BOOKING_FIELDS} & {*INVOICE_FIELDS}

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"max_length": None}, "max_length"),
            ({"kind": FieldKind.ENUM, "max_length": None}, "values"),
            ({"values": ("a",)}, "values"),
            ({"read_from": "titel"}, "titel"),
            ({"undecided_without": "acount"}, "acount"),
            ({"shown_with": ("acount",)}, "acount"),
            ({"read_from": None}, "only be written once"),
            ({"order": ("a", "b")}, "order"),
            ({"kind": FieldKind.ENUM, "max_length": None, "values": ("a",), "appended": True}, "appended"),
        ],
    )
    def test_incomplete_row(self, change: dict[str, Any], message: str) -> None:
        """A row that leaves out a part of what its kind needs, or names what Kanbert does not show, is refused."""
        row: dict[str, Any] = {
            "name": "booking_title",
            "scope": FieldScope.BOOKING,
            "api_name": "title",
            "read_from": "title",
            "kind": FieldKind.TEXT,
            "max_length": 255,
        }
        ActionField(**row)
        with pytest.raises(ValueError, match=message):
            ActionField(**row | change)

    @pytest.mark.parametrize("left_out", ["name", "scope", "api_name", "read_from", "kind"])
    def test_forgotten_part(self, left_out: str) -> None:
        """What every row needs has no default."""
        row: dict[str, Any] = {"name": "a", "scope": FieldScope.BOOKING, "api_name": "title", "read_from": "title"}
        row |= {"kind": FieldKind.TEXT, "max_length": 255}
        del row[left_out]
        with pytest.raises(TypeError, match=left_out):
            ActionField(**row)


class TestAgainstTheApi:
    @pytest.mark.parametrize("row", ROWS)
    def test_example_may_be_written(self, row: ActionField) -> None:
        """Kanbert takes the field by this name and with a value of this kind."""
        body = {row.api_name: row.after_writing(example(row)[1], None)}
        assert UPDATES[row.scope].model_validate(body).wire() == body

    @pytest.mark.parametrize("row", [row for row in ACTION_FIELDS if row.kind is FieldKind.ENUM], ids=lambda r: r.name)
    def test_values(self, row: ActionField) -> None:
        """Kanbert takes each of the row's values, and the initial one is one of Kanbert's."""
        for value in {*row.values, row.initial}:
            UPDATES[row.scope].model_validate({row.api_name: value})

    @pytest.mark.parametrize("row", [row for row in ACTION_FIELDS if row.max_length], ids=lambda r: r.name)
    def test_length(self, row: ActionField) -> None:
        """A text as long as the row says is taken, one that is longer is not."""
        assert row.max_length
        update = UPDATES[row.scope]
        update.model_validate({row.api_name: "x" * row.max_length})
        with pytest.raises(ValidationError):
            update.model_validate({row.api_name: "x" * (row.max_length + 1)})
        assert row.fits("x" * row.max_length, None)
        assert not row.fits("x" * (row.max_length + 1), None)


class TestReadWriteUndo:
    @pytest.mark.parametrize("row", ROWS)
    def test_empty(self, row: ActionField) -> None:
        """On a fresh invoice every field is empty."""
        values = FieldValues(IncomingInvoice.model_validate(empty()))
        assert values.present("b1" if row.scope is FieldScope.BOOKING else None, row.name) is None

    @pytest.mark.parametrize("row", ROWS)
    def test_round_trip(self, row: ActionField) -> None:
        """What a rule sets is read, written, found again where the API shows it, and undone after a crash."""
        given, value = example(row)
        made = system(rule(**{row.name: given}, mode="apply"), **{k: v for k, v in empty().items() if k != "id"})
        made.code_resolver = FakeCodeResolver()
        if row.name == "status":
            made.rule_repository.items.append(rule("account", account="7380"))
            made.kanbert.edit("inv1", "b1", chart_of_account_id="theirs")
        before = made.kanbert.get_incoming_invoice("inv1")
        run(made)
        after = made.kanbert.get_incoming_invoice("inv1")
        booking_id = "b1" if row.scope is FieldScope.BOOKING else None
        (written,) = [each for each in made.provenance.get(INVOICE).written if each.field == row.name]
        assert replace(written, rule_version="") == Written(booking_id, row.name, value, None, written.rule_id)
        assert FieldValues(after).still_holds(written)
        if row.read_from is None:
            return  # the API does not show it: nothing to find, nothing to undo
        assert FieldValues(after).present(booking_id, row.name) == value
        incomplete = ProvenanceRecord(INVOICE).with_pending([written])
        resumed = resume(after, incomplete)
        assert resumed.done == (written,)
        assert _timeless(resumed.invoice.model_dump()) == _timeless(before.model_dump())
        assert _timeless(after.model_dump()) != _timeless(before.model_dump())


def _timeless(value: Any) -> Any:
    """All that an invoice says but for when it changed."""
    if isinstance(value, dict):
        return {name: _timeless(each) for name, each in value.items() if name != "updated_at"}
    return [_timeless(each) for each in value] if isinstance(value, list | tuple) else value


class TestReader:
    @pytest.mark.parametrize("row", ROWS)
    def test_read(self, row: ActionField) -> None:
        """A rule's item is read by the kind of the field."""
        given, _ = example(row)
        read = Rule.from_item(rule(**{row.name: given})).sets[row.name]
        assert read == (tuple(given) if isinstance(given, list) else given)

    @pytest.mark.parametrize("row", ROWS)
    def test_refused(self, row: ActionField) -> None:
        """What is not of its kind is refused, and the error names the field."""
        wrong: Any = {FieldKind.TEXT: "{no_such_field}", FieldKind.ENUM: "eaten"}.get(row.kind, {"a": 1})
        with pytest.raises(RuleError) as refused:
            Rule.from_item(rule(**{row.name: wrong}))
        assert refused.value.attribute == row.name

    @pytest.mark.parametrize("row", [row for row in ACTION_FIELDS if row.kind is FieldKind.TEXT], ids=lambda r: r.name)
    def test_quotes_what_it_writes(self, row: ActionField) -> None:
        """A text that quotes its own field would grow each time: refused, with place and cure; its braces are not."""
        own = f"booking.{row.read_from}" if row.scope is FieldScope.BOOKING else str(row.read_from)
        with pytest.raises(RuleError) as refused:
            Rule.from_item(rule(**{row.name: f"{{invoice_number}} {{{own}}}!"}))
        assert (refused.value.attribute, refused.value.offset) == (row.name, len("{invoice_number} "))
        assert f"leave out {{{own}}}" in str(refused.value)
        assert "would quote what it writes" in str(refused.value)
        for harmless in (f"{{{{{own}}}}}", "{invoice_number} {supplier.name} {booking.value}"):
            Rule.from_item(rule(**{row.name: harmless}))

    @pytest.mark.parametrize("row", [row for row in ACTION_FIELDS if row.kind is FieldKind.TEXT], ids=lambda r: r.name)
    @pytest.mark.parametrize("moment", ["updated_at", "booking.updated_at"])
    def test_quotes_when_it_was_written(self, row: ActionField, moment: str) -> None:
        """With `overwrite`, a text that changes with every write of its own would be written for ever."""
        text = {row.name: f"as of {{{moment}}}"}
        Rule.from_item(rule(**text))
        own = moment == "updated_at" or row.scope is FieldScope.BOOKING
        if row.write_once or not own:
            Rule.from_item(rule(**text, overwrite=True))
            return
        with pytest.raises(RuleError, match="changes whenever it is written") as refused:
            Rule.from_item(rule(**text, overwrite=True))
        assert (refused.value.attribute, refused.value.rule_id) == (row.name, "hetzner")

    @pytest.mark.parametrize("row", [row for row in ACTION_FIELDS if row.kind is FieldKind.ENUM], ids=lambda r: r.name)
    def test_enum_says_what_is_possible(self, row: ActionField) -> None:
        """The error lists the values of the row."""
        with pytest.raises(RuleError) as refused:
            Rule.from_item(rule(**{row.name: "xyz"}))
        assert all(value in str(refused.value) for value in row.values)


def table() -> str:
    """The rows as docs/rules.md shows them."""
    lines = ["| attribute | where | Kanbert's API | value | written |", "|---|---|---|---|---|"]
    for row in ACTION_FIELDS:
        value = {
            FieldKind.REFERENCE: "code or `id:…`",
            FieldKind.TEXT: f"text with placeholders, up to {row.max_length:,} characters" if row.max_length else "",
            FieldKind.ENUM: ", ".join(f"`{each}`" for each in row.values),
            FieldKind.TAGS: "list of texts, or one text with commas",
        }[row.kind]
        how = "once, below what is there" if row.appended else "once" if row.write_once else "where it is empty"
        lines.append(f"| `{row.name}` | {row.scope} | `{row.api_name}` | {value} | {how} |")
    return "\n".join(lines)


def test_documented() -> None:
    """The table in docs/rules.md is that of the rows."""
    text = DOCS.read_text("utf-8")
    written = text.partition("<!-- action fields -->\n")[2].partition("\n<!-- /action fields -->")[0]
    assert written == table()
