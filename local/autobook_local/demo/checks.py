"""Checks of the demo: the events against Kanbert, the archive and the queues."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from autobook.domain.action_fields import FieldValues
from autobook.domain.event_values import plain_value
from autobook.domain.provenance import Written
from autobook.domain.unread import is_unread
from autobook_local.demo.consumers import Exports, export_faults
from autobook_local.demo.story import ARCHIVED, Story, dead_letters
from autobook_local.system import LocalSystem


def faults(system: LocalSystem, stories: list[Story]) -> list[str]:
    """Everything that is wrong, a sentence each."""
    return [
        *(f"{story.name}: {fault}" for story in stories for fault in _story_faults(system, story)),
        *export_faults(stories, Exports.of(system)),
        *(f"dead letter in {letter}" for letter in dead_letters(system.deployment)),
        *_requests(system),
    ]


def _story_faults(system: LocalSystem, story: Story) -> Iterator[str]:
    for type_, times in Counter(event.type for event in story.events).items():
        if times > 1:
            yield f"{times} events {type_} instead of one"
    first = story.document.kind.facts.received_event
    if not story.of(first):
        yield f"no event {first}"
    yield from _values(story)
    yield from _archive(system, story)


def _values(story: Story) -> Iterator[str]:
    """Kanbert has every value that was announced as booked, and what is not read yet has none."""
    if story.invoice is None:
        return
    if is_unread(story.invoice):
        if story.of("invoice.booked"):
            yield "booked, though it is not read yet"
        return
    places = FieldValues(story.invoice)
    for event in story.of("invoice.booked"):
        for value in event.data["values"]:
            announced, before = plain_value(value["value"]), plain_value(value["before"])
            written = Written(value["booking_id"], value["field"], announced, before, value["rule_id"])
            if not places.still_holds(written):
                yield f"{written.field} was announced as {announced}, Kanbert has {places.present(*written.place)}"
    if not any(story.of(type_) for type_ in ("invoice.booked", "invoice.suggested", "invoice.needs_review")):
        yield "neither booked nor suggested nor given to a person"


def _archive(system: LocalSystem, story: Story) -> Iterator[str]:
    """What was announced as archived is in the bucket, unchanged, under its hash."""
    s3, bucket = system.deployment.clients.s3, system.deployment.outputs["ArchiveBucketName"]
    for event in story.events:
        if event.type not in ARCHIVED:
            continue
        for stored in event.data["objects"]:
            content = s3.get_object(Bucket=bucket, Key=stored["key"])["Body"].read()
            if hashlib.sha256(content).hexdigest() != stored["sha256"] or stored["sha256"] not in stored["key"]:
                yield f"{stored['key']} does not carry the hash of its content"
            if stored["media_type"] == "application/pdf" and story.pdf and content != story.pdf:
                yield "the archived PDF is not the one that Kanbert got"
        if event.data["file"] != "archived" and story.pdf:
            yield "the PDF is not in the archive"


def _requests(system: LocalSystem) -> Iterator[str]:
    """No line was written twice, and Kanbert refused nothing but files, which have rows of their own."""
    requests: list[dict[str, Any]] = system.simulator.control("GET", "/requests")
    patched = Counter(r["path"] for r in requests if r["method"] == "PATCH")
    for path, times in patched.items():
        if times > 1:
            yield f"{path} was written {times} times"
    for request in requests:
        if request["status"] >= 400 and request["operation"] != "incoming.store":
            yield f"Kanbert answered {request['status']} to {request['method']} {request['path']}"
