"""What the truth keeps of a place and of a run: whose a value is, what a person changed, what the run has seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from autobook.domain.provenance import FieldPlace
from tests.programs.worlds.places import Rule


class Owner(StrEnum):
    """Whose a value is."""

    NOBODY = "nobody"
    OURS = "ours"
    PERSON = "person"
    UNKNOWABLE = "unknowable"


@dataclass(frozen=True, slots=True)
class Held:
    """A place. `ours` is the value of ours that stood there last; `edited` when a person changed it last.

    `seen`: provenance knows of a person's edit since. `changed_at`: when it became the change of our value that is
    listed (`Changed`), 0 where it is none: a later status.
    """

    owner: Owner = Owner.NOBODY
    ours: str | None = None
    edited: int = 0
    seen: bool = False
    changed_at: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """A value of ours that a person changed. `doubtful`: nobody can know that it stood there, or was changed."""

    place: FieldPlace
    ours: str
    at: int
    doubtful: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a run has seen last."""

    at: int
    status: str | None
    values: Mapping[FieldPlace, str | None]


@dataclass
class Run:
    """The present run of `process`, or the last one; forgotten when the next begins."""

    epoch: int = 0
    """The truth's, when it began."""
    look: Look | None = None
    left: dict[FieldPlace, str | None] = field(default_factory=dict)
    """What stood in each place when the present run looked first, and what it has written there since."""
    own_notes: dict[FieldPlace, str] = field(default_factory=dict)
    """The note that the present run has written below another."""
    rules_read: tuple[Rule, ...] = ()
    deciding: bool = False
    """True once the present run has read the rules: what is saved from then on is its own."""
    resuming: bool = True
    """False once the present run has intentions of its own: of these it knows what became of them."""
    unshown: dict[FieldPlace, str | None] = field(default_factory=dict)
    """What stood where a write was taken whose answer does not show it, until the next look."""
    found_at: int = 0
    """When the present run looked first."""
    found: str = ""
    """The state in which the present run found the invoice, or left it."""
    seen_now: frozenset[FieldPlace] = frozenset()
    """What the present run has seen, and would forget in a crash."""

    def clone(self) -> Self:
        """The same, to go on from in another way."""
        return replace(self, left=dict(self.left), own_notes=dict(self.own_notes), unshown=dict(self.unshown))
