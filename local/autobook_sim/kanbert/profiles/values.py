"""What documents hold: nulls, other types, other forms of dates, amounts, texts and ids."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from autobook_sim.kanbert.answers import raw_number
from autobook_sim.kanbert.profiles.profile import Profile
from autobook_sim.kanbert.profiles.stage import Stage
from autobook_sim.kanbert.wire import Record

DATES: Final = (
    *("date_of_invoice", "due_date", "date_of_start", "date_of_end", "payment_due_date", "payment_due_date_org"),
    *("performance_range_start", "performance_range_end", "payment_discount_due_date"),
)
MOMENTS: Final = (*DATES, "created_at", "updated_at", "start_date", "end_date")
_AMOUNTS: Final = ("sum_net", "sum_tax", "sum_gross", "sum_external_costs", "value", "vat", "price", "amount")
_TEXTS: Final = ("title", "invoice_number", "notes", "name", "external_id", "reference", "code")
_NEVER_NULL: Final = frozenset({"id", "bookings", "line_items", "discounts", "external_costs", "payments", "vats"})
_DOCUMENTS: Final = ("incoming", "outgoing")


@dataclass(frozen=True)
class Shown(Profile):
    """Every document and line is shown with `change` (stage, record) made to it, at any depth if `deep`."""

    changes_documents = True
    change: Callable[[Stage, Record], None] = lambda _stage, _record: None
    kinds: tuple[str, ...] = ("incoming", "outgoing")
    deep: bool = False
    share: int = 1
    """One document in so many."""

    def present(self, stage: Stage, kind: str, record: Record) -> None:
        """Change it."""
        if kind not in self.kinds or (self.share > 1 and stage.share(self.share, self.id, record.get("id")) != 0):
            return
        for each in _objects(record) if self.deep else [record]:
            self.change(stage, each)


@dataclass(frozen=True)
class Created(Profile):
    """Every document comes with `change` (stage, table, record) made to it."""

    change: Callable[[Stage, str, Record], None] = lambda _stage, _table, _record: None

    def created(self, stage: Stage, table: str, record: Record) -> None:
        """Change what is kept of it."""
        self.change(stage, table, record)


@dataclass(frozen=True)
class OtherIds(Profile):
    """The ids of documents and lines; `number` shows those of digits as numbers."""

    changes_documents = True
    make: Callable[[str], str] = str
    number: bool = False

    def identifier(self, text: str) -> str:
        """The id of a document."""
        return self.make(text)

    def created(self, stage: Stage, table: str, record: Record) -> None:  # noqa: ARG002
        """Lines get such ids, too."""
        for line in record.get("bookings") or ():
            line["id"] = self.make(line["id"])

    def present(self, stage: Stage, kind: str, record: Record) -> None:  # noqa: ARG002
        """Digits as a number."""
        for each in _objects(record) if self.number else ():
            for name, value in each.items():
                if (name == "id" or name.endswith("_id")) and isinstance(value, str) and value.isdigit():
                    each[name] = int(value)


def _objects(record: Record) -> Iterator[Record]:
    """The record and every object in it, the inner ones first."""
    for value in record.values():
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            if isinstance(each, dict):
                yield from _objects(each)
        if isinstance(value, dict):
            yield from _objects(value)
    yield record


def _replace(names: tuple[str, ...], change: Callable[[Any], Any]) -> Callable[[Stage, Record], None]:
    def changed(_stage: Stage, record: Record) -> None:
        for name in names:
            if name in record:
                record[name] = change(record[name])

    return changed


def _null_fields(stage: Stage, _table: str, record: Record) -> None:
    for each in (record, *(record.get("bookings") or ())):
        for name in each:
            hidden = name.startswith("_") or name in _NEVER_NULL
            if not hidden and stage.share(4, "null", each["id"], record["id"], name) == 0:
                each[name] = None


def _zero_dates(stage: Stage, record: Record) -> None:
    for name in MOMENTS:
        if name in record and record[name] is None:
            zero = ("0000-00-00", "0000-00-00 00:00:00", "-0001-11-30T00:00:00.000000Z")
            record[name] = zero[stage.share(3, "zero", name)]


def _digits(_stage: Stage, _table: str, record: Record) -> None:
    record |= {name: text for name, text in {"title": "4711", "invoice_number": "20260217"}.items() if name in record}


def _numbers_for_texts(_stage: Stage, record: Record) -> None:
    for name in _TEXTS:
        value = record.get(name)
        if isinstance(value, str) and value.isdigit() and not value.startswith("0"):
            record[name] = int(value)


@dataclass(frozen=True)
class NumbersForTexts(Shown):
    """Texts of digits come as numbers; titles and numbers of invoices are of digits."""

    def created(self, stage: Stage, table: str, record: Record) -> None:
        """Digits."""
        _digits(stage, table, record)


def _noisy(value: Any) -> Any:
    return math.nextafter(value, math.inf) if isinstance(value, int | float) and value else value


def _as_text(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, int | float) else value


def _as_object(value: Any) -> Any:
    # Every second place: an array with gaps.
    return {str(2 * n): each for n, each in enumerate(value)} if isinstance(value, list) and value else value


def _left_out(_stage: Stage, record: Record) -> None:
    for name in [name for name, value in record.items() if value is None]:
        del record[name]


def _empty_texts(_stage: Stage, record: Record) -> None:
    for name in (*MOMENTS, *_TEXTS):
        if name in record and record[name] is None:
            record[name] = ""


def _halves(_stage: Stage, _table: str, record: Record) -> None:
    for name in ("title", "address", "invoice_number"):
        if isinstance(record.get(name), str):
            record[name] += " \ud83d\x07"


def _long(_stage: Stage, _table: str, record: Record) -> None:
    for name in ("title", "address", "invoice_number"):
        if isinstance(record.get(name), str):
            record[name] = (record[name] + " ").ljust(3000, "ä")
    if "notes" in record:
        record["notes"] = "n" * 9_995
    if isinstance(record.get("supplier"), dict):
        record["supplier"] = {**record["supplier"], "name": record["supplier"]["name"].ljust(2000, "ß")}


def _odd_years(stage: Stage, _table: str, record: Record) -> None:
    year = (1911, 2018, 2062, 2108, 9999, 1)[stage.share(6, "year", record["id"])]
    record["date_of_invoice"] = f"{year:04}-12-31T23:59:59.000000Z"


def _gross_lines(_stage: Stage, _table: str, record: Record) -> None:
    lines = record.get("bookings") or ()
    for line in lines:
        line["value"] = (record["sum_gross"] or 0) / len(lines)


def _other_types(stage: Stage, _table: str, record: Record) -> None:
    for line in record.get("bookings") or ():
        line["type"] = ("account_other", "account_staff", None, "something new")[
            stage.share(4, record["id"], line["id"])
        ]


def _credit(_stage: Stage, _table: str, record: Record) -> None:
    if "bookings" in record:
        record["type"] = "Credit"
        for each in (record, *record["bookings"], *(record.get("vats") or ())):
            for name in ("sum_net", "sum_tax", "sum_gross", "value"):
                if each.get(name) is not None:
                    each[name] = -each[name]


def _without_offset(value: Any) -> Any:
    return value.replace("Z", "").replace("+00:00", "").replace("T", " ") if isinstance(value, str) else value


def _many_digits(_stage: Stage, record: Record) -> None:
    record["sum_gross"] = raw_number("1234567890123456789012345678901.50")


_NULL = "which fields may be null"
_FORMS = "how values are written"
_IDS = "the form of an id"
_EVERYWHERE = ("incoming", "outgoing", "booking", "account", "project")
VALUES = (
    Created("null-fields", _NULL, "one field in four is null, whichever it is", change=_null_fields),
    Shown("nulls-left-out", _NULL, "a field that is null is left out", kinds=_EVERYWHERE, deep=True,
          group="nulls", change=_left_out),
    Shown("empty-texts", _NULL, "a date or text that is null is an empty text", deep=True, kinds=_EVERYWHERE,
          group="nulls", change=_empty_texts),
    Shown("zero-dates", _NULL, "a date that is null is 0000-00-00", kinds=_EVERYWHERE, deep=True, group="nulls",
          change=_zero_dates),
    Shown("empty-lists-null", _NULL, "an empty list is null", deep=True, kinds=_EVERYWHERE, change=_replace(
        ("bookings", "payments", "vats", "line_items", "discounts", "external_costs", "positions"),
        lambda value: None if value == [] else value)),
    Shown("lists-as-objects", _FORMS, "a list is an object with numbers for names", deep=True, kinds=_EVERYWHERE,
          change=_replace(("bookings", "vats", "line_items", "discounts", "external_costs", "positions"), _as_object)),
    NumbersForTexts("numbers-for-texts", _FORMS, "a text of digits is a number", deep=True, kinds=_EVERYWHERE,
                    change=_numbers_for_texts),
    Shown("texts-for-amounts", _FORMS, "amounts are texts", deep=True, kinds=_EVERYWHERE, group="amounts",
          change=_replace(_AMOUNTS, _as_text)),
    Shown("float-noise", _FORMS, "amounts have the noise of a float: 120.12000000000002", deep=True,
          kinds=_EVERYWHERE, group="amounts", change=_replace(_AMOUNTS, _noisy)),
    Created("texts-broken", _FORMS, "texts have half a surrogate pair and control characters", change=_halves),
    Shown("dates-without-offset", "time zone of dates", "dates have neither T nor offset", deep=True,
          kinds=_EVERYWHERE, change=_replace(MOMENTS, _without_offset)),
    Created("odd-years", "dates of a document", "documents are dated 1, 1911, 2018, 2062, 2108 or 9999",
            change=_odd_years),
    Created("long-texts", "length of texts that we read", "titles of 3,000 characters, suppliers of 2,000, full notes",
            change=_long),
    Created("gross-lines", "whether a line's value", "the lines' values add up to the gross sum",
            change=_gross_lines),
    Created("line-types", "a new line's `type`", "new lines have other types, none, or one that nobody knows",
            change=_other_types),
    Created("credit-signs", "what OCR makes of a credit note", "documents are credit notes with negative amounts",
            change=_credit),
    Shown("amounts-huge", "size of an answer", "one sum in five has 31 digits", share=5, kinds=("incoming",),
          change=_many_digits),
    OtherIds("ids-numeric", _IDS, "ids are numbers", group="ids", number=True,
             make=lambda text: f"{int.from_bytes(text.encode()) % 10**12 + 10**12}"),
    OtherIds("ids-long", _IDS, "ids have 64 characters", group="ids", make=lambda text: text.ljust(64, "-")),
)  # fmt: skip
