"""Saving a complete run with what it announces, then announcing it.

So it is said in one way, whatever becomes of the document; and what was said of a state is known, also if the document
is in another one when a run comes to it that repeats this one.
"""

from collections.abc import Iterable

from autobook.domain.events import Event
from autobook.domain.provenance import ProvenanceRecord
from autobook.service.ports import EventPublisher, ProvenanceStore


def record_and_announce(
    provenance: ProvenanceStore, publisher: EventPublisher, record: ProvenanceRecord, events: Iterable[Event]
) -> ProvenanceRecord:
    """Save the record, then publish the events. Returns it as it is saved last."""
    texts = [event.to_json() for event in events]
    saved = provenance.put(record.announcing(texts) if texts else record)
    return announce(provenance, publisher, saved) if texts else saved


def announce(provenance: ProvenanceStore, publisher: EventPublisher, record: ProvenanceRecord) -> ProvenanceRecord:
    """Publish what a run has saved to be announced: the same events, with the same ids, however often it takes."""
    publisher.publish([Event.from_json(text) for text in record.unpublished])
    return provenance.put(record.published())
