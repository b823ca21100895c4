"""Who set what: the record of the values that we wrote into a document, and by which rule."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from dataclasses import field as declared
from datetime import datetime, timedelta
from typing import Final, Self

from autobook.domain.canonical import sha256
from autobook.domain.codes import ObjectName
from autobook.domain.dependence import Dependence
from autobook.domain.documents import Document
from autobook.domain.fingerprints import DocumentState
from autobook.domain.reviews import OpenReview
from autobook.domain.snapshots import DocumentSnapshot
from autobook.domain.undone import Undone

MOST_RUNS: Final = 6
"""Runs over one document within an hour; a document that changes more often is postponed until the hour is over."""
_HOUR: Final = timedelta(hours=1)
_DEAD_LETTERS_KEPT: Final = timedelta(days=13)
"""A day less than SQS keeps them (MessageRetentionPeriod in template.yaml)."""
_SEEN_LATELY: Final = timedelta(minutes=10)
"""A run that found nothing new is not recorded if the one before was as recent."""

type FieldValue = str | tuple[str, ...] | None

type FieldPlace = tuple[str | None, str]
"""(booking id, or None for the invoice itself; field as rules name it)."""


@dataclass(frozen=True, slots=True)
class Written:
    """A value that we wrote, or are about to write.

    `confirmed`, in an incomplete run: Kanbert has shown that it took the value; otherwise it may have been carried out
    or not. `accepted`: it answered without an error, and the run ended before it saw what came of the value. `sent` is
    what we wrote, where Kanbert made `value` of it; None where it is the value. `rule_version` names what the rule said
    then; "" in what former versions wrote. The names are what the objects were called then, where that is known: for
    people. `accepted_by` is the person who accepted it as a suggestion, "" where the rule wrote it by itself.
    """

    booking_id: str | None
    field: str
    value: FieldValue
    before: FieldValue
    rule_id: str
    confirmed: bool = False
    sent: FieldValue = None
    rule_version: str = ""
    value_name: ObjectName | None = declared(default=None, compare=False)
    before_name: ObjectName | None = declared(default=None, compare=False)
    accepted: bool = False
    accepted_by: str = ""

    @property
    def place(self) -> FieldPlace:
        """Where."""
        return self.booking_id, self.field

    def with_value(self, value: FieldValue) -> Self:
        """The same, as it stands in Kanbert."""
        return self if value == self.value else replace(self, value=value, sent=self.value, value_name=None)


@dataclass(frozen=True, slots=True)
class OpenSuggestion:
    """A suggestion that stands, and since when. `is_code`: the value is a rule's code that stands for nothing."""

    write: Written
    since: datetime | None = declared(default=None, compare=False)
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class PendingUndo:
    """Values of ours that are being taken back, each with the value that is put in its place as `before`; by whom."""

    by: str
    at: datetime
    values: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """That a message about a document became a dead letter: why, by its trace id which, when, and in which state.

    `state` is the document's fingerprint, "" where it could not be read.
    """

    reason: str
    trace_id: str
    at: datetime
    state: str = ""

    def has_dead_letter(self, now: datetime) -> bool:
        """False when its dead letter will soon be gone, and another one has to tell of the document."""
        return now - self.at < _DEAD_LETTERS_KEPT


@dataclass(frozen=True, slots=True)
class ProvenanceRecord:
    """What we know of one document.

    `fingerprint` is the state in which the last complete run left it, None while a run is incomplete.
    `revision` is the chain of those states, "" before the first: A after B is another revision than A before B.
    `written` are values of complete runs; `pending` those that an incomplete run set out to write: after a crash it is
    known what was ours, and `written` still says what stood there before.
    `human_owned` are the places that a person decided: never written again.
    `side_effects` are values that Kanbert put there by itself, along with one that we wrote by the rule named: neither
    ours nor a person's. One that is None has emptied the place.
    `header`, `status` and `updated_at` are of the state that was seen last (fingerprints.DocumentState).
    `seen_at` is when the last run had the document before it, `runs` when those of the last hour were that changed it
    or announced it, but for those after an edit of the rules. `missing_since` is when Kanbert first said that it is not
    there; None while it is.
    `given_up` is what became of the last run, where that was a dead letter.
    `depended_on` is what the last decision depended on; None before the first, and in records of former versions.
    `snapshot` is what the document said when its state was announced last. `reviews` are the reasons for which a person
    was asked to look, and which stand; `suggestions` are those that stand.
    `undoing` is an undo that has begun and is not over: it is brought to its end before anything else is decided.
    `undone` are the rules' versions whose values were taken back, and where.
    `unpublished` are the events (JSON) of a run that is over but for announcing them, `unpublished_state` the
    `fingerprint` that it has then. `version` counts saves; a save on top of another's is refused.
    """

    document: Document
    fingerprint: str | None = None
    revision: str = ""
    written: tuple[Written, ...] = ()
    pending: tuple[Written, ...] = ()
    side_effects: tuple[Written, ...] = ()
    human_owned: frozenset[FieldPlace] = frozenset()
    deleted: bool = False
    header: str = ""
    status: str = ""
    updated_at: str = ""
    seen_at: datetime | None = None
    runs: tuple[datetime, ...] = ()
    missing_since: datetime | None = None
    given_up: GivenUp | None = None
    depended_on: Dependence | None = None
    snapshot: DocumentSnapshot | None = None
    reviews: tuple[OpenReview, ...] = ()
    suggestions: tuple[OpenSuggestion, ...] = ()
    undoing: PendingUndo | None = None
    undone: tuple[Undone, ...] = ()
    unpublished: tuple[str, ...] = ()
    unpublished_state: str = ""
    version: int = 0

    def announcing(self, events: Iterable[str]) -> Self:
        """A complete run with what it has to announce: whatever happens then, these very events are published."""
        return replace(self, fingerprint=None, unpublished=tuple(events), unpublished_state=self.fingerprint or "")

    def published(self) -> Self:
        """After that."""
        return replace(self, fingerprint=self.unpublished_state, unpublished=(), unpublished_state="")

    @property
    def announced_state(self) -> str | None:
        """The fingerprint of the state that was announced last; None where it may have been another."""
        return self.fingerprint if self.depended_on is None else self.depended_on.state or None

    def found_in(self, state: DocumentState) -> Self:
        """At the start of a run. If it finds another state, that is what may be announced before it is recorded."""
        if self.depended_on is None or self.depended_on.state == state.fingerprint:
            return self
        return replace(self, depended_on=replace(self.depended_on, state=""))

    @property
    def was_seen(self) -> bool:
        """True if a run has announced the document, or begun to."""
        return bool(self.revision or self.pending)

    def with_pending(self, writes: Iterable[Written], side_effects: Iterable[Written] = ()) -> Self:
        """While a run writes: what is about to be written, or is, and what was there before. Nothing is forgotten."""
        return replace(self._with_side_effects(side_effects), fingerprint=None, pending=tuple(writes))

    def _with_side_effects(self, side_effects: Iterable[Written]) -> Self:
        """A person's value that Kanbert changed along with ours was decided all the same: the place stays theirs."""
        ours = {write.place for write in (*self.written, *self.side_effects)}
        effects = {effect.place: effect for effect in self.side_effects}
        theirs = set[FieldPlace]()
        for effect in side_effects:
            if effect.before is None or effect.place in ours:
                effects[effect.place] = effect
            else:
                theirs.add(effect.place)
        return replace(self, side_effects=tuple(effects.values()), human_owned=self.human_owned | theirs)

    def with_written(self, writes: Iterable[Written], side_effects: Iterable[Written] = ()) -> Self:
        """With these values written, in place of what was written before; but for places that are a person's by now."""
        changed = self._with_side_effects(side_effects)
        ours = {write.place: write for write in self.written}
        effects = {effect.place: effect for effect in changed.side_effects}
        for place in effects:
            ours.pop(place, None)
        for write in writes:
            ours.pop(write.place, None)
            effects.pop(write.place, None)
            if write.place not in self.human_owned:
                ours[write.place] = replace(write, confirmed=False, accepted=False)
        lasting = tuple(effect for effect in effects.values() if effect.value is not None)
        return replace(changed, written=tuple(ours.values()), side_effects=lasting, pending=())

    def revision_after(self, fingerprint: str) -> str:
        """The revision that a run from here to this state comes to; the same however often it is tried."""
        return sha256(f"{self.revision}:{fingerprint}".encode())

    def completed(
        self,
        state: DocumentState,
        now: datetime,
        revision: str | None = None,
        *,
        deleted: bool = False,
        by_edit: bool = False,
    ) -> Self:
        """After a complete run that announced something, under this revision.

        What an incomplete run had written of a deleted document is remembered: it may come back. `by_edit`: an edit of
        the rules was the reason for the run, not the document, which is not slowed down for it.
        """
        return replace(
            self.seen(state, now),
            fingerprint=state.fingerprint,
            revision=self.revision_after(state.fingerprint) if revision is None else revision,
            pending=self.pending if deleted else (),
            deleted=deleted,
            depended_on=None,
            runs=(*self._recent_runs(now), *(() if by_edit else (now,))),
        )

    def decided_again(self, state: DocumentState, now: datetime) -> Self:
        """After a run that had nothing to announce."""
        return replace(self.seen(state, now), fingerprint=state.fingerprint, pending=())

    def seen(self, state: DocumentState, now: datetime) -> Self:
        """After a look at the document."""
        return replace(
            self,
            header=state.header,
            status=state.status,
            updated_at=state.updated_at,
            seen_at=now,
            missing_since=None,
            given_up=None,
        )

    def says_more_than(self, before: Self) -> bool:
        """False where a look has found nothing that is worth a save."""
        if before.seen_at is None or self.seen_at is None or self.seen_at - before.seen_at >= _SEEN_LATELY:
            return True
        return replace(self, seen_at=before.seen_at) != before

    def missing(self, now: datetime) -> Self:
        """After Kanbert has said for the first time that it is not there."""
        return replace(self, missing_since=now)

    def there_again(self) -> Self:
        """It is there: the next time that Kanbert says otherwise is a first time, whatever becomes of this run."""
        return replace(self, missing_since=None)

    def with_given_up(self, given_up: GivenUp, now: datetime) -> Self:
        """After a run that ended as a dead letter."""
        return replace(self, given_up=given_up, seen_at=now)

    def slowed_until(self, now: datetime) -> datetime | None:
        """When a document that changes all the time may be processed again; None where that is now."""
        recent = self._recent_runs(now)
        return recent[-MOST_RUNS] + _HOUR if len(recent) >= MOST_RUNS else None

    def _recent_runs(self, now: datetime) -> tuple[datetime, ...]:
        return tuple(run for run in self.runs if run > now - _HOUR)

    def next_version(self) -> Self:
        """As it is saved."""
        return replace(self, version=self.version + 1)
