"""What the truth keeps of a place: whose its value is, what a person changed there, and what a run saw last."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from autobook.domain.provenance import FieldPlace


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
