"""What must hold when everything has come to rest, whatever went wrong before."""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from autobook.adapters.kanbert import KanbertClient
from autobook.domain.action_fields import BY_NAME
from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import FileUnavailable, Forbidden, NotFound, UnreadableDocument
from autobook.domain.event_fields import facts
from autobook.domain.events import Event
from autobook.domain.fingerprints import fingerprint
from autobook.service.document_sources import SOURCES, DocumentSource
from autobook_sim.kanbert.profiles import ReadLater
from tests.programs.chaos.system import ChaosSystem

STATES = {
    "invoice.received",
    "invoice.changed",
    "outgoing_invoice.changed",
    "invoice.deleted",
    "outgoing_invoice.deleted",
}
"""The events that tell a state."""


def violations(system: ChaosSystem, truth: "Truth | None" = None) -> list[str]:
    """Every invariant that does not hold, in a sentence. `truth` where it is known already."""
    truth = truth or Truth(system)
    return [
        *_latest_state(system, truth),
        *_archived_once(system, truth),
        *_events_delivered(system),
        *_order(system),
        *(f"a person was overruled: {each}" for each in system.kanbert.overruled),
        *(f"written twice: {each}" for each in system.kanbert.wrote_in_vain),
        *_persons_values(system),
        *_corrections(system),
        *_decided_unread(system),
        *_dead_letters(system, truth),
        *_waiting(system, truth),
        *(f"AWS refused for good: {each}" for each in system.refusals()),
        *(f"a scheduled run failed: {each}" for each in system.failed_runs),
    ]


class Truth:
    """What Kanbert says when it is quiet: `states` are fingerprints of what can be read, `files` its files.

    `missing` are those whose file cannot be had. `unreadable` are what nobody can read, with the reason, `closed` what
    we may not read.
    """

    def __init__(self, system: ChaosSystem) -> None:
        system.kanbert.simulator.stage.calm = True
        self.states: dict[Document, str] = {}
        self.files: dict[Document, bytes | None] = {}
        self.missing: set[Document] = set()
        self.unreadable: dict[Document, str] = {}
        self.closed: set[Document] = set()
        with system.kanbert.client() as client:
            for kind, ids in (
                (DocumentKind.INCOMING_INVOICE, system.kanbert.incoming),
                (DocumentKind.OUTGOING_INVOICE, system.kanbert.outgoing),
            ):
                source = SOURCES[kind]
                for document in (Document(kind, each) for each in ids):
                    try:
                        self.states[document] = fingerprint(source.fetch(client, document.id))
                        self.files[document] = _file(source, client, document.id)
                    except UnreadableDocument as error:
                        self.unreadable[document] = str(error)
                    except Forbidden:
                        self.closed.add(document)
                    except FileUnavailable:
                        self.missing.add(document)
        system.kanbert.simulator.stage.calm = False


def _file(source: DocumentSource[Any], client: KanbertClient, identifier: str) -> bytes | None:
    try:
        return source.file(client, identifier)
    except NotFound:
        return None


def _latest_state(system: ChaosSystem, truth: Truth) -> Iterator[str]:
    for document, state in truth.states.items():
        entry = system.provenance.get(document)
        if entry.fingerprint != state:
            yield f"{document.key} is not processed to its latest state"
        if entry.pending:
            yield f"{document.key} has an incomplete run"
    for identifier in system.kanbert.deleted:
        entry = system.provenance.get(Document(DocumentKind.INCOMING_INVOICE, identifier))
        if entry.fingerprint and not entry.deleted:
            yield f"{identifier} was deleted and provenance does not know"


def _dead_letters(system: ChaosSystem, truth: Truth) -> Iterator[str]:
    """What cannot be read ends there, with its reason; nothing else does."""
    reasons: dict[str, list[str]] = {}
    for each in system.dead_letters():
        fields = json.loads(each.body)
        key = f"{fields.get('kind')}:{fields.get('id')}"
        reasons.setdefault(key, []).append(str(each.attributes.get("reason", {}).get("StringValue")))
        unreadable = {document.key for document in truth.unreadable}
        was = fields.get("id") in system.kanbert.deleted and "is unreadable" in reasons[key][-1]
        if key not in unreadable and not was:
            yield f"dead letter: {each.body} {each.attributes}"
    for document, reason in truth.unreadable.items():
        found = reasons.get(document.key, [])
        if not any(reason.split(" is unreadable: ")[-1][:500] in each for each in found):
            yield f"{document.key} cannot be read and no dead letter says why: {reason}, {found}"


def _waiting(system: ChaosSystem, truth: Truth) -> Iterator[str]:
    closed = {document.key for document in truth.closed}
    for queue in (system.documents, system.archive):
        for each in queue.messages():
            fields = json.loads(each.body)
            if f"{fields.get('kind')}:{fields.get('id')}" not in closed:
                yield f"still waiting: {each.body}"


def _archived_once(system: ChaosSystem, truth: Truth) -> Iterator[str]:
    for document, state in truth.states.items():
        if document in truth.missing:
            if document not in system.manifest.files_missing:
                yield f"{document.key}: its file is not looked for"
        elif system.manifest.states.get(document) != state:
            yield f"{document.key} is not archived in its latest state"
        keys = [k for k in system.objects.objects if k.startswith(f"{document.kind}/") and f"/{document.id}/" in k]
        # By content: where a document gets another date, its file is archived under another year as well.
        found = list({key.rsplit("/", 1)[1]: key for key in keys if not key.endswith(".json")}.values())
        file = truth.files.get(document)
        if len(found) != (file is not None):
            yield f"{document.key} has {len(found)} files in the archive"
        elif file is not None and system.objects.objects[found[0]].content != file:
            yield f"{document.key}: its file in the archive is another"
    for key, stored in system.objects.objects.items():
        if not key.startswith("manifest/") and sha256(stored.content) != key.rsplit("/", 1)[1].split(".")[0]:
            yield f"{key} does not have the content that its name says"
    previous = "0" * 64
    for line in system.manifest.lines:
        if line.previous != previous:
            yield f"the manifest's chain is broken at {line.number}"
        previous = line.hash
    listed = {line.key for line in system.manifest.lines}
    # What a run stored that was interrupted before its line, and that was changed or deleted since, stays unlisted
    # (docs/runbook.md): a state, or a file under the year that its document's date no longer has. Whatever is there
    # now is listed, with the very file.
    there = {document.id for document in truth.states}
    contents = {_content_of(key) for key in listed}
    for key in system.objects.objects:
        if not key.endswith(".json") and key.split("/")[2] in there and _content_of(key) not in contents:
            yield f"{key} is not in the manifest"


def _content_of(key: str) -> tuple[str, str, str]:
    """Kind and id of an object's document, and the digest of its content."""
    kind, _year, identifier, name = key.split("/")
    return kind, identifier, name


def _content(event: Event) -> bytes:
    kept = {k: facts(v) for k, v in event.data.items()}  # what objects are called may be known later
    data = {k: sorted(map(canonical_json, v)) if isinstance(v, list) else v for k, v in kept.items()}
    plain = {k: [one.decode() for one in v] if isinstance(v, list) else v for k, v in data.items()}
    return canonical_json([event.type, event.subject, plain])


def _events_delivered(system: ChaosSystem) -> Iterator[str]:
    contents: dict[str, bytes] = {}
    published = [Event.from_json(text) for text in system.topic.published]
    for event in published + system.consumer.seen:
        if contents.setdefault(event.id, _content(event)) != _content(event):
            yield f"two different events share the id {event.id}: {event.type} of {event.subject}"
    recorded = {name for _, name in system.history.entries}
    for event in published:
        if event.id not in recorded:
            yield f"{event.subject}: {event.type} was announced and is not in the history"
    for missing in {e.id for e in published} - {e.id for e in system.consumer.seen}:
        yield f"the consumer never saw {missing}"


def _first_by_document(events: Iterable[Event]) -> dict[str, list[str]]:
    """The ids of each document's events, in the order in which they came first."""
    order: dict[str, dict[str, None]] = {}
    for event in events:
        order.setdefault(event.subject, {}).setdefault(event.id)
    return {subject: list(ids) for subject, ids in order.items()}


def _order(system: ChaosSystem) -> Iterator[str]:
    """A consumer hears of a document's events in the order in which they were published, each counted once.

    Among them are its states in the order in which they were completed; in between it may hear of a state whose run was
    interrupted before it was recorded.
    """
    published = _first_by_document(Event.from_json(text) for text in system.topic.published)
    for subject, order in _first_by_document(system.consumer.seen).items():
        if order != published[subject]:
            yield f"{subject}: its events were not heard in the order in which they were published"
    heard: dict[str, list[str]] = {}
    ids: set[str] = set()
    for event in system.consumer.seen:
        if event.type in STATES and event.id not in ids:
            ids.add(event.id)
            heard.setdefault(event.subject, []).append(event.data["document"]["state"])
    for document, states in system.provenance.states.items():
        rest = iter(heard.get(f"{document.kind}/{document.id}", []))
        for state in states:
            if not any(each == state for each in rest):
                yield f"{document.key}: the state {state[:12]} was not heard of, or not in its order"


def _corrections(system: ChaosSystem) -> Iterator[str]:
    """Only a person corrects: not Kanbert, that normalises or clears what is written."""
    for event in (Event.from_json(text) for text in system.topic.published):
        for each in event.data.get("corrections", ()):
            spot = (event.document.id, each["booking_id"] or "", BY_NAME[each["field"]].api_name)
            if spot not in system.kanbert.persons and not each["line_deleted"]:
                yield f"nobody corrected {spot}: {each['ours']!r} became {each['present']!r}"


def _decided_unread(system: ChaosSystem) -> Iterator[str]:
    """A document is not decided before it is read."""
    stage = system.kanbert.simulator.stage
    late = timedelta(seconds=max((p.after_seconds for p in stage.profiles if isinstance(p, ReadLater)), default=0))
    for event in (Event.from_json(text) for text in system.topic.published):
        decided = event.type in ("invoice.booked", "invoice.suggested", "invoice.needs_review")
        if decided and event.time < stage.created_at[event.document.id] + late:
            yield f"{event.document.key} was decided before it was read: {event.type}"


def _persons_values(system: ChaosSystem) -> Iterator[str]:
    for (identifier, line, name), value in system.kanbert.persons.items():
        if identifier not in system.kanbert.incoming:
            continue
        place = system.kanbert.line(identifier, line) if line else system.kanbert.incoming[identifier]
        if place[name] != value:
            yield f"a person set {identifier} {line} {name} to {value!r}, there is {place[name]!r}"
    for identifier, invoice in system.kanbert.incoming.items():
        for note in ("seen by rule", "look at this"):
            if (invoice["notes"] or "").count(note) > 1:
                yield f"{identifier}: its note was written twice"
