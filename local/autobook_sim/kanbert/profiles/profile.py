"""A profile: one way in which Kanbert may be, where nobody says how it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from autobook_sim.kanbert.answers import Answer, Call
from autobook_sim.kanbert.wire import Record

if TYPE_CHECKING:
    from autobook_sim.kanbert.profiles.stage import Stage


@dataclass(frozen=True, slots=True)
class Paging:
    """How lists are paged.

    `largest`: documents on a page, whatever is asked for. `offsets`: a cursor is the number of documents before it, so
    that what comes or goes in between moves the others. `ties_lost`: the next page begins after the last sort key, with
    whatever else has the same key or none. `order_ignored`: every list comes in an order of its own.
    """

    largest: int = 100
    offsets: bool = False
    ties_lost: bool = False
    order_ignored: bool = False


@dataclass(frozen=True)
class Profile:
    """What it is called, which assumption it is about, and how Kanbert behaves under it.

    `assumption` begins a row of the table in docs/kanbert-api.md, "What we assume and what happens if it is otherwise".
    Profiles of one `group` exclude each other. The methods here change nothing; a profile overrides those it is about.
    `parts_shown`: it changes parts of documents (`present`), which is done only where a profile asks for it.
    """

    id: str
    assumption: str
    description: str
    group: str = ""
    paging: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `Paging` that are otherwise."""

    changes_documents: ClassVar[bool] = False
    """`present` does something."""

    def interrupt(self, stage: "Stage", call: Call) -> Answer | None:
        """An answer instead of carrying the call out, for a while; None: carry it out."""

    def instead(self, stage: "Stage", call: Call) -> Answer | None:
        """An answer instead of carrying the call out, for ever; None: carry it out."""

    def present(self, stage: "Stage", kind: str, record: Record) -> None:
        """A record is shown, anywhere: change what is shown.

        `kind`: `incoming`, `outgoing`, `booking`, `account`, `project`, `client`.
        """

    def after(self, stage: "Stage", call: Call, answer: Answer) -> Answer:  # noqa: ARG002
        """The answer as it leaves."""
        return answer

    def created(self, stage: "Stage", table: str, record: Record) -> None:
        """A document came into the store: change what it holds."""

    def identifier(self, text: str) -> str:
        """The id of a document that comes."""
        return text

    def written(self, stage: "Stage", kind: str, fields: dict[str, Any]) -> None:
        """Fields of a PATCH of an `incoming` invoice or a `booking`: change what Kanbert takes of them."""

    def moves(self, stage: "Stage", kind: str) -> bool:  # noqa: ARG002
        """True if a change of an `incoming` invoice, a `booking` in it, or an `outgoing` one moves `updated_at`."""
        return True

    def elapsed(self, stage: "Stage") -> None:
        """Called before every call: what happens with time alone."""

    def webhook(self, stage: "Stage", event: str, body: bytes) -> tuple[str, bytes]:  # noqa: ARG002
        """A webhook is about to leave: its event and body."""
        return event, body

    def signature(self, digest: bytes) -> str:
        """The HMAC as the header has it."""
        return digest.hex()

    def copies(self, stage: "Stage", document: str) -> int:  # noqa: ARG002
        """How many times a webhook is sent; 0: never."""
        return 1

    def delay(self, stage: "Stage", document: str) -> float:  # noqa: ARG002
        """Seconds by which a webhook is late."""
        return 0.0
