"""What other systems are told: CloudEvents 1.0 in JSON (what each type says: event_data.py).

An event's id is derived from the document, the state that it speaks of, the type and what is said: the same fact has
the same id for ever, two different facts never share one (rules may be edited between an incomplete run and its
repetition), and a consumer can de-duplicate without a clock. "State" is provenance's revision, so that a document that
goes from A to B and back to A is announced three times, with three ids.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_serializer,
    field_validator,
)

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import GiveUp
from autobook.domain.event_data import DocumentArchived, Split
from autobook.domain.event_fields import ArchivedObject, Data, DocumentRef, FileState, facts
from autobook.domain.event_parts import MAX_BYTES, in_parts
from autobook.domain.event_types import PREFIX, EventType, data_schema, published_name
from autobook.domain.tracing import TRACEPARENT

_OF_THE_STATE: Final = frozenset(("invoice", "changes"))
"""Parts of the data that follow from the document's state, and from the one before."""
_REFUSED: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that SNS and SQS refuse in a message (SQS API reference, SendMessage). Inside JSON's texts only: what is
a control character is escaped by then."""


def _subject_pattern(*kinds: str) -> str:
    return f"^({'|'.join(kinds)})/[A-Za-z0-9_-]{{1,64}}$"


def subject_pattern(type_: EventType) -> str:
    """What an event of this type is about: a document, by kind and id, or a rule."""
    return _subject_pattern("rule") if type_ == "rule.changed" else _subject_pattern(*DocumentKind)


class Event(BaseModel):
    """The envelope (CloudEvents 1.0, structured JSON).

    `source` names the stack; `type` has its short name here, and its prefix in JSON. Extension attributes: `traceid`
    follows the document through our logs, `traceparent` is its trace in X-Ray, as W3C Trace Context writes it
    ("Distributed Tracing", CloudEvents extensions); left out where there is none.
    """

    model_config = ConfigDict(frozen=True)

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(pattern="^[0-9a-f]{64}$")
    source: str = Field(pattern="^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$")
    type: EventType
    subject: str = Field(pattern=_subject_pattern(*DocumentKind, "rule"))
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    traceid: str
    traceparent: str | None = Field(default=None, pattern=TRACEPARENT)
    data: dict[str, Any]

    @field_validator("type", mode="before")
    @classmethod
    def _short(cls, type_: object, info: ValidationInfo) -> object:
        """As published it has the prefix, and only then."""
        if info.mode != "json":
            return type_
        return type_.removeprefix(PREFIX) if isinstance(type_, str) and type_.startswith(PREFIX) else None

    @field_serializer("type", when_used="json")
    def _published(self, type_: EventType) -> str:
        return published_name(type_)

    @property
    def document(self) -> Document:
        """The document it is about. GiveUp for an event about a rule."""
        kind, _, identifier = self.subject.partition("/")
        if kind not in DocumentKind:
            raise GiveUp(f"{self.type} is about no document")
        return Document(DocumentKind(kind), identifier)

    @property
    def trace_id(self) -> str:
        """What follows the document through the logs."""
        return self.traceid

    def to_json(self) -> str:
        """As published: characters that SNS and SQS refuse are escaped."""
        absent = {"traceparent"} if self.traceparent is None else set()
        return _REFUSED.sub(_escaped, self.model_dump_json(exclude=absent))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """As delivered. Raises GiveUp for what is not one of our events."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise GiveUp(f"not an event of ours: {error.error_count()} invalid fields") from error


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


@dataclass(frozen=True, slots=True)
class EventContext:
    """What the events of one run have in common.

    `state` becomes part of their ids; see the module's docstring. `source` names the stack, `traceparent` the trace in
    X-Ray, where there is one.
    """

    document: Document
    state: str
    now: datetime
    trace_id: str
    source: str
    traceparent: str | None = None

    def event(self, type_: EventType, data: Data) -> Event:
        """An event of this run."""
        return event(type_, data, self)

    def events(self, type_: EventType, data: Split) -> list[Event]:
        """The same in as many parts as it takes (event_parts.py); one that is not too long stays as it is."""
        whole = self.event(type_, data)
        if len(whole.to_json().encode()) <= MAX_BYTES:
            return [whole]
        return [self.event(type_, part) for part in in_parts(data, MAX_BYTES)]


def event(type_: EventType, data: Data, context: EventContext) -> Event:
    """One event about one document. The id is derived from type, document, state and `data`, nothing else."""
    document = context.document
    dumped = data.model_dump(mode="json", exclude_defaults=True)
    return Event(
        id=sha256(canonical_json([type_, document.kind, document.id, context.state, _facts(dumped)])),
        source=context.source,
        type=type_,
        subject=f"{document.kind}/{document.id}",
        time=context.now,
        dataschema=data_schema(type_),
        traceid=context.trace_id,
        traceparent=context.traceparent,
        data=dumped,
    )


def _facts(data: dict[str, Any]) -> dict[str, Any]:
    """What is a fact of it.

    Lists hold values in the order in which they were written; another order is no other fact. Nor is another name of an
    object. How the document looks, and what has changed in it, follow from the state.
    """
    kept = {name: facts(each) for name, each in data.items() if name not in _OF_THE_STATE}
    return {
        name: sorted(canonical_json(one).decode() for one in each) if isinstance(each, list) else each
        for name, each in kept.items()
    }


def archive_request(context: EventContext, fingerprint: str) -> Event:
    """Asks the archive for a document, in this state. It goes to the archive's queue alone, and is not published."""
    ref = DocumentRef(kind=context.document.kind, id=context.document.id, state=fingerprint)
    return context.event(context.document.kind.facts.changed_event, _Request(document=ref))


class _Request(Data):
    document: DocumentRef


def document_archived(
    context: EventContext,
    fingerprint: str,
    objects: Sequence[ArchivedObject],
    file: FileState,
    retain_until: datetime,
    implausible_date: datetime | None = None,
) -> Event:
    """A document is in the archive, as these objects; what became of its file is in `file`."""
    document = context.document
    data = DocumentArchived(
        document=DocumentRef(kind=document.kind, id=document.id, state=fingerprint),
        objects=list(objects),
        file=file,
        retain_until=retain_until,
        implausible_date=implausible_date,
    )
    return context.event(document.kind.facts.archived_event, data)
