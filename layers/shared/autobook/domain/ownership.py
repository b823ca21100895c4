"""Whose a value is: ours, a person's, or nobody's because Kanbert put it there itself."""

from collections.abc import Container

from autobook.domain.action_fields import BY_NAME
from autobook.domain.provenance import FieldPlace, FieldValue, ProvenanceRecord


class Ownership:
    """What provenance says of the values of one invoice."""

    def __init__(self, record: ProvenanceRecord) -> None:
        self.ours = {written.place: written for written in reversed(record.written)}
        self.human_owned: Container[FieldPlace] = record.human_owned
        self._side_effects = {effect.place: effect.value for effect in record.side_effects}

    def is_made_of(self, place: FieldPlace, present: FieldValue, value: FieldValue) -> bool:
        """True if we wrote this value, and what stands there is what Kanbert made of it."""
        ours = self.ours.get(place)
        return ours is not None and present == ours.value and value == ours.sent

    def is_nobodys(self, place: FieldPlace, present: FieldValue) -> bool:
        """True if nobody has decided on what stands there: Kanbert put it there along with a value of ours.

        So it does with the type of a line, as long as the account that the type goes with is not a person's.
        """
        if present is None or place in self.human_owned:
            return False
        if present == self._side_effects.get(place):
            return True
        field = BY_NAME[place[1]]
        goes_with_ours = any((place[0], lead) in self.ours for lead in field.follows)
        return field.undecided_without is not None and present == field.initial and goes_with_ours
