"""Who really set what: kept beside Kanbert by the worlds, for the invariants; no code of the product sees it.

What nobody can know is kept apart, and defined here: (1) a person's edit between a run's last look and its write;
(2) while a write may have been carried out of which provenance knows the intention only (the run crashed, or its answer
was lost), a person's edit that leaves exactly the value intended, or exactly the one before; (3) where Kanbert's answer
does not show what it accepted, a person's edit before the look that would, if it empties the place or puts back what
stood there; (4) a person who puts our value back while a run has seen another there and not recorded it yet.

In each of these a place is `UNKNOWABLE`: we may have written there, and have announced it or not. Nothing else may.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from autobook.domain.provenance import FieldPlace, Written
from tests.programs.worlds.held import Changed, Held, Look, Owner, Run
from tests.programs.worlds.places import STATUS, TAGS, WITH_TAGS, Rule, asked, holds, outcome
from tests.programs.worlds.promises import Promise, Violation
from tests.programs.worlds.writes import OurWrite


@dataclass
class Truth:
    """What happened so far in one world. `now` counts what happened to the invoice."""

    held: dict[FieldPlace, Held] = field(default_factory=dict)
    changed: list[Changed] = field(default_factory=list)
    writes: Counter[tuple[FieldPlace, str]] = field(default_factory=Counter)
    """How many times a value of ours was put where it did not stand."""
    patches: Counter[tuple[FieldPlace, str]] = field(default_factory=Counter)
    """How many times it was sent."""
    found_empty: frozenset[str] = frozenset()
    """Lines where an account was written and there was none: what asks for an invoice without account is due."""
    handed_over: bool = False
    """A person has changed the status in the window before that, or until the end of the run that resumed it."""
    marked: int = 0
    """When that run, complete by now, looked first."""
    ready_at: int = 0
    """When the look was that our status relied on: what was edited later is in an invoice that is not open."""
    ready_rules: tuple[Rule, ...] = ()
    """The rules that it was written by."""
    versions: tuple[tuple[Rule, ...], ...] = ()
    """The rules, in each of their states."""
    refused: frozenset[FieldPlace] = frozenset()
    now: int = 0
    run: Run = field(default_factory=Run)
    doubtful: frozenset[FieldPlace] = frozenset()
    """Where provenance has an intention of which nobody knows whether it was carried out."""
    decided_in_doubt: frozenset[FieldPlace] = frozenset()
    """Where a person's edit was found that was made meanwhile: whether it undid a value of ours nobody knows. Tags too,
    which cannot be read."""
    sent: frozenset[FieldPlace] = frozenset()
    answered: frozenset[FieldPlace] = frozenset()
    """Of the intentions, those that were carried out, and those of which the run was told so."""
    accepted: frozenset[FieldPlace] = frozenset()
    """The same of a run that ended before a look: provenance knows that Kanbert took the write, and no more."""
    known: tuple[str, object] = ("", None)
    """The state of the invoice, and what the rules asked for, that provenance was saved with last."""
    epoch: int = 0
    """How often `known` was another: what is true of a state becomes news again."""
    published: dict[str, tuple[int, int]] = field(default_factory=dict)
    """In which epoch the run began that published an event first, and in which it did, by its id."""
    unknowable: frozenset[tuple[FieldPlace, str]] = frozenset()
    """Values of ours that stood in a place while it was unknowable, or that we may take for ours."""
    violations: list[Violation] = field(default_factory=list)
    windows: Counter[str] = field(default_factory=Counter)

    def clone(self) -> Self:
        """The same, to go on from in another way."""
        return replace(
            self,
            held=dict(self.held),
            run=self.run.clone(),
            published=dict(self.published),
            changed=list(self.changed),
            writes=Counter(self.writes),
            patches=Counter(self.patches),
            violations=list(self.violations),
            windows=Counter(self.windows),
        )

    def key(self) -> tuple[object, ...]:
        """What later invariants depend on."""
        return (
            tuple(sorted(self.held.items(), key=str)),
            tuple(self.changed),
            tuple(sorted(self.writes.items(), key=str)),
            tuple(sorted(self.patches.items(), key=str)),
            self.found_empty,
            self.handed_over,
            self.marked,
            self.ready_at,
            repr(self.ready_rules),
            repr(self.versions),
            self.refused,
            self.doubtful,
            self.decided_in_doubt,
            self.unknowable,
            self.sent,
            self.answered,
            self.accepted | self.run.unshown.keys(),
            self.known,
            frozenset(event_id for event_id, (_, epoch) in self.published.items() if epoch == self.epoch),
            bool(self.violations),
        )

    def violate(self, promise: Promise, text: str) -> None:
        """Note it."""
        self.violations.append(Violation(promise, text))

    def owner(self, place: FieldPlace) -> Owner:
        """Whose it is."""
        return self.held.get(place, Held()).owner

    # --- people

    def person_sets(self, place: FieldPlace, value: str | None) -> None:
        """A person has put `value` where something else stood."""
        self.now += 1
        self.handed_over |= place == STATUS and bool(self.found_empty) and not self.marked
        if place[1] == "account" and value is not None and not self.marked:
            self.found_empty -= {place[0] or ""}
        held = self.held.get(place, Held())
        if held.owner is Owner.UNKNOWABLE or (held.owner is Owner.OURS and holds(place, value, held.ours)):
            return
        if held.ours is not None and (held.owner is Owner.OURS or (held.owner is Owner.PERSON and not held.seen)):
            self.held[place] = self._edits_ours(place, value, held, held.ours)
            return
        empty = value is None or (place == STATUS and value == "open")
        owner = Owner.NOBODY if empty and held.ours is None else Owner.PERSON
        self.held[place] = Held(owner, held.ours, self.now, held.seen and held.owner is Owner.PERSON)

    def _edits_ours(self, place: FieldPlace, value: str | None, held: Held, ours: str) -> Held:
        """A person puts `value` where ours stood, as far as provenance knows; they may have edited it before."""
        back, goes_on = holds(place, value, ours), place == STATUS and value == "booked"
        # A run has seen the edit before this one: whether it will come to record it nobody knows yet.
        in_between = held.owner is Owner.PERSON and place in self.run.seen_now and held.edited <= self.run.found_at
        edited = replace(held, owner=Owner.PERSON, edited=self.now)
        if not back and not goes_on:
            if held.changed_at:
                return edited
            self.changed.append(Changed(place, ours, self.now, doubtful=in_between))
            return replace(edited, changed_at=self.now)
        if in_between:
            self._doubt(place, held.changed_at)
            return self._unknowable(place, edited, ours) if back else edited
        self._forget(place, held.changed_at)  # nobody saw that it had been otherwise
        return Held(Owner.OURS, ours) if back else replace(edited, changed_at=0)

    def _unknowable(self, place: FieldPlace, held: Held, value: str) -> Held:
        self.unknowable |= {(place, value)}
        return replace(held, owner=Owner.UNKNOWABLE)

    def _doubt(self, place: FieldPlace, at: int) -> None:
        self.changed = [replace(c, doubtful=True) if (c.place, c.at) == (place, at) else c for c in self.changed]

    def _forget(self, place: FieldPlace, at: int) -> None:
        self.changed = [change for change in self.changed if (change.place, change.at) != (place, at)]

    def person_deletes(self, line: str) -> None:
        """A person has deleted a line."""
        self.now += 1
        if not self.marked:
            self.found_empty -= {line}
        on_it = {place: held for place, held in self.held.items() if place[0] == line}
        for place, held in on_it.items():
            if held.owner is not Owner.UNKNOWABLE:
                del self.held[place]
            if held.owner is Owner.OURS and held.ours is not None:
                self.changed.append(Changed(place, held.ours, self.now, deleted=True))

    # --- runs

    def run_begins(self) -> None:
        """A run has not looked yet."""
        self.accepted |= self.run.unshown.keys()
        self.run = Run(epoch=self.epoch)

    def reads_rules(self, rules: tuple[Rule, ...]) -> None:
        """A run of `process` decides by these."""
        self.run.rules_read, self.run.deciding = rules, True

    def looks(
        self, status: str | None, values: Mapping[FieldPlace, str | None], pending: Iterable[Written], state: str
    ) -> None:
        """A run of `process` has fetched the invoice in this state."""
        self.now += 1
        self.run.found = state
        if self.run.look is None:
            self.run.left, self.run.own_notes = dict(values), {}
        self.run.look = Look(self.now, status, values)
        if self.run.resuming:
            self.run.found_at = self.now
        self._finds_unshown(values)
        self._finds_accepted()
        for write in pending if self.run.resuming else ():
            held = self.held.get(write.place, Held())
            if write.place == TAGS and TAGS in self.doubtful:
                self.decided_in_doubt |= {TAGS}  # nobody can read them
            if write.place in self.doubtful:
                self._doubt_deletion(write.place)
            if write.place not in self.doubtful or held.edited == 0 or held.seen:
                continue
            present, value = values.get(write.place), str(write.value)
            if write.place == STATUS and present == "open":
                present = None  # as the product has it: as good as empty
            self._doubt(write.place, held.changed_at)
            if present != write.before and not holds(write.place, present, value):
                self.decided_in_doubt |= {write.place}
                self._changed_before(write, held)
            elif held.owner is Owner.PERSON:
                self.held[write.place] = self._unknowable(write.place, held, value)
                self.windows["a person's edit looks like an interrupted write, or as if there had been none"] += 1
        if not self.run.resuming:
            return
        places = {write.place for write in pending}
        if TAGS in places & self.doubtful and Owner.UNKNOWABLE in map(self.owner, WITH_TAGS):
            tags = next(",".join(write.value or ()) for write in pending if write.place == TAGS)
            self.held[TAGS] = self._unknowable(TAGS, Held(), tags)  # what went in the same request tells of them
        if STATUS in places and self.decided_in_doubt & places:
            self.decided_in_doubt |= {STATUS}  # ours only if everything before it is done
        self.run.seen_now |= {place for place, held in self.held.items() if held.owner in {Owner.PERSON, Owner.NOBODY}}

    def _changed_before(self, write: Written, held: Held) -> None:
        """The value of ours that the write in doubt was to replace was announced: that it is a person's now may be."""
        change = Changed(write.place, str(write.before), held.edited, doubtful=True)
        if self.writes[change.place, change.ours] and change not in self.changed:
            self.changed.append(change)

    def _finds_unshown(self, values: Mapping[FieldPlace, str | None]) -> None:
        """Emptied, or as before, may be what Kanbert made of our write: it does not show."""
        for place, before in self.run.unshown.items():
            held, present = self.held.get(place, Held()), values.get(place)
            if place == STATUS and present == "open":
                present = None
            if present == "":
                self._doubt_deletion(place)
            if held.owner is Owner.PERSON and not held.seen and present in {None, before}:
                self._doubt(place, held.changed_at)
                self.held[place] = self._unknowable(place, held, held.ours or "")
                self.windows["a person undid a write before a look could show it"] += 1
        self.run.unshown.clear()

    def _finds_accepted(self) -> None:
        """A person's edit since: the place is theirs, but nobody can know that a value of ours stood there."""
        for place in self.accepted - self.doubtful:
            held = self.held.get(place, Held())
            if held.owner is Owner.PERSON and not held.seen:
                self._doubt(place, held.changed_at)
                self.decided_in_doubt |= {place}
            self._doubt_deletion(place)

    def _doubt_deletion(self, place: FieldPlace) -> None:
        self.changed = [replace(c, doubtful=True) if c.place == place and c.deleted else c for c in self.changed]

    def _remember(self) -> None:
        """What the run found at its beginning is in provenance from now on."""
        for place in self.run.seen_now & self.held.keys():
            if self.held[place].edited <= self.run.found_at:
                self.held[place] = replace(self.held[place], seen=True)
        self.run.seen_now = frozenset()

    def refuses(self, places: Iterable[FieldPlace]) -> None:
        """Kanbert would not take a value there."""
        self.refused |= frozenset(places)

    def announces(self, identifier: str) -> None:
        """An event was published."""
        self.published.setdefault(identifier, (self.run.epoch, self.epoch))

    def saves(self, pending: Iterable[Written]) -> None:
        """Provenance was saved with what a run is about to write; nothing where a run is complete."""
        places = frozenset(write.place for write in pending)
        self.sent, self.answered = self.sent & places, self.answered & places
        self.doubtful = places - self.answered
        if not self.run.deciding:
            return  # what an earlier run had to announce, or that the invoice is there again
        self.run.resuming, self.accepted = False, frozenset()
        self._knows()
        if not places:
            if self.found_empty and not self.marked:
                self.marked = self.run.found_at
            self._remember()

    def _knows(self) -> None:
        known = (self.run.found, outcome(self.run.rules_read))
        self.epoch += known != self.known
        self.known = known

    def turns(self, state: str) -> None:
        """A PATCH of the present run has brought the invoice into this state."""
        self.run.found = state
        self._knows()

    def is_answered(self, places: Iterable[FieldPlace]) -> None:
        """The run was told that they are written."""
        self.answered |= frozenset(places)

    def fails(self) -> None:
        """A run ended by an error, not by a crash: it knew what it had not sent."""
        if not self.run.resuming:
            self.doubtful &= self.sent

    def writes_ours(
        self, place: FieldPlace, value: str, present: str | None, status: str | None, *, visible: bool = True
    ) -> None:
        """A PATCH of ours was carried out: `value` where `present` stood, while the invoice had this status.

        `visible`: its answer shows it.
        """
        self.now += 1
        self.sent |= {place}
        held, look = self.held.get(place, Held()), self.run.look
        if look is None:
            self.violate(Promise.OVERRULED, f"{place} was written without a look")
            return
        ask = asked(self.run.rules_read, place)
        own = ask.value if ask is not None and holds(place, value, ask.value) else value  # a note is put below another
        repeated = bool(self.writes[place, own])
        write = OurWrite(
            place, value, own, present, status, held, ask, look, self.run.left, self.run.own_notes, repeated
        )
        self.violations += write.violations()
        self.windows.update(write.windows())
        if place[0] is not None and place[1] == "account" and present is None and not self.marked:
            self.found_empty |= {place[0]}
            self.handed_over |= status != "open"
        if place == STATUS:
            self.ready_at, self.ready_rules = look.at, self.run.rules_read
        if held.owner is Owner.PERSON and not held.seen:
            self._forget(place, held.changed_at)  # written over before anybody saw it
        self.patches[place, own] += 1
        if place == TAGS or present != value:
            self.writes[place, own] += 1
        self.held[place], self.run.left[place] = Held(Owner.OURS, own), value
        if place[1] == "note":
            self.run.own_notes[place] = own
        if not visible:
            self.run.unshown[place] = None if place == STATUS and present == "open" else present
