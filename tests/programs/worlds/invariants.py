"""What must hold when a world has come to rest: the three promises.

Each excuse stands beside its invariant, with the reason why that may not be tighter. Two are made throughout: a place
that is `UNKNOWABLE` (truth.py), and a change that is `doubtful`: it may be announced once, or not.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.event_fields import facts
from autobook.domain.event_values import plain_value
from autobook.domain.events import Event
from autobook.domain.fingerprints import fingerprint
from autobook.domain.provenance import FieldPlace
from tests.programs.worlds.held import Held, Owner
from tests.programs.worlds.places import INVOICE, LINES, PLACES, STATUS, TAGS, asked, disagree, holds
from tests.programs.worlds.promises import Promise, Violation
from tests.programs.worlds.world import DOCUMENT, World

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
        (Promise.LOST, _untold_refusals(world)),
        (Promise.PROVENANCE, _provenance(world)),
    ):
        found += [Violation(promise, text) for text in texts]
    return found + list(_corrections(world))


def _events(world: World) -> list[Event]:
    """Each once, in the order of their first publication."""
    return list({event.id: event for event in reversed(world.published)}.values())[::-1]


def _states(world: World) -> Iterator[str]:
    """Each state announced and archived; no fact under two ids, no id for two facts.

    A file that Kanbert twice said is not there is not archived, and announced as not offered. A fact is another one,
    and has an id of its own, if provenance has come to know another state or other rules in between (`Truth.epoch`):
    what was suggested, withdrawn and suggested again is news each time. The first event is that it was received, unless
    the invoice went, as Kanbert twice said, while the first run was interrupted, and came back: it is known by then.
    """
    state = fingerprint(world.kanbert.get_incoming_invoice(INVOICE))
    record = world.record()
    if record.fingerprint != state:
        yield "the last state is not processed"
    if world.manifest["states"].get(DOCUMENT) != state:
        yield "the last state is not archived"
    archived = [event for event in world.published if event.type == "invoice.archived"]
    denied = world.files_denied > 1 and bool(archived) and archived[-1].data["file"] == "not_offered"
    if not denied and not any(key.endswith(".pdf") for key in world.objects):
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
    known = any(event.type == "invoice.deleted" for event in events[: events.index(states[0])]) if states else False
    if states and states[0].type != "invoice.received" and not known:
        yield f"the first event is {states[0].type}"
    state_before, published_facts = "", dict[bytes, int]()
    for event in events:
        if event.type in STATES | {"invoice.deleted"} and event.data["document"]["state"] != state_before:
            state_before, published_facts = event.data["document"]["state"], {}
        if event.type == "invoice.archived":
            continue
        content = _content(event)
        begun, epoch = world.truth.published.get(event.id, (-1, -1))
        if content in published_facts and published_facts[content] >= begun:
            yield f"one fact under two ids: {event.type} {event.data.get('values') or event.data.get('reasons') or ''}"
        published_facts[content] = epoch


def _content(event: Event) -> bytes:
    """Without what objects are called, and what has changed since the state before."""
    kept = {name: facts(each) for name, each in event.data.items() if name != "changes"}
    data = {
        name: sorted(canonical_json(one).decode() for one in each) if isinstance(each, list) else each
        for name, each in kept.items()
    }
    return canonical_json([event.type, data])


def _end_state(world: World) -> Iterator[str]:
    """What the rules ask for stands there, wherever no person decided.

    Of an invoice that we handed over, what the rules of that run asked for. What a person emptied since then is left
    alone, for the invoice is closed (`emptied_later`). A place that was found changed in doubt is the person's for
    good, also if they empty it later (`decided_in_doubt`).
    """
    truth, values = world.truth, world.kanbert.values()
    status = world.kanbert.incoming[INVOICE]["status"]
    if status != "open" and truth.owner(STATUS) is not Owner.OURS:
        return  # a person took it over, booked or not
    current = status == "open"
    rules = truth.versions[-1] if current else truth.ready_rules
    for place in PLACES:
        ask, owner, present = asked(rules, place), truth.owner(place), values[place]
        if ask is None or present == "" or place in truth.decided_in_doubt:
            continue
        emptied_later = status != "open" and truth.held.get(place, Held()).edited > truth.ready_at
        if owner is Owner.NOBODY and present is None and _due(world, place) and not emptied_later:
            yield f"{place} is empty, and {ask} asks for it"
        if owner is Owner.OURS and ask.overwrite and not holds(place, present, ask.value):
            yield f"{place} = {present!r}, and {ask} overwrites it"
    tags_due = asked(rules, TAGS) and _due(world, TAGS)
    if tags_due and TAGS not in {place for place, _ in truth.writes} | truth.decided_in_doubt:
        yield "no tags"
    if current and asked(rules, STATUS) and _may_be_ready(world, values):
        yield "the status is not set"


def _due(world: World, place: FieldPlace) -> bool:
    """False for what the rule `mark` asks for, where it need not hold any more; it asks for a line without account.

    When a refusal is tried again the accounts are there: the person who was asked to look has to do the rest. So are
    they when somebody has taken the invoice over and given it back before the run was resumed, and when they empty
    a note that the run has found. And a line that has gone does not lack an account, nor does one that has a person's.
    """
    if place not in {(None, "note"), TAGS}:
        return True
    truth = world.truth
    if truth.marked and truth.held.get(place, Held()).edited > truth.marked:
        return False
    return bool(truth.found_empty) and not truth.handed_over and place not in _refusals(world)


def _refusals(world: World) -> set[FieldPlace]:
    """Where a person was told that Kanbert refused a value."""
    reasons = _values(world, "invoice.needs_review", "reasons")
    return {_place(reason) for reason in reasons if reason["code"] == "refused"}


def _untold_refusals(world: World) -> Iterator[str]:
    """A value that Kanbert refused is written later, or a person is told; unless they have decided there, or have
    taken the invoice over, or the line has gone, or no rule asks for it any more.
    """
    truth = world.truth
    if world.kanbert.incoming[INVOICE]["status"] != "open" and truth.owner(STATUS) is not Owner.OURS:
        return
    for place in truth.refused - {place for place, _ in truth.writes} - _refusals(world):
        empty = world.kanbert.values()[place] == ""
        if truth.owner(place) is Owner.NOBODY and not empty and asked(truth.versions[-1], place):
            yield f"{place} was refused, and no person was told so"


def _may_be_ready(world: World, values: dict[FieldPlace, str | None]) -> bool:
    """True if the status is due: nobody else set it, the lines are those that the sums are of, each has an account.

    Rules that disagree about a place withhold it; about one that a person decided they are not asked.
    """
    truth = world.truth
    complete = len(world.kanbert.incoming[INVOICE]["bookings"]) == len(LINES)
    conflict = any(disagree(truth.versions[-1], p) and truth.owner(p) is not Owner.PERSON for p in PLACES)
    accounts = all(values[line, "account"] for line in LINES)
    return complete and accounts and not conflict and truth.owner(STATUS) is Owner.NOBODY


def _values(world: World, event_type: str, name: str) -> Iterator[dict[str, Any]]:
    for event in _events(world):
        if event.type == event_type:
            yield from event.data[name]


def _place(value: dict[str, Any]) -> FieldPlace:
    return value["booking_id"], value["field"]


def _text(value: dict[str, Any] | None) -> str:
    plain = plain_value(value)
    return ",".join(plain) if isinstance(plain, tuple) else str(plain)


def _unannounced_writes(world: World) -> Iterator[str]:
    """Every value that we wrote is announced, once for each time that it was.

    One that a person changed before it was announced comes with its correction instead. Tags and a status in doubt are
    left to a person (`decided_in_doubt`): whether they were written nothing tells.
    """
    truth = world.truth
    booked = Counter((_place(value), _text(value["value"])) for value in _values(world, "invoice.booked", "values"))
    changed = Counter((change.place, change.ours) for change in truth.changed)  # its correction tells of it
    for (place, value), times in truth.writes.items():
        if (place, value) in truth.unknowable or place in truth.decided_in_doubt & {TAGS, STATUS}:
            continue
        if booked[place, value] + changed[place, value] < times:
            yield f"{place} = {value!r} was written {times} times and announced {booked[place, value]} times"
    for (place, value), times in booked.items():
        if times > truth.patches[place, value] and (place, value) not in truth.unknowable:
            sent = truth.patches[place, value]
            yield f"{place} = {value!r} was sent {sent} times and announced {times} times"


def _corrections(world: World) -> Iterator[Violation]:
    """Each correction made is announced once, and no other; where nobody can know of one, at most once."""
    truth = world.truth
    announced = Counter(
        (_place(value), _text(value["ours"])) for value in _values(world, "booking.corrected", "corrections")
    )
    made = Counter((change.place, change.ours) for change in truth.changed)
    certain = Counter((change.place, change.ours) for change in truth.changed if not change.doubtful)
    for place, ours in announced | made:
        if (place, ours) in truth.unknowable:
            continue
        text = f"{place}: ours {ours!r} corrected {made[place, ours]} times, announced {announced[place, ours]} times"
        if announced[place, ours] > made[place, ours]:
            yield Violation(Promise.FALSE_CORRECTION, text)
        elif announced[place, ours] < certain[place, ours]:
            yield Violation(Promise.UNANNOUNCED_CORRECTION, text)


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
        if owner in {Owner.PERSON, Owner.NOBODY}:
            yield f"{place} is recorded as ours ({written.value}), and is {owner}'s"
    for place, held in truth.held.items():
        if held.owner is Owner.OURS and place not in recorded and place not in truth.decided_in_doubt & {TAGS, STATUS}:
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
