"""Values that Kanbert did not take, each with its message."""

from dataclasses import dataclass

from autobook.domain.provenance import Written


@dataclass(frozen=True, slots=True)
class RefusedWrite:
    """A value that was sent and does not stand there; `message` is Kanbert's, or says what it did instead."""

    write: Written
    message: str
