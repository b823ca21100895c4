"""`autobook review` and `show`: what needs a person, and the story of one document."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from autobook.adapters.dynamodb.history_store import DynamoHistory
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.adapters.dynamodb.review_list import DynamoReviewList
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.history import DocumentEntry, value_text
from autobook.domain.provenance import ProvenanceRecord
from autobook_cli.console import say, say_json, say_lines
from autobook_cli.layout import fit
from autobook_cli.options import Json, Profile, Region, Stack, one_line_errors
from autobook_cli.target import NoTarget, Target, target

_MOST_NAMED = 10
"""Documents with one number that a message names."""

Wanted = Annotated[str, typer.Argument(help="The document's id in Kanbert, or its invoice number.")]


def review(as_json: Json = False, stack: Stack = None, profile: Profile = None, region: Region = None) -> None:
    """List what needs a person, why and since when; what has waited longest comes first.

    Exit code 0: nothing does. 1: something does.
    """
    with one_line_errors():
        deployed = target(stack, profile, region)
        records = list(DynamoReviewList(deployed.client("dynamodb"), resource(deployed, "LedgerTable")))
    if as_json:
        say_json(json.dumps([_review_data(each) for each in records], ensure_ascii=False, indent=2))
    else:
        for record in records:
            say_lines("\n".join(_review_lines(record)))
        say(f"{len(records)} invoices need a person" if len(records) != 1 else "1 invoice needs a person")
    raise typer.Exit(1 if records else 0)


def show(
    document: Wanted, as_json: Json = False, stack: Stack = None, profile: Profile = None, region: Region = None
) -> None:
    """Tell the story of one document in order of time: seen, decided, written, corrected, archived, deleted.

    The rules and values are those of that time, with the names that they had then.
    """
    with one_line_errors():
        deployed = target(stack, profile, region)
        tables = deployed.client("dynamodb")
        history = DynamoHistory(tables, resource(deployed, "HistoryTable"))
        key, entries = story(history, document)
        record = DynamoProvenanceStore(tables, resource(deployed, "LedgerTable")).get(_document(key))
    if as_json:
        found = {"document": key, "history": [_entry_data(each) for each in entries], "now": _record_data(record)}
        say_json(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    say_lines("\n".join((*_heading(key, entries), *_entry_lines(entries), *_now_lines(record))))


def resource(deployed: Target, name: str) -> str:
    """What this logical id stands for. Raises NoTarget."""
    if name not in deployed.resources:
        raise NoTarget(f"the stack {deployed.stack_name} has no {name}: deploy this version first")
    return deployed.resources[name]


def story(history: DynamoHistory, wanted: str) -> tuple[str, list[DocumentEntry]]:
    """The document with this id, or else the only one that ever had this number."""
    for kind in DocumentKind:
        key = f"{kind}:{wanted}"
        if entries := history.of_document(key):
            return key, entries
    keys = sorted({entry.document for entry in history.by("number", wanted.strip())})
    if not keys:
        raise NoTarget(f"nothing was ever announced of a document with the id or the number {wanted}")
    if len(keys) > 1:
        named = ", ".join(key.partition(":")[2] for key in keys[:_MOST_NAMED])
        more = f" and {len(keys) - _MOST_NAMED} more" if len(keys) > _MOST_NAMED else ""
        raise NoTarget(f"{len(keys)} documents have the number {wanted}; give an id: {named}{more}")
    return keys[0], history.of_document(keys[0])


def _document(key: str) -> Document:
    kind, _, identifier = key.partition(":")
    return Document(DocumentKind(kind), identifier)


# --- text --------------------------------------------------------------------------------------------------------


def _summary(record: ProvenanceRecord) -> Mapping[str, Any]:
    return record.snapshot.summary if record.snapshot else {}


def summary_in_words(summary: Mapping[str, Any], identifier: str) -> str:
    """Number, supplier, sum and id, as an event's summary has them."""
    supplier = value_text(summary.get("supplier") or summary.get("client")) or "no supplier"
    return (
        f"{summary.get('invoice_number') or 'no number'}  {supplier}  {summary.get('sum_gross') or 'no sum'}  "
        f"({identifier})"
    )


def _review_lines(record: ProvenanceRecord) -> Iterator[str]:
    yield fit(summary_in_words(_summary(record), record.document.id))
    for each in record.reviews:
        since = f"since {each.since:%Y-%m-%d %H:%M}  " if each.since else ""
        place = f"line {each.booking_id}: " if each.booking_id else ""
        rules = f" ({', '.join(each.rule_ids)})" if each.rule_ids else ""
        yield fit(f"{since}{place}{each.message}{rules}", "  ")


def _heading(key: str, entries: list[DocumentEntry]) -> Iterator[str]:
    summaries = [entry.details["invoice"] for entry in entries if entry.details and entry.details.get("invoice")]
    document = _document(key)
    yield fit(f"{document.kind.replace('_', ' ')}  {summary_in_words(summaries[-1] if summaries else {}, document.id)}")


def _entry_lines(entries: list[DocumentEntry]) -> Iterator[str]:
    for entry in entries:
        if entry.is_part:
            yield fit(entry.text, " " * 18)
        else:
            yield fit(f"{entry.at:%Y-%m-%d %H:%M}  {entry.text}")


def _now_lines(record: ProvenanceRecord) -> Iterator[str]:
    if record.given_up is not None:
        since = f"{record.given_up.at:%Y-%m-%d %H:%M}"
        yield fit(f"now               in the dead letters since {since}: {record.given_up.reason}")
    if record.pending or record.unpublished:
        yield fit("now               a run was interrupted; the next one resumes it")
    for each in record.reviews:
        yield fit(f"now               needs a person: {each.message}")


# --- data --------------------------------------------------------------------------------------------------------


def _review_data(record: ProvenanceRecord) -> dict[str, Any]:
    return {"id": record.document.id, "invoice": _summary(record), "reasons": _record_data(record)["reviews"]}


def _entry_data(entry: DocumentEntry) -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(),
        "type": entry.type,
        "text": entry.text,
        "rule_id": entry.rule_id or None,
        "details": entry.details,
    }


def _record_data(record: ProvenanceRecord) -> dict[str, Any]:
    return {
        "status": record.status,
        "deleted": record.deleted,
        "dead_letter": record.given_up.reason if record.given_up else None,
        "interrupted": bool(record.pending or record.unpublished),
        "reviews": [
            {
                "code": each.code,
                "message": each.message,
                "booking_id": each.booking_id,
                "field": each.field,
                "rule_ids": list(each.rule_ids),
                "since": _iso(each.since),
            }
            for each in record.reviews
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
