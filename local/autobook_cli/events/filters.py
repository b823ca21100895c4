"""Which events: the types by the names that people use, and the filter policies that SNS takes."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

import typer

from autobook.domain.documents import VALID_ID, DocumentKind
from autobook.domain.event_types import PREFIX, EventType

NAMES: Final[tuple[str, ...]] = get_args(EventType.__value__)
"""Every type of event, as people name it."""


def wire_type(name: str) -> str:
    """A type's name as it stands in an event; one that stands there already as it is."""
    return name if name.startswith(PREFIX) else f"{PREFIX}{name}"


def short_name(wire: str) -> str:
    """What people call it; a type that we do not know as it stands."""
    return next((name for name in NAMES if wire_type(name) == wire), wire)


def type_names(given: Iterable[str]) -> tuple[str, ...]:
    """Types as typed, several in one text by commas, each once. Raises typer.BadParameter, with what may be meant."""
    found: dict[str, None] = {}
    for text in (part.strip() for each in given for part in each.split(",")):
        name = short_name(text)
        if name not in NAMES:
            near = difflib.get_close_matches(text.lower(), NAMES, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(NAMES)}"
            raise typer.BadParameter(f"no type of event is called {text!r}: {hint}")
        found[name] = None
    return tuple(found)


@dataclass(frozen=True)
class EventFilter:
    """Types by their short names, none for all; and the document that the events are about, None for any.

    `document` is an id, with or without its kind before it (`incoming_invoice/Ab3`).
    """

    types: Sequence[str] = ()
    document: str | None = None

    def __post_init__(self) -> None:
        kind, _, identifier = (self.document or "").rpartition("/")
        if self.document is not None and not (VALID_ID.fullmatch(identifier) and kind in {"", *DocumentKind}):
            raise typer.BadParameter(f"{self.document!r} is no document's id", param_hint="--document")

    @property
    def _subjects(self) -> list[str]:
        if self.document is None:
            return []
        return [self.document] if "/" in self.document else [f"{kind}/{self.document}" for kind in DocumentKind]

    def policy(self) -> dict[str, list[str]] | None:
        """The filter policy on the message body; None if every event is wanted."""
        parts = {"type": [wire_type(name) for name in self.types], "subject": self._subjects}
        return {name: values for name, values in parts.items() if values} or None

    def attributes(self) -> dict[str, str]:
        """The attributes of a subscription that has the policy."""
        policy = self.policy()
        return {} if policy is None else {"FilterPolicyScope": "MessageBody", "FilterPolicy": json.dumps(policy)}

    def takes(self, event: Mapping[str, Any]) -> bool:
        """Whether the event is wanted. A policy counts at once for what is replayed, else within 15 minutes.

        Source: "Amazon SNS subscription filter policies" in the Amazon SNS Developer Guide.
        """
        return all(event.get(name) in values for name, values in (self.policy() or {}).items())
