"""What must hold when a world has come to rest: the three promises."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.events import Event
from autobook.domain.fingerprints import fingerprint
from autobook.domain.provenance import FieldPlace
from tests.programs.worlds.held import Changed, Held, Owner
from tests.programs.worlds.places import INVOICE, LINES, PLACES, STATUS, TAGS, asked, holds
from tests.programs.worlds.promises import Promise, Violation
from tests.programs.worlds.truth import Truth
from tests.programs.worlds.world import DOCUMENT, World

REACHED = True
"""True once a rule reaches every open invoice: the end state is then what the rules ask for as they stand."""
DELETIONS_ANNOUNCED = True
"""True once a line that was deleted with our value is announced as such."""
STATES = frozenset({"invoice.received", "invoice.changed"})


def violations(world: World) -> list[Violation]:
    """Every invariant that does not hold."""
    if world.truth.violations:
        return world.truth.violations
    found: list[Violation] = []
    for promise, texts in (
        (Promise.VANISHED, (f"dead letter: {reason}" for reason in world.dead)),
        (Promise.STATES, _states(world)),
        (Promise.LOST, _end_state(world)),
        (Promise.LOST, _unannounced_writes(world)),
        (Promise.PROVENANCE, _provenance(world)),
    ):
        found += [Violation(promise, text) for text in texts]
    return found + list(_corrections(world))


def _events(world: World) -> list[Event]:
    """Each once, in the order of their first publication."""
    return list({event.id: event for event in reversed(world.published)}.values())[::-1]


def _states(world: World) -> Iterator[str]:
    """Each state announced and archived; no fact under two ids, no id for two facts."""
    state = fingerprint(world.kanbert.get_incoming_invoice(INVOICE))
    record = world.record()
    if record.fingerprint != state:
        yield "the last state is not processed"
    if world.manifest["states"].get(DOCUMENT) != state:
        yield "the last state is not archived"
    if not any(key.endswith(".pdf") for key in world.objects):
        yield "the file is not archived"
    contents: dict[str, bytes] = {}
    for event in world.published:
        if contents.setdefault(event.id, _content(event)) != _content(event):
            yield f"two facts share an id: {event.type}"
    first = {event.id: number for number, event in reversed(list(enumerate(world.published)))}
    order = sorted(first, key=lambda identifier: first[identifier])
    events = [world.published[first[identifier]] for identifier in order]
    states = [event for event in events if event.type in STATES]
    if not states or states[-1].data["document"]["state"] != state:
        yield "the last state is not announced"
    if states and states[0].type != "invoice.received":
        yield f"the first event is {states[0].type}"
    state_before, facts = "", dict[bytes, int]()
    for event in events:
        if event.type in STATES | {"invoice.deleted"} and event.data["document"]["state"] != state_before:
            state_before, facts = event.data["document"]["state"], {}
        if event.type == "invoice.archived":
            continue
        content = _content(event)
        epoch = world.truth.published.get(event.id, -1)
        if content in facts and facts[content] == epoch:
            yield f"one fact under two ids: {event.type} {event.data.get('values') or event.data.get('reasons') or ''}"
        facts[content] = epoch


def _content(event: Event) -> bytes:
    data = {
        name: sorted(canonical_json(one).decode() for one in each) if isinstance(each, list) else each
        for name, each in event.data.items()
    }
    return canonical_json([event.type, data])


def _end_state(world: World) -> Iterator[str]:
    """What the rules ask for stands there, wherever no person decided."""
    truth, values = world.truth, world.kanbert.values()
    status = world.kanbert.incoming[INVOICE]["status"]
    if status != "open" and truth.owner(STATUS) is not Owner.OURS:
        return  # a person took it over, booked or not
    latest = truth.versions[-1]
    current = REACHED and status == "open"
    versions = (latest,) if current else truth.versions
    for place in PLACES:
        asks = [asked(version, place) for version in versions]
        owner, present = truth.owner(place), values[place]
        if owner in {Owner.PERSON, Owner.UNKNOWABLE} or present == "" or place in truth.decided_in_doubt:
            continue
        touched = truth.held.get(place, Held()).edited  # a person emptied it: that may be a decision
        if owner is Owner.NOBODY and not touched and present is None and all(asks) and _due(truth, place):
            yield f"{place} is empty, and {asks[-1]} asks for it"
        last = asks[-1]
        if (
            current
            and owner is Owner.OURS
            and last is not None
            and last.overwrite
            and not holds(place, present, last.value)
        ):
            yield f"{place} = {present!r}, and {last} overwrites it"
    tags_due = all(asked(version, TAGS) for version in versions) and _unbooked_rule_is_due(truth)
    written = {place for place, _ in truth.writes}
    if tags_due and TAGS not in written | truth.refused | truth.decided_in_doubt:
        yield "no tags"
    if all(asked(version, STATUS) for version in versions) and status == "open" and _may_be_ready(world, values):
        yield "the status is not set"


def _due(truth: Truth, place: FieldPlace) -> bool:
    if place in truth.refused and not REACHED:
        return False
    if place[1] != "note":
        return True
    # Its rule asks for an invoice without account; a note that a person wrote may have been the same for a time.
    return _unbooked_rule_is_due(truth)


def _unbooked_rule_is_due(truth: Truth) -> bool:
    """Its invoice had a line without account, and no person took it over and gave it back since."""
    return truth.accounts_found_empty and not truth.handed_over


def _may_be_ready(world: World, values: dict[FieldPlace, str | None]) -> bool:
    truth = world.truth
    complete = len(world.kanbert.incoming[INVOICE]["bookings"]) == len(LINES)
    return (
        complete
        and not truth.refused
        and truth.owner(STATUS) is Owner.NOBODY
        and all(values[line, "account"] for line in LINES)
    )


def _values(world: World, event_type: str, name: str) -> Iterator[dict[str, Any]]:
    for event in _events(world):
        if event.type == event_type:
            yield from event.data[name]


def _place(value: dict[str, Any]) -> FieldPlace:
    return value["booking_id"], value["field"]


def _text(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _unannounced_writes(world: World) -> Iterator[str]:
    """Every value that we wrote is announced, once for each time that it was."""
    truth = world.truth
    booked = Counter((_place(value), _text(value["value"])) for value in _values(world, "invoice.booked", "values"))
    corrected = {(_place(value), _text(value["ours"])) for value in _values(world, "booking.corrected", "corrections")}
    doubtful = {(c.place, c.ours) for c in truth.changed}
    lines = {line["id"] for line in world.kanbert.incoming[INVOICE]["bookings"]}
    for place, value in truth.writes:
        excused = (place, value) in corrected | doubtful or truth.owner(place) is Owner.UNKNOWABLE
        excused = excused or place in truth.decided_in_doubt
        if not booked[place, value] and not excused and (place[0] is None or place[0] in lines):
            yield f"{place} = {value!r} was written and not announced"
    for (place, value), times in booked.items():
        if times > truth.patches[place, value] and truth.owner(place) is not Owner.UNKNOWABLE:
            sent = truth.patches[place, value]
            yield f"{place} = {value!r} was written {sent} times and announced {times} times"


def _corrections(world: World) -> Iterator[Violation]:
    """Each correction made is announced once, and no other."""
    truth, values = world.truth, world.kanbert.values()
    announced = Counter(
        (_place(value), _text(value["ours"])) for value in _values(world, "booking.corrected", "corrections")
    )
    made = Counter[tuple[FieldPlace, str]]()
    for change in truth.changed:
        made[change.place, change.ours] += 1
    for (place, ours), times in announced.items():
        if times > made[place, ours] and truth.owner(place) is not Owner.UNKNOWABLE:
            text = f"{place}: ours {ours!r} corrected {made[place, ours]} times, announced {times} times"
            yield Violation(Promise.FALSE_CORRECTION, text)
    for change in truth.changed:
        if not announced[change.place, change.ours] and _must_be_announced(truth, change, values):
            yield Violation(Promise.UNANNOUNCED_CORRECTION, f"{change.place}: ours {change.ours!r} was changed")


def _must_be_announced(truth: Truth, change: Changed, values: dict[FieldPlace, str | None]) -> bool:
    if change.doubtful or truth.owner(change.place) is Owner.UNKNOWABLE:
        return False
    if change.deleted:
        return DELETIONS_ANNOUNCED
    present = values.get(change.place, "")
    return present != "" and not holds(change.place, present, change.ours)


def _provenance(world: World) -> Iterator[str]:
    """At rest it says truly what is ours and what is a person's."""
    truth, values, record = world.truth, world.kanbert.values(), world.record()
    if record.pending:
        yield f"an incomplete run: {record.pending}"
    places = [written.place for written in record.written]
    for place in {each for each in places if places.count(each) > 1}:
        yield f"{place} is recorded twice"
    recorded = {written.place: written for written in record.written}
    for place, written in recorded.items():
        owner = truth.owner(place)
        if owner is Owner.PERSON or (owner is Owner.NOBODY and values.get(place, "") != ""):
            yield f"{place} is recorded as ours ({written.value}), and is {owner}'s"
    for place, held in truth.held.items():
        if held.owner is Owner.OURS and place not in recorded and place not in truth.decided_in_doubt:
            yield f"{place} = {held.ours!r} is ours, and not recorded"
    made = {change.place for change in truth.changed if not change.doubtful and not change.deleted}
    for place in made:
        present = values.get(place, "")
        if truth.owner(place) is Owner.PERSON and present != "" and place not in record.human_owned:
            yield f"{place} was decided by a person, and that is not recorded"


def archived_content_is_named_by_its_hash(world: World) -> bool:
    """For every object but the manifest's."""
    return all(
        sha256(stored.content) == key.rsplit("/", 1)[1].split(".")[0]
        for key, stored in world.objects.items()
        if not key.startswith("manifest/")
    )
