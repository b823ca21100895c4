"""What must hold of a write of ours at the moment when Kanbert carries it out, and what nobody can know of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autobook.domain.provenance import FieldPlace
from tests.programs.worlds.held import Held, Look, Owner
from tests.programs.worlds.places import PLACES, STATUS, Ask, holds
from tests.programs.worlds.promises import Promise, Violation


@dataclass(frozen=True, slots=True)
class OurWrite:
    """`value`, of which `own` is ours, was put where `present` stood, in an invoice with this status.

    `held` and `ask` are of the place. `look` is the run's last one, `left` what it has to show if nothing but the run
    has changed the invoice since its first, but for the text around a note that it has written (`own_notes`): Kanbert
    may have brought it into another form. `repeated`: the same was written there before.
    """

    place: FieldPlace
    value: str
    own: str
    present: str | None
    status: str | None
    held: Held
    ask: Ask | None
    look: Look
    left: Mapping[FieldPlace, str | None]
    own_notes: Mapping[FieldPlace, str]
    repeated: bool

    @property
    def _in_the_window(self) -> bool:
        return self.held.owner is Owner.PERSON and self.held.edited > self.look.at

    @property
    def _is_below(self) -> bool:
        """Appended to what a person wrote; they have not done away with a note of ours."""
        return self.place[1] == "note" and self.held.ours is None and (self.present or "") in self.value

    def windows(self) -> Iterator[str]:
        """What could not be known when it was sent."""
        if self.status != "open" and self.look.status == "open":
            yield "handed over between look and write"
        if self.held.owner is Owner.UNKNOWABLE:
            yield "written where a person's edit could not be known"
        elif self._in_the_window and not self._is_below:
            yield "a person's edit between look and write"

    def violations(self) -> Iterator[Violation]:
        """What it breaks."""
        place, held, ask = self.place, self.held, self.ask
        if self.look.status != "open":
            yield Violation(Promise.CLOSED, f"{place} was written, the invoice was {self.look.status}")
        if held.owner is Owner.PERSON and not self._in_the_window and not self._is_below:
            yield Violation(Promise.OVERRULED, f"{place}: a person's {self.present!r} by {self.value!r}")
        if ask is None or not holds(place, self.value, ask.value):
            yield Violation(Promise.SURPRISE, f"{place} = {self.value!r}, and no rule asks for it")
        elif held.owner is Owner.OURS and held.ours != ask.value and not ask.overwrite:
            text = f"{place}: {held.ours!r} overwritten by {self.value!r} without `overwrite`"
            yield Violation(Promise.SURPRISE, text)
        if place == STATUS:  # it says that everything is as it should be
            for other in PLACES:
                present, left = self.look.values.get(other), self.left.get(other)
                if present != left and (
                    other not in self.own_notes or not holds(other, present, self.own_notes[other])
                ):
                    text = f"the status was written, and {other} was seen to have changed"
                    yield Violation(Promise.SURPRISE, text)
        if place[1] in {"note", "tags"}:
            if self.repeated and held.owner is not Owner.UNKNOWABLE:
                yield Violation(Promise.TWICE, f"{place} = {self.own!r} was written before")
        elif self.look.values.get(place) == self.own:
            yield Violation(Promise.TWICE, f"{place} = {self.own!r} was written, and stood there")
