"""Provenance, one item per document: which value came from which rule, and what was there before."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from autobook.adapters.dynamodb.items import iso, moment
from autobook.adapters.dynamodb.overflow import ATTRIBUTE, LONG
from autobook.adapters.dynamodb.versioned_items import VersionedItems
from autobook.domain.codes import ObjectName
from autobook.domain.dependence import Dependence
from autobook.domain.documents import Document
from autobook.domain.provenance import (
    FieldPlace,
    GivenUp,
    OpenSuggestion,
    PendingUndo,
    ProvenanceRecord,
    Written,
)
from autobook.domain.reviews import OpenReview
from autobook.domain.snapshots import DocumentSnapshot
from autobook.domain.undone import Undone

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


KNOWN_FIELDS = (
    *("fingerprint", "revision", "deleted", "header", "status", "updated_at", "seen_at", "runs", "missing_since"),
    *("given_up", "depended_on", "version"),
)
"""What a record knows besides the values."""
VALUE_FIELDS = (*(name for name in LONG if name not in ("snapshot", "reviews", "suggestions")), ATTRIBUTE)
"""The values, and where the rest of them is."""


class DynamoProvenanceStore:
    """One item per document. A save is refused when somebody else saved in between."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._items = VersionedItems(client, table, LONG)

    def get(self, document: Document) -> ProvenanceRecord:
        """The record, or a blank one. RetryLater where another run saved it while it was read."""
        fields = self._items.get(document.key)
        return record_of(document, fields) if fields is not None else ProvenanceRecord(document)

    def put(self, record: ProvenanceRecord) -> ProvenanceRecord:
        """Save it; returns it with the next version."""
        saved = record.next_version()
        self._items.put(record_fields(saved), record.version)
        return saved


def record_fields(record: ProvenanceRecord) -> dict[str, Any]:
    """The fields of a record's item."""
    # The attribute `yielded` holds `human_owned`: items that were stored under the former name stay readable.
    return {
        "pk": record.document.key,
        "fingerprint": record.fingerprint,
        "revision": record.revision,
        "written": [_written_fields(w) for w in record.written],
        "pending": [_written_fields(w) for w in record.pending],
        "side_effects": [_written_fields(w) for w in record.side_effects],
        "yielded": [list(place) for place in sorted(record.human_owned, key=repr)],
        "deleted": record.deleted,
        "header": record.header,
        "status": record.status,
        "updated_at": record.updated_at,
        "seen_at": iso(record.seen_at),
        "runs": [run.isoformat() for run in record.runs],
        "missing_since": iso(record.missing_since),
        "given_up": asdict(record.given_up) | {"at": iso(record.given_up.at)} if record.given_up else None,
        "depended_on": _dependence_fields(record.depended_on) if record.depended_on else None,
        "snapshot": _snapshot_fields(record.snapshot) if record.snapshot else [],
        "summary": dict(record.snapshot.summary) if record.snapshot else None,
        "reviews": [
            asdict(each)
            | {"rule_ids": list(each.rule_ids), "rule_versions": list(each.rule_versions), "since": iso(each.since)}
            for each in record.reviews
        ],
        **_needs_person(record),
        "suggestions": [_suggestion_fields(each) for each in record.suggestions],
        **_suggested(record),
        "undo": {"by": record.undoing.by, "at": iso(record.undoing.at)} if record.undoing else None,
        "undoing": [_written_fields(each) for each in record.undoing.values] if record.undoing else [],
        "undone": [asdict(each) | {"at": iso(each.at)} for each in record.undone],
        "unpublished": list(record.unpublished),
        "unpublished_state": record.unpublished_state,
        "version": record.version,
    }


def record_of(document: Document, fields: Mapping[str, Any]) -> ProvenanceRecord:
    """The record that an item's fields hold; those that an earlier version did not store, or nobody read, are empty.

    Of values that are in other items (overflow.py) the first is there.
    """
    given_up, depended_on = fields.get("given_up"), fields.get("depended_on")
    return ProvenanceRecord(
        document=document,
        fingerprint=fields["fingerprint"],
        revision=fields["revision"],
        written=tuple(_written(w) for w in fields.get("written", ())),
        pending=tuple(_written(w) for w in fields.get("pending", ())),
        side_effects=tuple(_written(w) for w in fields.get("side_effects", ())),
        human_owned=frozenset(_place(place) for place in fields.get("yielded", ())),
        deleted=fields["deleted"],
        header=fields.get("header", ""),
        status=fields.get("status", ""),
        updated_at=fields.get("updated_at", ""),
        seen_at=moment(fields.get("seen_at")),
        runs=tuple(datetime.fromisoformat(run) for run in fields.get("runs", ())),
        missing_since=moment(fields.get("missing_since")),
        given_up=_given_up(given_up) if given_up else None,
        depended_on=_dependence(depended_on) if depended_on else None,
        snapshot=_snapshot(fields),
        reviews=tuple(_review(each) for each in fields.get("reviews", ())),
        suggestions=tuple(_suggestion(each) for each in fields.get("suggestions", ())),
        undoing=_pending_undo(fields),
        undone=tuple(Undone(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in fields.get("undone", ())),
        unpublished=tuple(fields.get("unpublished", ())),
        unpublished_state=fields.get("unpublished_state", ""),
        version=int(fields["version"]),
    )


def _given_up(fields: Mapping[str, Any]) -> GivenUp:
    return GivenUp(fields["reason"], fields["trace_id"], datetime.fromisoformat(fields["at"]), fields["state"])


def _dependence_fields(depended_on: Dependence) -> dict[str, Any]:
    return {
        "state": depended_on.state,
        "outcome": depended_on.outcome,
        "rule_set": depended_on.rule_set,
        "codes": [list(code) for code in depended_on.codes],
        "waiting_for": list(depended_on.waiting_for),
        "looks": depended_on.looks,
        "look_again_at": iso(depended_on.look_again_at),
        "writes_in_a_row": depended_on.writes_in_a_row,
        "unread_since": iso(depended_on.unread_since),
        "announced": list(depended_on.announced),
    }


def _dependence(fields: Mapping[str, Any]) -> Dependence:
    return Dependence(
        state=fields["state"],
        outcome=fields["outcome"],
        rule_set=fields["rule_set"],
        codes=tuple((str(field), str(code), str(digest)) for field, code, digest in fields.get("codes", ())),
        waiting_for=tuple(fields["waiting_for"]),
        looks=int(fields["looks"]),
        look_again_at=moment(fields["look_again_at"]),
        writes_in_a_row=int(fields["writes_in_a_row"]),
        unread_since=moment(fields["unread_since"]),
        announced=tuple(fields["announced"]),
    )


def _snapshot_fields(snapshot: DocumentSnapshot) -> list[str]:
    """The document itself, then an element for each of its lines: as JSON, for maps of maps are slow to write."""
    lines = ({"line": line, "fields": fields} for line, fields in snapshot.lines.items())
    parts = ({"state": snapshot.state, "fields": snapshot.fields}, *lines)
    return [json.dumps(part, ensure_ascii=False) for part in parts]


def _snapshot(fields: Mapping[str, Any]) -> DocumentSnapshot | None:
    if not (parts := fields.get("snapshot")):
        return None
    document, *lines = (json.loads(part) for part in parts)
    by_line = {line["line"]: line["fields"] for line in lines}
    return DocumentSnapshot(document["state"], fields["summary"], document["fields"], by_line)


def _review(fields: Mapping[str, Any]) -> OpenReview:
    rest = {
        "rule_ids": tuple(fields["rule_ids"]),
        "rule_versions": tuple(fields.get("rule_versions", ())),
        "since": moment(fields.get("since")),
    }
    return OpenReview(**{**fields, **rest})


def _needs_person(record: ProvenanceRecord) -> dict[str, str]:
    """What the index `needs_person` of the table is made of. An index takes no null."""
    since = [each.since for each in record.reviews if each.since is not None]
    return {"needs_person": "yes", "needs_person_since": min(since).isoformat()} if since else {}


def _suggested(record: ProvenanceRecord) -> dict[str, str]:
    """What the index `suggested` of the table is made of."""
    since = [each.since for each in record.suggestions if each.since is not None]
    return {"suggested": "yes", "suggested_since": min(since).isoformat()} if since else {}


def _suggestion_fields(suggestion: OpenSuggestion) -> dict[str, Any]:
    return _written_fields(suggestion.write) | {"since": iso(suggestion.since), "is_code": suggestion.is_code}


def _suggestion(fields: Mapping[str, Any]) -> OpenSuggestion:
    return OpenSuggestion(_written(fields), moment(fields["since"]), fields["is_code"])


def _pending_undo(fields: Mapping[str, Any]) -> PendingUndo | None:
    begun = fields.get("undo")
    if not begun:
        return None
    values = tuple(_written(each) for each in fields.get("undoing", ()))
    return PendingUndo(begun["by"], datetime.fromisoformat(begun["at"]), values)


def _written_fields(write: Written) -> dict[str, Any]:
    return {
        "booking_id": write.booking_id,
        "field": write.field,
        "value": _to_dynamo(write.value),
        "before": _to_dynamo(write.before),
        "rule_id": write.rule_id,
        **_name_fields("", write.value_name),
        **_name_fields("before_", write.before_name),
        **({"confirmed": True} if write.confirmed else {}),
        **({"accepted": True} if write.accepted else {}),
        **({"accepted_by": write.accepted_by} if write.accepted_by else {}),
        **({"sent": _to_dynamo(write.sent)} if write.sent is not None else {}),
        **({"rule_version": write.rule_version} if write.rule_version else {}),
    }


def _written(fields: Mapping[str, Any]) -> Written:
    return Written(
        booking_id=fields["booking_id"],
        field=fields["field"],
        value=_from_dynamo(fields["value"]),
        before=_from_dynamo(fields["before"]),
        rule_id=fields["rule_id"],
        confirmed=fields.get("confirmed", False),
        sent=_from_dynamo(fields.get("sent")),
        value_name=_object_name(fields, ""),
        before_name=_object_name(fields, "before_"),
        accepted=fields.get("accepted", False),
        accepted_by=fields.get("accepted_by", ""),
        rule_version=fields.get("rule_version", ""),
    )


def _name_fields(prefix: str, name: ObjectName | None) -> dict[str, str]:
    """Beside the value, for who looks at the item in the console."""
    named = {f"{prefix}code": name.code, f"{prefix}title": name.title} if name else {}
    return {attribute: text for attribute, text in named.items() if text is not None}


def _object_name(fields: Mapping[str, Any], prefix: str) -> ObjectName | None:
    name = ObjectName(fields.get(f"{prefix}code"), fields.get(f"{prefix}title"))
    return None if name == ObjectName() else name


def _to_dynamo(value: str | tuple[str, ...] | None) -> str | list[str] | None:
    return list(value) if isinstance(value, tuple) else value


def _from_dynamo(value: str | list[str] | None) -> str | tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) else value


def _place(pair: list[Any]) -> FieldPlace:
    booking_id, field = pair
    return booking_id, field
